/**
 * The result of a payout in each output format. If the state is unknown, JSON has no `payment_status`, its column is empty in CSV
 * and in tables, and `payout_state` is `unknown`.
 */
import { stringify } from "csv-stringify/sync";
import type { GatewayError, RequestError } from "../src/errors.js";
import type { PayoutAnswer } from "../src/payout-answer.js";
import type { ListedQuery } from "./queries.js";

/** A query with its payout, or with the error that left its state unknown. */
export type Result = PayoutAnswer<ListedQuery, GatewayError>;

/** The output format. */
export type Format = "table" | "csv" | "json";

/** The columns of CSV. Undocumented fields are in JSON only. */
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

/** A line of JSON, without a line break. */
export function jsonLine(result: Result): string {
  return JSON.stringify(fieldsOf(result));
}

/** The first line of CSV, without a line break. */
export const CSV_HEADER = CSV_COLUMNS.join(",");

/** A line of CSV, without a line break and other control characters. */
export function csvLine(result: Result): string {
  const fields = rowOf(result);
  const row = CSV_COLUMNS.map((column) => (fields[column] ?? "").replace(/\p{Cc}+/gu, " "));
  return stringify([row], { record_delimiter: "" });
}

/** The cells of a result as text. */
export function rowOf(result: Result): Readonly<Record<string, string>> {
  if (result.payout !== undefined) return { ...textsOf(result.payout), payout_state: "known" };
  const { query, error } = result;
  return { [query.field]: query.value, payout_state: "unknown", code: error.code, detail: detailOf(error) };
}

/** The message of an error, with AliKassa's messages about each field. */
export function detailOf({ message, errors = {} }: RequestError): string {
  return [message, ...Object.entries(errors).map(([field, texts]) => `${field}: ${texts.join(" ")}`)].join(" ");
}

/** Fields by name, as JSON has them: AliKassa's values, and numbers of our own like `attempts`. */
export type Fields = Readonly<Record<string, unknown>>;

/** The fields of a result. */
export function fieldsOf(result: Result): Fields {
  return result.payout ?? unknownFields(result.query, result.error);
}

/** The fields that are not undefined, as text; a nested field as JSON. */
export function textsOf(fields: Fields): Record<string, string> {
  const texts: Record<string, string> = {};
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) texts[name] = textOf(value);
  return texts;
}

/** The fields of an object; none for any other value. */
export function objectOf(value: unknown): Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};
}

function textOf(value: unknown): string {
  if (value === null) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** The fields of a payout whose state is unknown, as in the Worker's problem. */
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
