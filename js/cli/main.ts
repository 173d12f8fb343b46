#!/usr/bin/env node
/** The command `alikassa-edge`. */
import { CommandError, EXIT, report } from "./command-error.js";
import { run } from "./program.js";

const args = process.argv.slice(2);

process.stdout
  .once("error", (error: NodeJS.ErrnoException) => {
    // The reader, like `head`, has closed the pipe.
    if (error.code === "EPIPE") process.exit(EXIT.unknown);
    const problem = `standard output can't be written (${error.code})`;
    const remedy = "free some space, or redirect it elsewhere, and run the same command again";
    report(new CommandError(problem, remedy, { cause: error }), args.includes("--verbose"));
    process.stderr.write("", () => process.exit(EXIT.unknown));
  })
  // Later writes fail in the same way.
  .on("error", () => undefined);

// A closed standard error must not stop the answers on standard output.
process.stderr.on("error", () => undefined);

// Not process.exit, which would cut off what is still being written to a pipe.
process.exitCode = await run(args);
