/**
 * Notifications of final payouts: their fields, their signature (by Node's crypto) and their requests.
 */
import { type KeyObject, sign } from "node:crypto";
import type { Digest } from "./checks.js";
import { phpJson } from "./php-json.js";

/**
 * The parameters of a notification in the order in which they are signed; `sign` follows. The last one, `card_brand`, is not on
 * AliKassa's page.
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
  "card_brand",
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

/** The fields that a form of the signed text leaves out. */
const LEFT_OUT = {
  documented: ["card_brand"],
  without_commission: ["commission_amount", "card_brand"],
  card_brand: [],
  card_brand_without_commission: ["commission_amount"],
} as const satisfies Record<string, readonly NotificationField[]>;

/**
 * The form of the text under a notification's signature, by the name that the Worker logs, without the hash: `documented` as on
 * AliKassa's page; `without_commission`, `card_brand`, `card_brand_without_commission`; `_boolean` with `is_partial_payment` as
 * a JSON boolean; `_unescaped` with unescaped slashes. `whole_body` is the JSON body without `sign`, in which `id` is an integer,
 * `is_partial_payment` a boolean, and `currency` an undocumented field; send it `as: "json"`.
 *
 * @example
 * ```ts
 * const forms: SignedForm[] = ["without_commission", "card_brand_boolean_unescaped", "whole_body"];
 * ```
 */
export type SignedForm =
  | `${"documented" | "without_commission"}${"" | "_boolean"}${"" | "_unescaped"}`
  | `card_brand${"" | "_without_commission"}${"" | "_boolean"}${"" | "_unescaped"}`
  | `whole_body${"" | "_unescaped"}`;

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
  /** The form of the signed text. Default: `documented`. */
  readonly form?: SignedForm;
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
export type NotificationParameters = readonly (readonly [name: string, value: JsonValue])[];

type JsonValue = string | bigint | boolean | null;

type Fields = Readonly<Record<NotificationField, string | null>>;

const ALGORITHMS = { sha1: "RSA-SHA1", sha256: "RSA-SHA256" } as const;
const FLAGS: Readonly<Record<string, boolean>> = { "1": true, true: true, "0": false, false: false };
const MAX_PHP_INT = 2n ** 63n - 1n;
/** One in 200 signatures of 2048 bits has no plus. */
const MAX_TRIES = 100;

/** The fields of a signed text, in their order, as PHP has them. */
function signedFields(fields: Fields, form: SignedForm): Readonly<Record<string, JsonValue>> {
  const leftOut: readonly string[] = LEFT_OUT[form.replace(/_boolean|_unescaped/g, "") as keyof typeof LEFT_OUT] ?? [];
  const isBoolean = form.includes("_boolean") || isWholeBody(form);
  const { is_partial_payment: partial } = fields;
  // The undocumented field tells a whole body from the documented fields.
  const others = isWholeBody(form) ? { currency: "RUB" } : {};
  const typed = {
    ...fields,
    ...others,
    id: phpInteger(fields.id),
    is_partial_payment: isBoolean ? flagOf(partial) : partial,
  };
  return Object.fromEntries(Object.entries(typed).filter(([name]) => !leftOut.includes(name)));
}

function isWholeBody(form: SignedForm): boolean {
  return form.startsWith("whole_body");
}

function flagOf(text: string | null): string | boolean | null {
  return text === null ? null : (FLAGS[text] ?? text);
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
  const { digest = "sha1", form = "documented", plusAsBlank = false, tamper = {} } = options;
  let fields: Fields;
  let signed: Readonly<Record<string, JsonValue>>;
  let signature: string;
  let tries = 0;
  do {
    tries += 1;
    if (tries > MAX_TRIES)
      throw new RangeError("no signature of these fields contains a plus: leave desc to the sandbox");
    fields = fieldsOf(json, account, options, tries);
    signed = signedFields(fields, form);
    const text = form.endsWith("_unescaped") ? phpJson(signed).replaceAll("\\/", "/") : phpJson(signed);
    signature = sign(ALGORITHMS[digest], Buffer.from(text), key).toString("base64");
  } while (plusAsBlank && !signature.includes("+"));
  const sent = {
    ...(isWholeBody(form) ? signed : fields),
    sign: plusAsBlank ? signature.replaceAll("+", " ") : signature,
  };
  // What a parameter that is left out stands for is signed all the same.
  return Object.entries<JsonValue>({ ...sent, ...tamper }).filter(
    ([name, value]) => value !== null || (isWholeBody(form) && !(name in tamper)),
  );
}

/** The request that sends these parameters to an endpoint, added to the query of its URL. */
export function notificationRequest(
  to: string | URL,
  parameters: NotificationParameters,
  form: NotificationForm,
): NotificationRequest {
  const url = new URL(to);
  const pairs = parameters.map(([name, value]): [string, string] => [name, String(value)]);
  if (form === "query") {
    for (const [name, value] of pairs) url.searchParams.append(name, value);
    return { url, method: "GET", headers: {} };
  }
  const [type, body] =
    form === "form"
      ? ["application/x-www-form-urlencoded", new URLSearchParams(pairs).toString()]
      : ["application/json", phpJson(Object.fromEntries(parameters))];
  return { url, method: "POST", headers: { "Content-Type": type }, body };
}

function fieldsOf(
  json: string,
  account: string,
  { type, status, form = "documented", fields }: NotificationOptions,
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
    card_brand: /^(card_brand|whole_body)/.test(form) ? "VISA" : null,
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
