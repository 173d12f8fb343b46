/** A lock on a file: of two runs, one could replace the file while the other appends to it. */
import { chmodSync, readdirSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { CommandError } from "./command-error.js";

/**
 * A lock on a file: a file beside it, with the id of the process in its name. By that id the lock of a killed run is recognized
 * and removed.
 *
 * Works between processes of one machine; another container has process ids of its own.
 */
export class FileLock {
  readonly #path: string;
  readonly #lock: string;

  /**
   * Takes the lock on an existing file.
   *
   * @throws CommandError if another run has the lock.
   */
  constructor(path: string) {
    try {
      // Symbolic links to one file must have one lock.
      this.#path = realpathSync(path);
      this.#lock = lockOf(this.#path, process.pid);
      writeFileSync(this.#lock, "", { mode: 0o600 });
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const remedy = "choose for --output a folder that is writable and has free space";
      throw new CommandError(`the folder of ${path} is not writable (${code})`, remedy, { cause: error });
    }
    // Search after taking the lock, so that two runs that start together see each other.
    const holder = findHolder(this.#path);
    if (holder === undefined) return;
    this.release();
    const remedy = `wait for its end; if process ${holder} is not alikassa-edge, delete ${lockOf(path, holder)}`;
    throw new CommandError(`another run, process ${holder}, writes to ${path}`, remedy);
  }

  /** Replaces the content of the file atomically, and releases the lock. */
  replaceFile(text: string): void {
    writeFileSync(this.#lock, text, { flush: true });
    chmodSync(this.#lock, statSync(this.#path).mode & 0o7777);
    renameSync(this.#lock, this.#path);
  }

  /** Releases the lock. May be called twice. */
  release(): void {
    rmSync(this.#lock, { force: true });
  }
}

function lockOf(path: string, pid: number): string {
  return `${path}.${pid}.lock`;
}

/** Another process with a lock on the file. Removes the locks of ended processes. */
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
  // In a restarted container process ids begin again; the parent process never has a lock.
  if (pid === process.ppid) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: it runs as another user.
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
