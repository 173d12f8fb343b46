/** One run at a time writes to a file: of two, one would put the whole file anew in the place of what the other writes. */
import { chmodSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./command-error.js";

/**
 * A lock on a file: another file beside it, with the number of the process in its name. What a run that was killed has left
 * behind is known by that number, and taken away.
 *
 * It keeps off what runs on this machine; processes in another container have numbers of their own.
 */
export class FileLock {
  readonly #path: string;
  readonly #lock: string;

  /**
   * Takes the lock on a file that is there.
   *
   * @throws CommandError if another run has it.
   */
  constructor(path: string) {
    try {
      // A link is another name for the file, and not another file.
      this.#path = realpathSync(path);
      this.#lock = lockOf(this.#path, process.pid);
      writeFileSync(this.#lock, "", { mode: 0o600 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const remedy = "give --output a file in a folder that you may write in, and that has room";
      throw new CommandError(`nothing can be written beside ${path} (${code})`, remedy, { cause: error });
    }
    // Only now that ours is there: so of two that begin at the same time none can overlook the other.
    const holder = findHolder(this.#path);
    if (holder === undefined) return;
    this.release();
    const remedy = `wait until that one has ended; if process ${holder} is none of these, delete ${lockOf(path, holder)}`;
    throw new CommandError(`another run, process ${holder}, writes to ${path}`, remedy);
  }

  /** Puts a text in the place of the file, which is the whole old one or the whole new one at any time. Releases the lock. */
  replaceFile(text: string): void {
    writeFileSync(this.#lock, text, { flush: true });
    chmodSync(this.#lock, statSync(this.#path).mode & 0o7777);
    renameSync(this.#lock, this.#path);
  }

  /** Gives the lock back, if that has not been done. */
  release(): void {
    rmSync(this.#lock, { force: true });
  }
}

function lockOf(path: string, pid: number): string {
  return `${path}.${pid}.lock`;
}

/** The process that has a lock on the file besides this one. Locks of processes that have ended are taken away. */
function findHolder(path: string): number | undefined {
  const [folder, start, end] = [dirname(path), `${basename(path)}.`, ".lock"];
  for (const name of readdirSync(folder)) {
    if (!name.startsWith(start) || !name.endsWith(end)) continue;
    const number = name.slice(start.length, -end.length);
    if (!/^[1-9]\d*$/.test(number)) continue;
    const pid = Number(number);
    if (pid === process.pid) continue;
    if (isRunning(pid)) return pid;
    rmSync(join(folder, name), { force: true });
  }
  return undefined;
}

function isRunning(pid: number): boolean {
  // In a container that was started anew the numbers begin anew: the one that started us has none of these locks.
  if (pid === process.ppid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // It is another user's, but it is there.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
