/** `sandbox`: the local AliKassa. */
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";

/** Runs the sandbox until a signal ends it, and gives the exit status. */
export async function serveSandbox(args: readonly string[]): Promise<ExitStatus> {
  // Here, since a third of the time in which any other command starts would go into loading a server.
  const { runSandbox, sandboxHelp } = await import("../sandbox/command.js");
  if (args.includes("--help") || args.includes("-h")) {
    process.stdout.write(sandboxHelp());
    return EXIT.answer;
  }
  const sandbox = await runSandbox(args, (line) => process.stdout.write(`${line}\n`)).catch((error: unknown) => {
    // Nearly always an argument: a word that it does not know, a file that is not there, a port that is taken.
    const message = error instanceof Error ? error.message : String(error);
    throw new CommandError(message, "alikassa-edge sandbox --help tells all options", { cause: error });
  });
  await new Promise((resolve) => process.once("SIGINT", resolve).once("SIGTERM", resolve));
  await sandbox.close();
  return EXIT.answer;
}
