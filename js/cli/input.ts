/** The input of a command: a file, or standard input. */
import { readFile } from "node:fs/promises";
import { buffer } from "node:stream/consumers";
import { CommandError, fileError } from "./command-error.js";
import { remark } from "./terminal.js";

/** The bytes of the file at `path`, or of standard input if it is missing or `-`. */
export async function readInput(path: string | undefined, what: string): Promise<Buffer> {
  if (path === undefined || path === "-") {
    if (process.stdin.isTTY) remark(`Reading ${what} from the terminal. End with Ctrl-D.`);
    return buffer(process.stdin);
  }
  try {
    return await readFile(path);
  } catch (error) {
    throw fileError(path, what, error);
  }
}

/** Like {@link readInput}, as text. */
export async function readTextInput(path: string | undefined, what: string): Promise<string> {
  const bytes = await readInput(path, what);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (error) {
    throw new CommandError(`${inputName(path)} is not UTF-8`, "save it as UTF-8", { cause: error });
  }
}

/** The name of an input in messages. */
export function inputName(path: string | undefined): string {
  return path === undefined || path === "-" ? "standard input" : path;
}
