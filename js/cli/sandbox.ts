/** `sandbox`: the local AliKassa. */
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";

/** Runs the sandbox until a signal ends it, and returns the exit status. */
export async function serveSandbox(args: readonly string[]): Promise<ExitStatus> {
  // Loaded on demand: it would add half to the start time of other commands.
  const { runSandbox, sandboxHelp } = await import("../sandbox/command.js");
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(sandboxHelp());
    return EXIT.answer;
  }
  const sandbox = await runSandbox(args, (line) => process.stdout.write(`${line}\n`)).catch((error: unknown) => {
    // Nearly always a wrong argument: an unknown word, a missing file, a port in use.
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(message, "see alikassa-edge sandbox --help", { cause: error });
  });
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await sandbox.close();
  return EXIT.answer;
}
