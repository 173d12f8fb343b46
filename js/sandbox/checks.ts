/**
 * AliKassa's checks of a request, with Node's crypto: independent of the library, so that an error in one shows in the other.
 */
import { type KeyObject, verify } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";
import type { FieldErrors } from "./answers.js";
import type { PayoutKey } from "./payouts.js";

/**
 * The hash of a signature.
 *
 * @example
 * ```ts
 * const digest: Digest = "sha256";
 * ```
 */
export type Digest = "sha1" | "sha256";

/** The merchant whose requests are accepted. */
export interface Merchant {
  /** The UUIDs of its accounts. */
  readonly accounts: ReadonlySet<string>;
  /** Its public key. */
  readonly publicKey: KeyObject;
  /** The hash of its signatures. */
  readonly digest: Digest;
}

/** The result of a check: a value, or the errors of the answer. */
export type Checked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly errors: FieldErrors };

const MAX_KEY_CHARACTERS = 128;
const ALGORITHMS = { sha1: "RSA-SHA1", sha256: "RSA-SHA256" } as const;

function wrong(field: string, message: string): { readonly ok: false; readonly errors: FieldErrors } {
  return { ok: false, errors: { [field]: [message] } };
}

/** Checks `Content-Type`, `Account` and `Sign`, in this order. The signature is over the raw bytes of the body. */
export function checkHeaders(headers: IncomingHttpHeaders, body: Uint8Array, merchant: Merchant): Checked<undefined> {
  const { "content-type": contentType = "", account, sign } = headers;
  // Laravel ignores parameters such as charset.
  if (contentType.split(";", 1)[0]?.trim().toLowerCase() !== "application/json") {
    return wrong("content-type", "The content-type must be application/json.");
  }
  if (typeof account !== "string" || account === "") return wrong("account", "The account field is required.");
  if (!merchant.accounts.has(account)) return wrong("account", "The selected account is invalid.");
  if (typeof sign !== "string" || sign === "") return wrong("sign", "The sign field is required.");

  const signature = Buffer.from(sign, "base64");
  // Buffer.from accepts the URL alphabet, missing padding and blanks; PHP's strict base64_decode does not.
  if (signature.toString("base64") !== sign) {
    return wrong("sign", "The sign must be base64: standard alphabet, padded, without line breaks.");
  }
  if (verify(ALGORITHMS[merchant.digest], body, merchant.publicKey, signature)) return { ok: true, value: undefined };
  const other: Digest = merchant.digest === "sha1" ? "sha256" : "sha1";
  // AliKassa says only "invalid". The hint helps with a common mistake.
  const hint = verify(ALGORITHMS[other], body, merchant.publicKey, signature)
    ? ` It was made with ${other}; this account signs with ${merchant.digest}.`
    : "";
  return wrong("sign", `The sign is invalid.${hint}`);
}

/**
 * Reads the body of a status request: a JSON object with exactly one of `id` and `order_id`, a string of 1 to 128
 * characters.
 */
export function checkStatusRequest(body: Uint8Array): Checked<PayoutKey> {
  const parsed = parseJson(body);
  if (typeof parsed !== "object" || parsed === null || Array.isArray(parsed)) {
    return wrong("body", "The body must be a JSON object.");
  }
  const { id, order_id } = parsed as { id?: unknown; order_id?: unknown };
  if (id !== undefined && order_id !== undefined)
    return wrong("id", "The id must not be present when order_id is present.");
  if (id !== undefined) {
    const text = checkText("id", id);
    return text.ok ? { ok: true, value: { id: text.value } } : text;
  }
  if (order_id !== undefined) {
    const text = checkText("order_id", order_id);
    return text.ok ? { ok: true, value: { order_id: text.value } } : text;
  }
  const errors = {
    id: ["The id field is required when order_id is not present."],
    order_id: ["The order_id field is required when id is not present."],
  };
  return { ok: false, errors };
}

/** Checks the body of a method without parameters. PHP writes its empty array as `[]`, and reads `{}` as the same. */
export function checkNoParameters(body: Uint8Array): Checked<undefined> {
  const parsed = parseJson(body);
  const empty = typeof parsed === "object" && parsed !== null && Object.keys(parsed).length === 0;
  return empty ? { ok: true, value: undefined } : wrong("body", "The body must be an empty JSON array.");
}

function checkText(field: string, value: unknown): Checked<string> {
  if (value === null || value === "") return wrong(field, `The ${field} field is required.`);
  if (typeof value !== "string") return wrong(field, `The ${field} must be a string.`);
  // Characters as Laravel counts them with mb_strlen: code points, not UTF-16 units.
  if ([...value].length > MAX_KEY_CHARACTERS) {
    return wrong(field, `The ${field} may not be greater than ${MAX_KEY_CHARACTERS} characters.`);
  }
  return { ok: true, value };
}

function parseJson(body: Uint8Array): unknown {
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(body));
  } catch {
    return undefined;
  }
}
