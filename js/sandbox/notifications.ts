/**
 * Notifications of final payouts: their fields, their signature (by Node's crypto) and their requests.
 */
import { type KeyObject, sign } from "node:crypto";
import type { Digest } from "./checks.js";
import { phpJson } from "./php-json.js";

/**
 * The parameters of a notification in the order in which they are signed; `sign` follows.
 *
 * @example
 * ```ts
 * console.log(NOTIFICATION_FIELDS.join(", "));
 * ```
 */
export const NOTIFICATION_FIELDS = [
  "type",
  "id",
  "order_id",
  "payment_status",
  "amount",
  "payment_amount",
  "commission_amount",
  "is_partial_payment",
  "account",
  "service",
  "desc",
] as const;

/**
 * The name of a parameter.
 *
 * @example
 * ```ts
 * const field: NotificationField = "order_id";
 * ```
 */
export type NotificationField = (typeof NOTIFICATION_FIELDS)[number];

/**
 * The content of a notification, and its faults.
 *
 * @example
 * ```ts
 * const forged: NotificationOptions = { tamper: { payment_status: "paid" } };
 * ```
 */
export interface NotificationOptions {
  /** Default: `payout`. */
  readonly type?: "payout" | "payment";
  /** The `payment_status`. Default: the payout's. */
  readonly status?: string;
  /** Parameters in place of the payout's; `null` leaves one out and is signed as PHP's null. */
  readonly fields?: Readonly<Partial<Record<Exclude<NotificationField, "id">, string | null>>>;
  /** The hash of the signature. Default: `sha1`. */
  readonly digest?: Digest;
  /** Whether `commission_amount` is signed. Default: `true`; `false` as before it existed. */
  readonly signCommissionAmount?: boolean;
  /** Sends each plus of the signature as a blank, as form decoding leaves it. The signature contains a plus then. */
  readonly plusAsBlank?: boolean;
  /** Parameters that are changed after signing; `null` leaves one out. */
  readonly tamper?: Readonly<Partial<Record<NotificationField | "sign", string | null>>>;
}

/**
 * The request of a notification: `GET` with a query, as AliKassa sends it, or `POST` with a form or with JSON.
 *
 * @example
 * ```ts
 * const forms: NotificationForm[] = ["query", "form", "json"];
 * ```
 */
export type NotificationForm = "query" | "form" | "json";

/** The request of a notification. */
export interface NotificationRequest {
  readonly url: URL;
  readonly method: "GET" | "POST";
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Names and values in the order in which they are sent. */
export type NotificationParameters = readonly (readonly [name: string, value: string])[];

type Fields = Readonly<Record<NotificationField, string | null>>;

const ALGORITHMS = { sha1: "RSA-SHA1", sha256: "RSA-SHA256" } as const;
const MAX_PHP_INT = 2n ** 63n - 1n;
/** One in 200 signatures of 2048 bits has no plus. */
const MAX_TRIES = 100;

/** The signed text of a notification: PHP's `json_encode` of the fields in their order, with `id` as an integer. */
export function notificationText(fields: Fields, signCommissionAmount: boolean): string {
  const names = NOTIFICATION_FIELDS.filter((name) => signCommissionAmount || name !== "commission_amount");
  return phpJson(Object.fromEntries(names.map((name) => [name, name === "id" ? phpInteger(fields.id) : fields[name]])));
}

/**
 * The parameters of a notification of this payout.
 *
 * @param json The payout, as AliKassa answers it.
 * @param account The account's uuid.
 * @throws TypeError if the payout's `id` is not an integer of PHP.
 */
export function notificationParameters(
  json: string,
  account: string,
  key: KeyObject,
  options: NotificationOptions = {},
): NotificationParameters {
  const { digest = "sha1", signCommissionAmount = true, plusAsBlank = false, tamper = {} } = options;
  let fields: Fields;
  let signature: string;
  let tries = 0;
  do {
    tries += 1;
    if (tries > MAX_TRIES)
      throw new RangeError("no signature of these fields contains a plus: leave desc to the sandbox");
    fields = fieldsOf(json, account, options, tries);
    const text = Buffer.from(notificationText(fields, signCommissionAmount));
    signature = sign(ALGORITHMS[digest], text, key).toString("base64");
  } while (plusAsBlank && !signature.includes("+"));
  const sent = { ...fields, sign: plusAsBlank ? signature.replaceAll("+", " ") : signature, ...tamper };
  return Object.entries(sent).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

/** The request that sends these parameters to an endpoint, added to the query of its URL. */
export function notificationRequest(
  to: string | URL,
  parameters: NotificationParameters,
  form: NotificationForm,
): NotificationRequest {
  const url = new URL(to);
  if (form === "query") {
    for (const [name, value] of parameters) url.searchParams.append(name, value);
    return { url, method: "GET", headers: {} };
  }
  const [type, body] =
    form === "form"
      ? ["application/x-www-form-urlencoded", new URLSearchParams(parameters.map(([...pair]) => pair)).toString()]
      : ["application/json", JSON.stringify(Object.fromEntries(parameters))];
  return { url, method: "POST", headers: { "Content-Type": type }, body };
}

function fieldsOf(
  json: string,
  account: string,
  { type, status, fields }: NotificationOptions,
  number: number,
): Fields {
  const payout = readPayout(json);
  const text = (name: string): string | null => payout[name] ?? null;
  const partial = text("is_partial_payment");
  return {
    type: type ?? "payout",
    id: text("id"),
    order_id: text("order_id"),
    payment_status: status ?? text("payment_status"),
    amount: text("amount"),
    payment_amount: text("payment_amount"),
    commission_amount: text("commission_amount"),
    is_partial_payment: partial === null ? null : partial === "true" ? "1" : "0",
    account,
    service: text("service_code"),
    // Cyrillic, a slash and a quotation mark, which PHP escapes.
    desc: `Выплата "${text("order_id") ?? text("id")}" / ${number}`,
    ...fields,
  };
}

/** Each field that is not null as text; a number with its digits. */
function readPayout(json: string): Readonly<Record<string, string>> {
  const digits = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? context?.source : value;
  const entries = Object.entries(JSON.parse(json, digits) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]),
  );
}

/** `(int) $_GET["id"]`, for the texts that the cast does not change. */
function phpInteger(id: string | null): bigint {
  if (id === null || !/^(?:0|[1-9]\d*)$/.test(id) || BigInt(id) > MAX_PHP_INT)
    throw new TypeError(`a notification's id must be an integer of PHP, not "${id}"`);
  return BigInt(id);
}
