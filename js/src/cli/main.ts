#!/usr/bin/env node
/** The command `alikassa-edge`. */
import { CommandError, EXIT, report } from "./command-error.js";
import { run } from "./program.js";

const args = process.argv.slice(2);

process.stdout
  .once("error", (error: NodeJS.ErrnoException) => {
    // Whoever reads our output may have had enough, like `head`: that is no error of ours, but nobody hears us any more.
    if (error.code === "EPIPE") process.exit(EXIT.unknown);
    const problem = `standard output can't be written (${error.code})`;
    const remedy = "make room, or send it elsewhere, and run the same command again";
    report(new CommandError(problem, remedy, { cause: error }), args.includes("--verbose"));
    process.stderr.write("", () => process.exit(EXIT.unknown));
  })
  // What else was to be written meanwhile fails alike.
  .on("error", () => undefined);

// Remarks that nobody reads are no reason to lose the answers, which go elsewhere.
process.stderr.on("error", () => undefined);

// Not process.exit, which would cut off what is still on its way into a pipe.
process.exitCode = await run(args);
