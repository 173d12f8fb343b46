/**
 * Notifications, by which AliKassa tells a merchant that the status of a payout or payment has changed.
 *
 * @module
 */

import { verifyNotification as verify } from "#client";
import { InvalidRequestError, VerificationError } from "./errors.js";
import type { JsonValue, PaymentStatus } from "./payout.js";
import { callWasm } from "./wasm-failure.js";

/** The fields that were sent **and** signed: the documented ones as text. */
interface SignedFields {
  /** An undocumented field, where AliKassa signs the whole body. */
  readonly [name: string]: JsonValue | undefined;
  /** AliKassa's id: an integer of at most 64 bits, as text. */
  readonly id: string;
  /** The status at the time of the notification. */
  readonly payment_status: PaymentStatus;
  /** Your own id. */
  readonly order_id?: string;
  /** The amount. */
  readonly amount?: string;
  /** The amount of the payment. */
  readonly payment_amount?: string;
  /** The commission; undefined also if AliKassa signed without it. */
  readonly commission_amount?: string;
  /** Whether the payment is partial: a boolean for `0`, `1`, `false` and `true`, and any other word as it was sent. */
  readonly is_partial_payment?: boolean | (string & {});
  /** The account. */
  readonly account?: string;
  /** The service. */
  readonly service?: string;
  /** The description. */
  readonly desc?: string;
  /** The brand of the card; undefined also if AliKassa signed without it. */
  readonly card_brand?: string;
}

/**
 * A notification about a payout. Ask for its status by `id`: only that answer counts.
 *
 * @example
 * ```ts
 * const ask = ({ id }: PayoutNotification): Promise<Payout> => alikassa.payoutStatus({ id });
 * ```
 */
export interface PayoutNotification extends SignedFields {
  /** The type. */
  readonly type: "payout";
}

/**
 * A notification about a payment.
 *
 * @example
 * ```ts
 * const describe = ({ order_id, amount }: PaymentNotification): string => `${order_id}: ${amount}`;
 * ```
 */
export interface PaymentNotification extends SignedFields {
  /** The type. */
  readonly type: "payment";
}

/**
 * A notification of an undocumented type.
 *
 * @example
 * ```ts
 * const describe = ({ type, id }: OtherNotification): string => `a notification about ${type} ${id}`;
 * ```
 */
export interface OtherNotification extends SignedFields {
  /** The type. */
  readonly type: string & {};
}

/**
 * A notification whose signature was verified.
 *
 * It may come late, twice, or out of order: it says what was true once, not what is true now.
 *
 * @example
 * ```ts
 * const notification: Notification = verifyNotification(request.url, publicPem);
 * if (notification.type === "payout") console.log((await alikassa.payoutStatus({ id: notification.id })).payment_status);
 * ```
 */
export type Notification = PayoutNotification | PaymentNotification | OtherNotification;

/**
 * Verifies a notification with the `public.pem` of AliKassa's «API certificate for notifications», and returns the signed
 * fields. What was not signed is left out: undocumented fields, and often `commission_amount` or `card_brand`.
 *
 * AliKassa signs PHP's JSON of the documented fields, with or without `commission_amount` and `card_brand`, with
 * `is_partial_payment` as text or as a boolean, or a JSON body as a whole, without `sign`; with slashes escaped or not; with
 * SHA-1 or SHA-256. All of these are accepted. A field that is sent twice is refused, and so is an `id` that PHP's cast to an
 * integer would change.
 *
 * @param input The parameters: a URL, absolute or as `request.url` of Node's `http`; a query string or the body of a form; the
 * JSON text of a body as it was received; `URLSearchParams`, `FormData` or another iterable of names and values; or an object, like
 * `request.query` of Express. Prefer text: in an object a number stands for its digits, so `300` is not `"300.00"`. `true` and
 * `false` stand for `1` and `0`, null for a parameter that was not sent.
 * @param publicKeyPem The text of `public.pem`, or of a certificate with that key.
 * @throws {@link VerificationError} for everything that AliKassa did not sign.
 * @throws {@link KeyError} if the key does not open.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { createServer } from "node:http";
 * import { VerificationError, verifyNotification } from "alikassa-edge";
 *
 * const publicPem = readFileSync("cert/notification/public.pem", "utf8");
 * createServer(async (request, response) => {
 *   try {
 *     const notification = verifyNotification(request.url ?? "", publicPem);
 *     if (notification.type === "payout") {
 *       const payout = await alikassa.payoutStatus({ id: notification.id }); // the status now
 *       console.log(payout.payment_status);
 *     }
 *     response.end();
 *   } catch (error) {
 *     response.writeHead(error instanceof VerificationError ? 403 : 500).end();
 *   }
 * }).listen(8080);
 * ```
 */
export function verifyNotification(input: string | URL | URLSearchParams | object, publicKeyPem: string): Notification {
  if (typeof publicKeyPem !== "string")
    throw new InvalidRequestError("the public key must be a string: the text of public.pem");
  const parameters = toJson(input);
  return JSON.parse(callWasm(() => verify(parameters, publicKeyPem)));
}

/** The JSON of the parameters: an object, or an array of names and values. */
function toJson(input: unknown): string {
  try {
    if (typeof input === "string") return isJson(input) ? input : ofPairs(new URLSearchParams(queryOf(input)));
    if (input instanceof URL) return ofPairs(input.searchParams);
    if (typeof input === "object" && input !== null)
      return Symbol.iterator in input ? ofPairs(input as Iterable<[unknown, unknown]>) : stringify(input);
  } catch (error) {
    throw new VerificationError("the parameters can't be read", { cause: error });
  }
  throw new VerificationError("the notification is neither a URL, a query string, JSON text nor an object");
}

function isJson(text: string): boolean {
  return text.trimStart().startsWith("{");
}

/** The query of a URL, absolute or relative; all of a text that is no URL. */
function queryOf(text: string): string {
  const isUrl = /^(?:[a-z][a-z\d+.-]*:|\/|[^=&]*\?)/i.test(text);
  return isUrl ? (/^[^#?]*\?([^#]*)/.exec(text)?.[1] ?? "") : text;
}

/** The pairs with their values as text. Null stands for a parameter that was not sent. */
function ofPairs(pairs: Iterable<readonly [unknown, unknown]>): string {
  const sent = Array.from(pairs, ([name, value]) => [name, value] as const).filter(([, value]) => value != null);
  return JSON.stringify(sent.map(([name, value]) => [String(name), textOf(value)]));
}

function textOf(value: unknown): string {
  if (typeof value === "boolean") return value ? "1" : "0";
  return typeof value === "object" ? stringify(value) : String(value);
}

/** A bigint, which JSON lacks, becomes its digits; undefined becomes null. */
function stringify(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "null";
}
