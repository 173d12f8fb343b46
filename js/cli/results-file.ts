/**
 * The file of `--output`: one result on each line, written as it arrives. The file is a journal: a later run requests only what
 * it does not contain.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, truncateSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { CommandError, fileError } from "./command-error.js";
import { FileLock } from "./file-lock.js";
import { keyOf, type ListedQuery } from "./queries.js";
import { CSV_COLUMNS, CSV_HEADER, csvLine, jsonLine, type Result } from "./results.js";

/** The facts of a line that a later run needs. */
export interface Recorded {
  /** The line in the file. */
  readonly line: string;
  /** The keys of the queries that match its payout. */
  readonly keys: readonly string[];
  /** The status; undefined if the state is unknown. */
  readonly paymentStatus?: string;
  readonly isFinal: boolean;
}

const LINE_BREAK = 0x0a;

/** The format of a file. */
export type LineFormat = "csv" | "json";

/** A file of results, open for appending and locked. */
export class ResultsFile {
  readonly #path: string;
  readonly #format: LineFormat;
  readonly #lock: FileLock;
  readonly #descriptor: number;
  readonly #byKey = new Map<string, Recorded>();
  #lines = 0;
  #hasFailed = false;

  /**
   * Opens or creates the file. Removes an incomplete last line.
   *
   * @throws CommandError if a line is not a result (the file is not changed then), or if another run writes to the file.
   */
  constructor(path: string, format: LineFormat) {
    this.#path = path;
    this.#format = format;
    // The lock needs an existing file.
    closeSync(open(path));
    this.#lock = new FileLock(path);
    try {
      // Opened again: the run that had the lock before may have replaced the file.
      this.#descriptor = open(path);
      this.#read();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** The result of a payout in the file. */
  find(query: ListedQuery): Recorded | undefined {
    return this.#byKey.get(keyOf(query));
  }

  /** Appends a result. After this returns, the result survives the end of the process. */
  append(result: Result): Recorded {
    const line = this.#format === "csv" ? csvLine(result) : jsonLine(result);
    this.#write(line);
    const recorded = recordedOf(result, line);
    this.#record(recorded);
    return recorded;
  }

  /**
   * Removes lines that later lines replace, and closes the file. After a failed write nothing is removed.
   *
   * @throws CommandError if the file can't be written. All lines are kept then.
   */
  close(): void {
    try {
      if (!this.#hasFailed) this.#compact();
    } catch (error) {
      throw notWritten(this.#path, error);
    } finally {
      this.release();
    }
  }

  /** Releases the lock, if the process is about to end. */
  release(): void {
    this.#lock.release();
  }

  #read(): void {
    const bytes = readFileSync(this.#descriptor);
    // In bytes, since an incomplete line may end within a character.
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    const whole = bytes.toString("utf8", 0, end);
    const lines = this.#format === "csv" ? readCsv(whole, this.#path) : readJson(whole, this.#path);
    for (const recorded of lines) this.#record(recorded);
    this.#repairEnd(bytes.toString("utf8", end), end);
    if (this.#format === "csv" && whole === "") this.#write(CSV_HEADER);
  }

  /** Completes or removes a last line without a line break, which an interrupted write left. */
  #repairEnd(end: string, offset: number): void {
    if (end === "") return;
    const recorded = this.#format === "json" ? recordedInJson(end) : undefined;
    if (recorded !== undefined) {
      this.#write("");
      this.#record(recorded);
    } else if (isIncompleteLine(end, this.#format, offset === 0)) {
      // By its path: Windows can't truncate a file that is opened for appending.
      truncateSync(this.#path, offset);
    } else {
      throw notResults(this.#path, "its last line");
    }
  }

  #write(line: string): void {
    try {
      appendFileSync(this.#descriptor, `${line}\n`);
    } catch (error) {
      this.#hasFailed = true;
      throw notWritten(this.#path, error);
    }
  }

  #compact(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    const current = new Set(this.#byKey.values());
    if (current.size === this.#lines) return;
    const lines = [...current].map(({ line }) => line);
    if (this.#format === "csv") lines.unshift(CSV_HEADER);
    this.#lock.replaceFile(lines.map((line) => `${line}\n`).join(""));
  }

  /** Records a line in place of earlier lines of the same payout. */
  #record(recorded: Recorded): void {
    this.#lines += 1;
    const named = recorded.keys.flatMap((key) => this.#byKey.get(key) ?? []);
    const replaced = named.filter((earlier) => areOfSamePayout(earlier, recorded));
    // A list may contain both names of a payout, whose answers come in any order. A final one stays.
    if (!recorded.isFinal && replaced.some(({ isFinal }) => isFinal)) return;
    // Under both names, even if the new line has only one: the old state is outdated under the other one, too.
    for (const earlier of replaced) {
      for (const key of earlier.keys) if (this.#byKey.get(key) === earlier) this.#byKey.delete(key);
    }
    for (const key of recorded.keys) {
      // Deleted first, so that the order of lines is kept.
      this.#byKey.delete(key);
      this.#byKey.set(key, recorded);
    }
  }
}

/** Whether no name contradicts. Payouts may share an `order_id`; then their `id` differs. */
function areOfSamePayout(one: Recorded, other: Recorded): boolean {
  const includes = (all: Recorded, some: Recorded) => some.keys.every((key) => all.keys.includes(key));
  return includes(one, other) || includes(other, one);
}

function open(path: string): number {
  try {
    return openSync(path, "a+");
  } catch (error) {
    throw fileError(path, "the file for the results", error);
  }
}

/** What a later run reads in this line. */
export function recordedOf(result: Result, line: string): Recorded {
  if (result.payout === undefined) return { line, keys: [keyOf(result.query)], isFinal: false };
  const { id, order_id, payment_status: paymentStatus, is_final: isFinal } = result.payout;
  return { line, keys: keysOf(id, order_id), paymentStatus, isFinal };
}

function keysOf(id: unknown, orderId: unknown): string[] {
  const names = [
    { field: "id", value: id },
    { field: "order_id", value: orderId },
  ] as const;
  return names.flatMap(({ field, value }) =>
    typeof value === "string" && value !== "" ? [keyOf({ field, value })] : [],
  );
}

function* readJson(text: string, path: string): Generator<Recorded> {
  for (const [at, line] of text.split("\n").slice(0, -1).entries()) {
    const recorded = recordedInJson(line);
    if (recorded === undefined) throw notResults(path, `line ${at + 1}`);
    yield recorded;
  }
}

function recordedInJson(line: string): Recorded | undefined {
  let fields: unknown;
  try {
    fields = JSON.parse(line);
  } catch {
    return undefined;
  }
  if (typeof fields !== "object" || fields === null) return undefined;
  const { id, order_id, payment_status: paymentStatus, is_final, payout_state } = fields as Record<string, unknown>;
  return recordedFrom(line, keysOf(id, order_id), paymentStatus, is_final === true, payout_state);
}

function* readCsv(text: string, path: string): Generator<Recorded> {
  if (text === "") return;
  if (!text.startsWith(`${CSV_HEADER}\n`)) throw notResults(path, "its first line");
  let rows: Record<string, string>[];
  try {
    rows = parse(text, { columns: [...CSV_COLUMNS], from_line: 2 });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw notResults(path, error.message);
  }
  const lines = text.split("\n").slice(1);
  for (const [at, { id, order_id, payment_status, is_final, payout_state }] of rows.entries()) {
    const status = payment_status === "" ? undefined : payment_status;
    const recorded = recordedFrom(lines[at] ?? "", keysOf(id, order_id), status, is_final === "true", payout_state);
    if (recorded === undefined) throw notResults(path, `line ${at + 2}`);
    yield recorded;
  }
}

function recordedFrom(
  line: string,
  keys: string[],
  paymentStatus: unknown,
  isFinal: boolean,
  state: unknown,
): Recorded | undefined {
  if (keys.length === 0) return undefined;
  if (typeof paymentStatus === "string") return { line, keys, paymentStatus, isFinal };
  return state === "unknown" ? { line, keys, isFinal: false } : undefined;
}

/** Whether this can be the beginning of a line of this program. */
function isIncompleteLine(text: string, format: LineFormat, isFirst: boolean): boolean {
  if (format === "json") return text.startsWith("{");
  return !isFirst || CSV_HEADER.startsWith(text);
}

function notResults(path: string, where: string): CommandError {
  return new CommandError(
    `${path} is not a file of results (${where})`,
    "give --output another file; this one was not changed",
  );
}

function notWritten(path: string, error: unknown): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const remedy = "free some space, and run the same command again; results so far are kept";
  return new CommandError(`${path} can't be written (${code ?? String(error)})`, remedy, { cause: error });
}
