/** Exit statuses, and the report of an error. */
import { AliKassaError, InvalidRequestError, KeyError } from "../src/errors.js";
import { printable, styled } from "./terminal.js";

/** 0 an answer, 1 the state is unknown, 2 usage or configuration. */
export const EXIT = { answer: 0, unknown: 1, usage: 2 } as const;

/** One of {@link EXIT}. */
export type ExitStatus = (typeof EXIT)[keyof typeof EXIT];

/** An error that the user can fix. */
export class CommandError extends Error {
  override readonly name = "CommandError";
  /** What to do. */
  readonly remedy: string;

  constructor(message: string, remedy: string, options?: ErrorOptions) {
    super(message, options);
    this.remedy = remedy;
  }
}

/** A deployed Worker could not be reached, or did not answer the question: the state is unknown. */
export class WorkerError extends Error {
  override readonly name = "WorkerError";
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;

  constructor(message: string, { retryable = false, ...options }: ErrorOptions & { retryable?: boolean } = {}) {
    super(message, options);
    this.retryable = retryable;
  }
}

/**
 * The error for a file that can't be read.
 *
 * @param what The purpose of the file, like "the private key".
 */
export function fileError(path: string, what: string, error: unknown): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const problem = (code !== undefined && FILE_PROBLEMS[code]) || `can't be read (${code ?? String(error)})`;
  return new CommandError(`${path}, ${what}, ${problem}`, "check the path", { cause: error });
}

const FILE_PROBLEMS: Readonly<Record<string, string>> = {
  EACCES: "is not readable for you",
  EISDIR: "is a folder",
  ENOENT: "does not exist",
  ENOTDIR: "does not exist: a part of its path is a file",
  EPERM: "is not readable for you",
};

/** The error of a key, with the origin of the key. */
export function keyError(origin: string, error: KeyError): CommandError {
  return new CommandError(`${origin}: ${error.problem}`, error.remedy, { cause: error });
}

/** Prints an error on standard error in one line, with `verbose` also its stack and causes. Returns the exit status. */
export function report(error: unknown, verbose: boolean): ExitStatus {
  process.stderr.write(`${styled("red", "error:", process.stderr)} ${printable(sentence(error))}\n`);
  if (verbose) process.stderr.write(`${details(error)}\n`);
  const isUsage = [CommandError, InvalidRequestError, KeyError].some((kind) => error instanceof kind);
  return isUsage ? EXIT.usage : EXIT.unknown;
}

function sentence(error: unknown): string {
  if (error instanceof CommandError) return `${error.message}: ${error.remedy}`;
  if (error instanceof AliKassaError || error instanceof WorkerError) return error.message;
  const message = error instanceof Error ? error.message : String(error);
  return `Unexpected internal error: ${message}. --verbose shows where it happened`;
}

/** The stack of an error and of its causes. No error of this package contains a part of a key or of a password. */
function details(error: unknown): string {
  const lines: string[] = [];
  for (let at = error; at !== undefined; at = at instanceof Error ? at.cause : undefined) {
    const stack = at instanceof Error ? (at.stack ?? at.message) : String(at);
    lines.push(...stack.split("\n").map((line) => `  ${printable(line)}`));
    if (at instanceof AliKassaError) lines.push(`  code: ${at.code}`);
  }
  return lines.join("\n");
}
