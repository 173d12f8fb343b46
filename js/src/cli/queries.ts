/** From a file with ids to questions. */
import { CsvError, type Info, parse } from "csv-parse/sync";
import type { PayoutQuery } from "../payout.js";
import { CommandError } from "./command-error.js";

/** Which of the two names of a payout is meant. */
export type Field = "id" | "order_id";

/** A payout to ask for, by a text as a file has it. */
export interface ListedQuery {
  readonly field: Field;
  readonly value: string;
}

/** What a file asks for. */
export interface QueryList {
  /** In the order of the file, none twice. */
  readonly queries: readonly ListedQuery[];
  /** How many lines named a payout that had been named before. */
  readonly repeated: number;
}

const MAX_CHARACTERS = 128;
/** Never in a file that a person made: for a file whose first line has none of the usual ones. */
const NO_DELIMITER = "\u001f";

/** One name for a query, under which it is found again. */
export function keyOf({ field, value }: ListedQuery): string {
  return `${field}:${value}`;
}

/** A query as the library takes it. */
export function toPayoutQuery({ field, value }: ListedQuery): PayoutQuery {
  return field === "id" ? { id: value } : { orderId: value };
}

/**
 * Reads a list of payouts: CSV with a column `id` or `order_id`, also spelt like `orderId` or `Order ID`, or both (then a row's
 * `id` counts, if it has one), separated by commas, semicolons or tabs; or one id on each line, without a header.
 *
 * @param by Which column counts, or what a file without a header holds.
 * @param name What the file is called in a message.
 * @throws CommandError that names the line: nothing has been asked then.
 */
export function readQueries(text: string, by: Field | undefined, name: string): QueryList {
  const [first, ...rows] = readRows(text, name);
  if (first === undefined) throw new CommandError(`${name} is empty`, "write one id on each line");
  const columns = findColumns(first.record, by);
  if (columns === undefined && by !== undefined && findColumns(first.record, undefined) !== undefined)
    throw new CommandError(`${name} has no column ${by}`, "leave --by away, or name the column so");
  if (columns === undefined && first.record.length > 1)
    throw new CommandError(
      `${name} has several columns and no header`,
      "begin it with a line that names id or order_id",
    );
  // An id of AliKassa's has digits. Without one this is rather a header in other words, and whose ids follow is anybody's guess.
  if (columns === undefined && by === undefined && !/\p{Nd}/u.test(first.record.join("")))
    throw new CommandError(
      `${name}, line ${first.info.lines}: this is no id of AliKassa's, and as a header it names neither id nor order_id`,
      "name the column so, or give --by if it is an id; nothing was asked",
    );
  const listed = columns ?? [{ field: by ?? "id", at: 0 }];
  const byKey = new Map<string, ListedQuery>();
  const wanted = columns === undefined ? [first, ...rows] : rows;
  for (const { record, info } of wanted) {
    const query = queryOf(record, listed);
    const problem = query === undefined ? `no ${listed.map(({ field }) => field).join(" or ")}` : problemOf(query);
    if (problem !== undefined || query === undefined)
      throw new CommandError(`${name}, line ${info.lines}: ${problem}`, "mend this line; nothing was asked");
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
    throw new CommandError(`${name}: ${error.message}`, "mend this line; nothing was asked", { cause: error });
  }
}

/** The columns that the first row names; none if it is no header. */
function findColumns(row: readonly string[], by: Field | undefined): Column[] | undefined {
  const fields: readonly Field[] = by === undefined ? ["id", "order_id"] : [by];
  const names = row.map(bareName);
  const columns = fields.map((field) => ({ field, at: names.indexOf(bareName(field)) })).filter(({ at }) => at >= 0);
  return columns.length > 0 ? columns : undefined;
}

/** A header as all its spellings have it in common: `order_id`, `orderId`, `Order ID`, `order-id`. */
function bareName(cell: string): string {
  return cell.toLowerCase().replace(/[\s_-]+/g, "");
}

function queryOf(record: readonly string[], columns: readonly Column[]): ListedQuery | undefined {
  return columns.map(({ field, at }) => ({ field, value: record[at] ?? "" })).find(({ value }) => value !== "");
}

function problemOf({ field, value }: ListedQuery): string | undefined {
  if (/\p{Cc}/u.test(value)) return `the ${field} has a line break or another control character in it`;
  // Characters as PHP and the library count them: code points.
  return [...value].length > MAX_CHARACTERS ? `the ${field} has over ${MAX_CHARACTERS} characters` : undefined;
}
