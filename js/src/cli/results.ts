/**
 * What is said of a payout, in each form of output. Where the state is unknown there is no `payment_status` in JSON, its
 * column is empty in CSV and in tables, and `payout_state` says so.
 */
import { stringify } from "csv-stringify/sync";
import type { GatewayError } from "../errors.js";
import type { Json } from "../payout.js";
import type { PayoutAnswer } from "../payout-answer.js";
import type { ListedQuery } from "./queries.js";

/** A query, with the payout that was answered, or with the error that left its state unknown. */
export type Result = PayoutAnswer<ListedQuery, GatewayError>;

/** The form of output. */
export type Format = "table" | "csv" | "json";

/** The columns of CSV. Fields that AliKassa does not document are in JSON alone. */
export const CSV_COLUMNS = [
  "id",
  "order_id",
  "payout_state",
  "payment_status",
  "is_final",
  "amount",
  "payment_amount",
  "is_partial_payment",
  "account_payment_amount",
  "commission_amount",
  "service_code",
  "card_mask",
  "rrn",
  "account_old_balance",
  "account_new_balance",
  "code",
  "detail",
] as const;

/** The line of JSON, without a line break. */
export function jsonLine(result: Result): string {
  return JSON.stringify(fieldsOf(result));
}

/** The first line of CSV, without a line break. */
export const CSV_HEADER = CSV_COLUMNS.join(",");

/** The line of CSV, without a line break, and neither that nor another control character in it. */
export function csvLine(result: Result): string {
  const fields = rowOf(result);
  const row = CSV_COLUMNS.map((column) => (fields[column] ?? "").replace(/\p{Cc}+/gu, " "));
  return stringify([row], { record_delimiter: "" });
}

/** All cells of a result as text. A cell that is missing is empty. */
export function rowOf(result: Result): Readonly<Record<string, string>> {
  if (result.payout !== undefined) return { ...textsOf(result.payout), payout_state: "known" };
  const { query, error } = result;
  return { [query.field]: query.value, payout_state: "unknown", code: error.code, detail: detailOf(error) };
}

/** What went wrong, with what AliKassa says of each field. */
export function detailOf({ message, errors = {} }: GatewayError): string {
  return [message, ...Object.entries(errors).map(([field, texts]) => `${field}: ${texts.join(" ")}`)].join(" ");
}

/** Fields by their names, as JSON has them. */
type Fields = Readonly<Record<string, Json | undefined>>;

/** All that is known of one payout. */
export function fieldsOf(result: Result): Fields {
  return result.payout ?? unknownFields(result.query, result.error);
}

/** The fields that there are, as text; a field that is nested as JSON. */
export function textsOf(fields: Fields): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) texts[name] = textOf(value);
  return texts;
}

function textOf(value: Json): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** What is said of a payout whose state is unknown: the Worker's problem, under the name that was asked for. */
function unknownFields(query: ListedQuery, error: GatewayError): Fields {
  return {
    [query.field]: query.value,
    payout_state: error.payoutState,
    code: error.code,
    detail: error.message,
    retryable: error.retryable,
    attempts: error.attempts,
    advice: error.advice,
    upstream_status: error.upstreamStatus,
    message: error.upstreamMessage,
    errors: error.errors,
  };
}
