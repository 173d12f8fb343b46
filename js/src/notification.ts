/**
 * Notifications: AliKassa calls the merchant when a payout or a payment changes its status.
 *
 * @module
 */

import { verifyNotification as verify } from "#client";
import { InvalidRequestError, SignatureError } from "./errors.js";
import { translated } from "./failure.js";
import type { PaymentStatus } from "./payout.js";

/** What every notification has: the fields that came **and** were signed, as the text that came. */
interface SignedFields {
  /** AliKassa's id: an integer of at most 64 bits, as text. */
  readonly id: string;
  /** What AliKassa said had become of it. */
  readonly payment_status: PaymentStatus;
  /** Your own id. */
  readonly order_id?: string;
  /** The amount. */
  readonly amount?: string;
  /** The amount of the payment. */
  readonly payment_amount?: string;
  /** The commission; undefined also where AliKassa signed without it. */
  readonly commission_amount?: string;
  /** Whether the payment is partial: a boolean for `0`, `1`, `false` and `true`, and any other word as it came. */
  readonly is_partial_payment?: boolean | (string & {});
  /** The account. */
  readonly account?: string;
  /** The service. */
  readonly service?: string;
  /** The description. */
  readonly desc?: string;
}

/**
 * A notification about money from you. Ask for the payout by its `id`: that answer counts.
 *
 * @example
 * ```ts
 * const ask = ({ id }: PayoutNotification): Promise<Payout> => alikassa.payoutStatus({ id });
 * ```
 */
export interface PayoutNotification extends SignedFields {
  /** What it is about. */
  readonly type: "payout";
}

/**
 * A notification about money to you.
 *
 * @example
 * ```ts
 * const say = ({ order_id, amount }: PaymentNotification): string => `${order_id}: ${amount}`;
 * ```
 */
export interface PaymentNotification extends SignedFields {
  /** What it is about. */
  readonly type: "payment";
}

/**
 * A notification about something that is not documented.
 *
 * @example
 * ```ts
 * const say = ({ type, id }: OtherNotification): string => `a notification about ${type} ${id}`;
 * ```
 */
export interface OtherNotification extends SignedFields {
  /** What it is about. */
  readonly type: string & {};
}

/**
 * A notification that verified. Only {@link verifyNotification} makes one.
 *
 * It says what AliKassa once said, not what is so now: it may come late, twice, or out of order.
 *
 * @example
 * ```ts
 * const notification: Notification = verifyNotification(request.url, publicPem);
 * if (notification.type === "payout") console.log((await alikassa.payoutStatus({ id: notification.id })).payment_status);
 * ```
 */
export type Notification = PayoutNotification | PaymentNotification | OtherNotification;

/**
 * Verifies a notification with the `public.pem` of AliKassa's «API certificate for notifications», and gives back what was
 * signed: fields that are not documented, and a `commission_amount` that was not signed, are not in it.
 *
 * AliKassa signs PHP's JSON of the documented fields, with SHA-1 or SHA-256, with or without `commission_amount`: all of
 * that is taken. A field that comes twice is refused, and so is an `id` that PHP's cast to an integer would change.
 *
 * @param input Where the parameters are: a URL, absolute or as `request.url` of Node's `http` has it; a bare query string
 * or the body of a form; `URLSearchParams`, `FormData` or any other iterable of names and values; or an object with the
 * parameters by their names, like `request.query` of Express or the JSON of a body. Percent-encoding is undone in a string
 * and in a `URL` alone. In an object a number stands for its digits (`300` is not `"300.00"`), `true` and `false` for `1` and `0`,
 * and null for a parameter that did not come.
 * @param publicKeyPem The text of `public.pem`, or of a certificate with that key.
 * @throws {@link SignatureError} for everything that is not to be believed, whatever it is.
 * @throws {@link KeyError} where the key does not open.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { createServer } from "node:http";
 * import { SignatureError, verifyNotification } from "alikassa-edge";
 *
 * const publicPem = readFileSync("cert/notification/public.pem", "utf8");
 * createServer(async (request, response) => {
 *   try {
 *     const notification = verifyNotification(request.url ?? "", publicPem);
 *     if (notification.type === "payout") {
 *       const payout = await alikassa.payoutStatus({ id: notification.id }); // what is so now
 *       console.log(payout.payment_status);
 *     }
 *     response.end();
 *   } catch (error) {
 *     response.writeHead(error instanceof SignatureError ? 403 : 500).end();
 *   }
 * }).listen(8080);
 * ```
 */
export function verifyNotification(input: string | URL | URLSearchParams | object, publicKeyPem: string): Notification {
  if (typeof publicKeyPem !== "string")
    throw new InvalidRequestError("the public key must be a string: the text of public.pem");
  const parameters = toJson(input);
  return JSON.parse(translated(() => verify(parameters, publicKeyPem)));
}

/** The parameters as the JSON of an object, in which one that came twice stands twice. */
function toJson(input: unknown): string {
  try {
    if (typeof input === "string") return ofPairs(new URLSearchParams(queryOf(input)));
    if (input instanceof URL) return ofPairs(input.searchParams);
    if (typeof input === "object" && input !== null)
      return Symbol.iterator in input ? ofPairs(input as Iterable<[unknown, unknown]>) : stringify(input);
  } catch (error) {
    throw new SignatureError("its parameters can't be read", { cause: error });
  }
  throw new SignatureError("it is neither a URL nor a query string nor an object with the parameters");
}

/** The query of a URL, absolute or relative, or the whole of a text that is no URL. */
function queryOf(text: string): string {
  const isUrl = /^(?:[a-z][a-z\d+.-]*:|\/|[^=&]*\?)/i.test(text);
  return isUrl ? (/^[^#?]*\?([^#]*)/.exec(text)?.[1] ?? "") : text;
}

function ofPairs(pairs: Iterable<readonly [unknown, unknown]>): string {
  const fields = Array.from(pairs, ([name, value]) => `${JSON.stringify(String(name))}:${stringify(value)}`);
  return `{${fields.join(",")}}`;
}

/** A bigint, which JSON does not have, is as good as its digits; what is undefined did not come. */
function stringify(value: unknown): string {
  return JSON.stringify(value, (_, part) => (typeof part === "bigint" ? String(part) : part)) ?? "null";
}
