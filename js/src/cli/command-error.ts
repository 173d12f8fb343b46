/** How a command ends, and what it says when it ends badly. */
import { AliKassaError, InvalidRequestError, KeyError } from "../errors.js";
import { printable, styled } from "./terminal.js";

/** The exit statuses: an answer, the state is unknown, usage or configuration. */
export const EXIT = { answer: 0, unknown: 1, usage: 2 } as const;

/** One of {@link EXIT}. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** What a person who runs a command can mend. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What to do. */
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/**
 * The error of the file system as one that says what to do.
 *
 * @param what What the file was wanted for, like "the private key".
 */
export function fileError(path: string, what: string, error: unknown): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const problem = (code !== undefined && FILE_PROBLEMS[code]) || `can't be read (${code ?? String(error)})`;
  return new CommandError(`${path}, ${what}, ${problem}`, "check the path", { cause: error });
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "may not be read by you",
  EISDIR: "is a folder and not a file",
  ENOENT: "is not there",
  ENOTDIR: "is not there: a part of its path is a file and not a folder",
  EPERM: "may not be read by you",
};

/** The error of a key as one that says which key. The library's sentences have what to do behind a colon. */
export function keyError(origin: string, error: KeyError): CommandError {
  const [, problem = error.message, remedy = "see what it holds"] = /^(.*?): (.*)$/s.exec(error.message) ?? [];
  return new CommandError(`${origin}: ${problem}`, remedy, { cause: error });
}

/** Tells an error on standard error, in one line; with `verbose` also where it came from. Gives the exit status. */
export function report(error: unknown, verbose: boolean): ExitStatus {
  process.stderr.write(`${styled("red", "error:", process.stderr)} ${printable(sentence(error))}\n`);
  if (verbose) process.stderr.write(`${details(error)}\n`);
  const isUsage = [CommandError, InvalidRequestError, KeyError].some((kind) => error instanceof kind);
  return isUsage ? EXIT.usage : EXIT.unknown;
}

function sentence(error: unknown): string {
  if (error instanceof CommandError) return `${error.message}: ${error.remedy}`;
  if (error instanceof AliKassaError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `${message}: this was not foreseen, --verbose shows where it happened`;
}

/** Everything about an error and its causes. None of our errors carries a piece of a key or of a password. */
function details(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at !== undefined; at = at instanceof Error ? at.cause : undefined) {
    const stack = at instanceof Error ? (at.stack ?? at.message) : String(at);
    lines.push(...stack.split("\n").map((line) => `  ${printable(line)}`));
    if (at instanceof AliKassaError) lines.push(`  code: ${at.code}`);
  }
  return lines.join("\n");
}
