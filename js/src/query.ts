/**
 * Reading a payout query. TypeScript checks its type; here its values are checked, also for JavaScript programs.
 *
 * @internal
 */
import { InvalidRequestError } from "./errors.js";
import type { PayoutQuery } from "./payout.js";

/**
 * The fields of a query as strings. Whether there is exactly one, and its length, is for the WebAssembly module to check.
 *
 * @throws {@link InvalidRequestError} for another field, and for a value of the wrong type.
 * @internal
 */
export function readQuery(query: PayoutQuery): { id?: string; order_id?: string } {
  if (typeof query !== "object" || query === null)
    throw new InvalidRequestError("the query must be { id } or { order_id }");
  const fields: { id?: string; order_id?: string } = {};
  for (const [name, value] of Object.entries(query) as [string, unknown][]) {
    if (value === undefined) continue;
    if (name === "id") fields.id = idText(value);
    else if (name === "order_id") fields.order_id = orderIdText(value);
    else throw new InvalidRequestError("the query must be { id } or { order_id }, without other fields");
  }
  return fields;
}

function idText(id: unknown): string {
  if (typeof id === "string") return wellFormed("id", id);
  const isInteger = typeof id === "bigint" || (typeof id === "number" && Number.isSafeInteger(id));
  if (isInteger && id >= 0 && !Object.is(id, -0)) return String(id);
  throw new InvalidRequestError("id must be a string, or an integer from 0 that JavaScript holds exactly");
}

function orderIdText(orderId: unknown): string {
  if (typeof orderId === "string") return wellFormed("order_id", orderId);
  throw new InvalidRequestError("order_id must be a string");
}

/**
 * The text itself, if it has a UTF-8 form: half of a surrogate pair would silently become another character.
 *
 * @throws {@link InvalidRequestError} if it has none.
 * @internal
 */
export function wellFormed(name: string, text: string): string {
  if (!text.isWellFormed())
    throw new InvalidRequestError(`${name} contains half of a surrogate pair, which has no UTF-8 form`);
  return text;
}
