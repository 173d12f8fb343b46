/**
 * The file of `--output`: results, one on each line, written as they come. It is its own journal: a later run reads it, and
 * asks only for what it has no line of.
 */
import {
  appendFileSync,
  closeSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { CsvError, parse } from "csv-parse/sync";
import { CommandError, fileError } from "./command-error.js";
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

/** A file of results that is open for more. */
export class ResultsFile {
  readonly #path: string;
  readonly #format: LineFormat;
  readonly #byKey = new Map<string, Recorded>();
  #descriptor: number;
  #lines = 0;

  /**
   * Opens the file, or makes it. A line that was cut off while it was written is taken away.
   *
   * @throws CommandError if a line of it is no result: it is another file then, and is left as it is.
   */
  constructor(path: string, format: LineFormat) {
    this.#path = path;
    this.#format = format;
    let bytes: Buffer;
    try {
      this.#descriptor = openSync(path, "a+");
      bytes = readFileSync(this.#descriptor);
    } catch (error) {
      throw fileError(path, "the file for the results", error);
    }
    // In bytes, since a line that was cut off may end within a character.
    const end = bytes.lastIndexOf(LINE_BREAK) + 1;
    const whole = bytes.toString("utf8", 0, end);
    for (const recorded of format === "csv" ? readCsv(whole, path) : readJson(whole, path)) this.#record(recorded);
    this.#mendEnd(bytes.toString("utf8", end), end);
    if (format === "csv" && whole === "") this.#write(CSV_HEADER);
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

  /** Closes the file, after lines that later ones have replaced were taken out of it. */
  close(): void {
    fsyncSync(this.#descriptor);
    closeSync(this.#descriptor);
    const current = new Set(this.#byKey.values());
    if (current.size === this.#lines) return;
    const lines = [...current].map(({ line }) => line);
    if (this.#format === "csv") lines.unshift(CSV_HEADER);
    // Beside it and then in its place, so that at no time there is less than the whole of it.
    const beside = `${this.#path}.${process.pid}.tmp`;
    const { mode } = statSync(this.#path);
    writeFileSync(beside, lines.map((line) => `${line}\n`).join(""), { mode, flush: true });
    renameSync(beside, this.#path);
  }

  /** A last line without a line break was cut off while it was written, unless it is whole nevertheless. */
  #mendEnd(end: string, offset: number): void {
    if (end === "") return;
    const recorded = this.#format === "json" ? recordedInJson(end) : undefined;
    if (recorded !== undefined) {
      this.#write("");
      this.#record(recorded);
    } else if (isOwnBeginning(end, this.#format, offset === 0)) {
      ftruncateSync(this.#descriptor, offset);
    } else {
      throw notResults(this.#path, "its last line");
    }
  }

  #write(line: string): void {
    try {
      appendFileSync(this.#descriptor, `${line}\n`);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      throw new CommandError(`${this.#path} can't be written (${code})`, "make room, and run the same command again", {
        cause: error,
      });
    }
  }

  #record(recorded: Recorded): void {
    this.#lines += 1;
    // A payout has two names. A line that has been replaced under both is dropped in the end.
    for (const key of recorded.keys) this.#byKey.set(key, recorded);
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
