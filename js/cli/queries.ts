/** Reading a file of ids. */
import { CsvError, type Info, parse } from "csv-parse/sync";
import type { PayoutQuery } from "../src/payout.js";
import { CommandError } from "./command-error.js";

/** The name by which a payout is found. */
export type Field = "id" | "order_id";

/** A query for a payout. */
export interface ListedQuery {
  readonly field: Field;
  readonly value: string;
}

/** The queries in a file. */
export interface QueryList {
  /** In the order of the file, without repetitions. */
  readonly queries: readonly ListedQuery[];
  /** How many lines repeat a payout. */
  readonly repeated: number;
}

const MAX_CHARACTERS = 128;
/** For a file whose first line has no delimiter: a character that text files do not contain. */
const NO_DELIMITER = "\u001f";

/** A key for maps. */
export function keyOf({ field, value }: ListedQuery): string {
  return `${field}:${value}`;
}

/** The library's query. */
export function toPayoutQuery({ field, value }: ListedQuery): PayoutQuery {
  return field === "id" ? { id: value } : { order_id: value };
}

/**
 * Reads a list of payouts: CSV with a column `id` or `order_id`, also spelled like `orderId` or `Order ID`, or with both (then
 * the `id` of a row counts, if it has one), separated by commas, semicolons or tabs; or one id on each line without a header.
 *
 * @param by The column to use, or the kind of ids in a file without a header.
 * @param name The name of the file in messages.
 * @throws CommandError with the line of the problem.
 */
export function readQueries(text: string, by: Field | undefined, name: string): QueryList {
  const [first, ...rows] = readRows(text, name);
  if (first === undefined) throw new CommandError(`${name} is empty`, "write one id on each line");
  const columns = findColumns(first.record, by);
  if (columns === undefined && by !== undefined && findColumns(first.record, undefined) !== undefined)
    throw new CommandError(`${name} has no column ${by}`, "leave out --by, or rename the column");
  if (columns === undefined && first.record.length > 1)
    throw new CommandError(`${name} has several columns and no header`, "add a first line that names id or order_id");
  // AliKassa's ids have digits. Without one this is an unknown header, and the kind of the ids is not known.
  if (columns === undefined && by === undefined && !/\p{Nd}/u.test(first.record.join("")))
    throw new CommandError(
      `${name}, line ${first.info.lines}: neither an id of AliKassa nor a header with id or order_id`,
      "rename the column, or give --by if it is an id; no request was sent",
    );
  const listed = columns ?? [{ field: by ?? "id", at: 0 }];
  const byKey = new Map<string, ListedQuery>();
  const wanted = columns === undefined ? [first, ...rows] : rows;
  for (const { record, info } of wanted) {
    const query = queryOf(record, listed);
    const problem = query === undefined ? `no ${listed.map(({ field }) => field).join(" or ")}` : problemOf(query);
    if (problem !== undefined || query === undefined)
      throw new CommandError(`${name}, line ${info.lines}: ${problem}`, "fix this line; no request was sent");
    byKey.set(keyOf(query), query);
  }
  return { queries: [...byKey.values()], repeated: wanted.length - byKey.size };
}

interface Row {
  readonly record: readonly string[];
  readonly info: Info;
}

interface Column {
  readonly field: Field;
  readonly at: number;
}

function readRows(text: string, name: string): Row[] {
  const firstLine = /^[^\r\n]*/.exec(text)?.[0] ?? "";
  const delimiter = [",", ";", "\t"].find((character) => firstLine.includes(character)) ?? NO_DELIMITER;
  try {
    const options = {
      delimiter,
      info: true,
      relax_column_count: true,
      skip_records_with_empty_values: true,
      trim: true,
    };
    return parse(text, options) as unknown as Row[];
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw new CommandError(`${name}: ${error.message}`, "fix this line; no request was sent", { cause: error });
  }
}

/** The columns that a header names; undefined if the row is not a header. */
function findColumns(row: readonly string[], by: Field | undefined): Column[] | undefined {
  const fields: readonly Field[] = by === undefined ? ["id", "order_id"] : [by];
  const names = row.map(normalizedName);
  const columns = fields
    .map((field) => ({ field, at: names.indexOf(normalizedName(field)) }))
    .filter(({ at }) => at >= 0);
  return columns.length > 0 ? columns : undefined;
}

/** The same text for `order_id`, `orderId`, `Order ID` and `order-id`. */
function normalizedName(cell: string): string {
  return cell.toLowerCase().replace(/[\s_-]+/g, "");
}

function queryOf(record: readonly string[], columns: readonly Column[]): ListedQuery | undefined {
  return columns.map(({ field, at }) => ({ field, value: record[at] ?? "" })).find(({ value }) => value !== "");
}

function problemOf({ field, value }: ListedQuery): string | undefined {
  if (/\p{Cc}/u.test(value)) return `the ${field} contains a line break or another control character`;
  // Code points, as in PHP and in the library.
  return [...value].length > MAX_CHARACTERS ? `the ${field} has more than ${MAX_CHARACTERS} characters` : undefined;
}
