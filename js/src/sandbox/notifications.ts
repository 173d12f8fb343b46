/**
 * The notifications with which AliKassa tells a merchant that a payout has become final: what is in one, what of it is
 * signed, and how it is sent. Signed by Node's own crypto.
 */
import { type KeyObject, sign } from "node:crypto";
import type { Digest } from "./checks.js";
import { phpJson } from "./php-json.js";

/** The parameters of a notification in the order in which they are signed; `sign` comes after them. */
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

/** Name of a parameter. */
export type NotificationField = (typeof NOTIFICATION_FIELDS)[number];

/** What is in a notification, and what is wrong with it. */
export interface NotificationOptions {
  /** `payout` by default. */
  readonly type?: "payout" | "payment";
  /** The status that it tells; the payout's own by default. */
  readonly status?: string;
  /** Parameters in place of those that the payout gives; `null` leaves one out, and is signed as PHP's null. */
  readonly fields?: Readonly<Partial<Record<Exclude<NotificationField, "id">, string | null>>>;
  /** Digest of the signature; `sha1` by default. */
  readonly digest?: Digest;
  /** Whether `commission_amount` is in the signed text; `false` as for clients from before it existed. `true` by default. */
  readonly signCommissionAmount?: boolean;
  /** Sends blanks in place of the signature's pluses, as a query's parser makes them. There is a plus in it then. */
  readonly plusAsBlank?: boolean;
  /** What is changed after the signing; `null` leaves a parameter out. */
  readonly tamper?: Readonly<Partial<Record<NotificationField | "sign", string | null>>>;
}

/** How a notification is sent: `GET` with a query, as AliKassa does, or `POST` with a form or JSON. */
export type NotificationForm = "query" | "form" | "json";

/** A notification, ready to be sent. */
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

/**
 * The text under a notification's signature: PHP's `json_encode` of the fields in their order, `id` as an integer.
 *
 * @example
 * ```ts
 * notificationText({ ...fields, id: "100000536", desc: "Выплата / 1" }, true);
 * // {"type":"payout","id":100000536,…,"desc":"\u0412\u044b\u043f\u043b\u0430\u0442\u0430 \/ 1"}
 * ```
 */
export function notificationText(fields: Fields, signCommissionAmount: boolean): string {
  const names = NOTIFICATION_FIELDS.filter((name) => signCommissionAmount || name !== "commission_amount");
  return phpJson(Object.fromEntries(names.map((name) => [name, name === "id" ? phpInteger(fields.id) : fields[name]])));
}

/**
 * The parameters of a notification of this payout.
 *
 * @param json The payout, as AliKassa answers it.
 * @param account The account's uuid.
 * @example
 * ```ts
 * const parameters = notificationParameters(payoutJson(), account, privateKey, { status: "cancel" });
 * ```
 * @throws TypeError if the payout's `id` is no integer of PHP's.
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
    if (tries > MAX_TRIES) throw new RangeError("No signature over these fields has a plus: leave desc to the sandbox");
    fields = fieldsOf(json, account, options, tries);
    const text = Buffer.from(notificationText(fields, signCommissionAmount));
    signature = sign(ALGORITHMS[digest], text, key).toString("base64");
  } while (plusAsBlank && !signature.includes("+"));
  const sent = { ...fields, sign: plusAsBlank ? signature.replaceAll("+", " ") : signature, ...tamper };
  return Object.entries(sent).filter((entry): entry is [string, string] => typeof entry[1] === "string");
}

/**
 * The request that brings these parameters to an endpoint, beside what its URL has already.
 *
 * @example
 * ```ts
 * const { url, ...init } = notificationRequest("https://shop.example/webhooks/alikassa", parameters, "query");
 * await fetch(url, init);
 * ```
 */
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
    // Cyrillic, a slash and a quotation mark: all that PHP writes in a way of its own.
    desc: `Выплата "${text("order_id") ?? text("id")}" / ${number}`,
    ...fields,
  };
}

/** Every field that is not null as the text of its value, with the digits that stand there. */
function readPayout(json: string): Readonly<Record<string, string>> {
  const digits = (_name: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" ? context?.source : value;
  const entries = Object.entries(JSON.parse(json, digits) as Record<string, unknown>);
  return Object.fromEntries(
    entries.filter(([, value]) => value !== null).map(([name, value]) => [name, String(value)]),
  );
}

/** `(int) $_GET["id"]` for what is an integer without doubt: of anything else PHP would make another one. */
function phpInteger(id: string | null): bigint {
  if (id === null || !/^(?:0|[1-9]\d*)$/.test(id) || BigInt(id) > MAX_PHP_INT)
    throw new TypeError(`A notification's id is an integer of PHP's, and not "${id}"`);
  return BigInt(id);
}
