/**
 * The file of `--output`: results, one on each line, written as they come. It is its own journal: a later run reads it, and
 * asks only for what it has no line of.
 */
import { appendFileSync, closeSync, fsyncSync, openSync, readFileSync, truncateSync } from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { CommandError, fileError } from "./command-error.js";
import { FileLock } from "./file-lock.js";
import { keyOf, type ListedQuery } from "./queries.js";
import { CSV_COLUMNS, CSV_HEADER, csvLine, jsonLine, type Result } from "./results.js";

/** What a line says, as far as a later run needs to know. */
export interface Recorded {
  /** The line as it stands in the file. */
  readonly line: string;
  /** The names under which its payout can have been asked for. */
  readonly keys: readonly string[];
  /** What became of it; undefined where the state is unknown. */
  readonly paymentStatus?: string;
  readonly isFinal: boolean;
}

const LINE_BREAK = 0x0a;

/** The form of the lines of a file. */
export type LineFormat = "csv" | "json";

/** A file of results that is open for more. Nobody else writes to it meanwhile. */
export class ResultsFile {
  readonly #path: string;
  readonly #format: LineFormat;
  readonly #lock: FileLock;
  readonly #descriptor: number;
  readonly #byKey = new Map<string, Recorded>();
  #lines = 0;
  #hasFailed = false;

  /**
   * Opens the file, or makes it. A line that was cut off while it was written is taken away.
   *
   * @throws CommandError if a line of it is no result: it is another file then, and is left as it is. Also if another run
   *   writes to it.
   */
  constructor(path: string, format: LineFormat) {
    this.#path = path;
    this.#format = format;
    // A lock is for a file that is there.
    closeSync(open(path));
    this.#lock = new FileLock(path);
    try {
      // Only now: a run that has just ended may have put another file in its place.
      this.#descriptor = open(path);
      this.#read();
    } catch (error) {
      this.#lock.release();
      throw error;
    }
  }

  /** What the file says of a payout. */
  find(query: ListedQuery): Recorded | undefined {
    return this.#byKey.get(keyOf(query));
  }

  /** Adds a result: once this returns, it outlives this process. */
  append(result: Result): Recorded {
    const line = this.#format === "csv" ? csvLine(result) : jsonLine(result);
    this.#write(line);
    const recorded = recordedOf(result, line);
    this.#record(recorded);
    return recorded;
  }

  /**
   * Closes the file, after lines that later ones have replaced were taken out of it.
   *
   * Not where a line could not be written: that has been told, and what is there already is a journal like any other.
   *
   * @throws CommandError if that can't be done. All lines are there then, also those that have been replaced.
   */
  close(): void {
    try {
      if (!this.#hasFailed) this.#settle();
    } catch (error) {
      throw notWritten(this.#path, error);
    } finally {
      this.release();
    }
  }

  /** Lets others write to the file, where this process ends at once. */
  release(): void {
    this.#lock.release();
  }

  #read(): void {
    const bytes = readFileSync(this.#descriptor);
    // In bytes, since a line that was cut off may end within a character.
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    const whole = bytes.toString("utf8", 0, end);
    const lines = this.#format === "csv" ? readCsv(whole, this.#path) : readJson(whole, this.#path);
    for (const recorded of lines) this.#record(recorded);
    this.#mendEnd(bytes.toString("utf8", end), end);
    if (this.#format === "csv" && whole === "") this.#write(CSV_HEADER);
  }

  /** A last line without a line break was cut off while it was written, unless it is whole nevertheless. */
  #mendEnd(end: string, offset: number): void {
    if (end === "") return;
    const recorded = this.#format === "json" ? recordedInJson(end) : undefined;
    if (recorded !== undefined) {
      this.#write("");
      this.#record(recorded);
    } else if (isOwnBeginning(end, this.#format, offset === 0)) {
      // By its path: on Windows a file that was opened to append to can't be cut.
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

  #settle(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    const current = new Set(this.#byKey.values());
    if (current.size === this.#lines) return;
    const lines = [...current].map(({ line }) => line);
    if (this.#format === "csv") lines.unshift(CSV_HEADER);
    this.#lock.replaceFile(lines.map((line) => `${line}\n`).join(""));
  }

  /** Puts a line in the place of the one that its payout has had. */
  #record(recorded: Recorded): void {
    this.#lines += 1;
    const named = recorded.keys.flatMap((key) => this.#byKey.get(key) ?? []);
    const replaced = named.filter((earlier) => areOfOnePayout(earlier, recorded));
    // A list may ask for one payout under both of its names, and the answers come in any order. What is final stays.
    if (!recorded.isFinal && replaced.some(({ isFinal }) => isFinal)) return;
    // Under both names, also where the new line has but one: under the other one, too, the old state is not what is known.
    for (const earlier of replaced) {
      for (const key of earlier.keys) if (this.#byKey.get(key) === earlier) this.#byKey.delete(key);
    }
    for (const key of recorded.keys) {
      // Taken out first, so that the lines stay in the order in which they came: of two the later one counts.
      this.#byKey.delete(key);
      this.#byKey.set(key, recorded);
    }
  }
}

/** Whether no name of one of them contradicts the other. Payouts may share an `order_id`, and are told apart by their `id`. */
function areOfOnePayout(one: Recorded, other: Recorded): boolean {
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

/** What a later run would read in this line. */
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

/** Whether this may be a line of ours that was cut off. */
function isOwnBeginning(text: string, format: LineFormat, isFirst: boolean): boolean {
  if (format === "json") return text.startsWith("{");
  return !isFirst || CSV_HEADER.startsWith(text);
}

function notResults(path: string, where: string): CommandError {
  return new CommandError(
    `${path} is no file of results (${where})`,
    "give --output another file; this one is as it was",
  );
}

function notWritten(path: string, error: unknown): CommandError {
  const { code } = error as NodeJS.ErrnoException;
  const remedy = "make room if the disk is full, and run the same command again; what was found is kept";
  return new CommandError(`${path} can't be written (${code ?? String(error)})`, remedy, { cause: error });
}
