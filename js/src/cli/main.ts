#!/usr/bin/env node
/** The command `alikassa-edge`. */
import { run } from "./program.js";

// Whoever reads our output may have had enough, like `head`: that is no error of ours, but nobody hears us any more.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
  process.exit(1);
});

// Not process.exit, which would cut off what is still on its way into a pipe.
process.exitCode = await run(process.argv.slice(2));
