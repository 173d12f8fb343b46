/**
 * The client.
 *
 * @module
 */

import { Client } from "#client";
import { ClosedError, InvalidRequestError } from "./errors.js";
import { type AliKassaOptions, type CallOptions, readOptions, requireSignal } from "./options.js";
import type { JsonValue, Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";
import { type PayoutStatusesOptions, payoutStatuses } from "./payout-statuses.js";
import { readQuery, wellFormed } from "./query.js";
import { runtimeFetch } from "./runtime-fetch.js";
import { type WaitOptions, waitForPayout } from "./wait-for-payout.js";
import { callWasm, toError } from "./wasm-failure.js";

const encoder = new TextEncoder();

/**
 * A signed request, for another HTTP client.
 *
 * @example
 * ```ts
 * const { method, url, headers, body }: SignedRequest = alikassa.signedRequest("v1/account/balance", []);
 * ```
 */
export interface SignedRequest {
  /** Always `POST`. */
  readonly method: "POST";
  /** The absolute URL. */
  readonly url: string;
  /** All headers that AliKassa requires. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON that was signed. Send exactly this text. */
  readonly body: string;
}

/**
 * A client of AliKassa's API for one account and one key.
 *
 * Opening the key takes some milliseconds: create one client and keep it.
 *
 * @example
 * ```ts
 * import { readFileSync } from "node:fs";
 * import { AliKassa } from "alikassa-edge";
 *
 * const alikassa = new AliKassa({
 *   account: "93d5df06-996c-48c3-9847-348d6b580b80",
 *   privateKey: readFileSync("cert/payout/private.pem", "utf8"),
 *   password: readFileSync("cert/payout/password.txt", "utf8"),
 * });
 * const payout = await alikassa.payoutStatus({ id: "100000536" });
 * console.log(payout.payment_status, payout.amount);
 * ```
 */
export class AliKassa implements Disposable {
  #wasmClient: Client | undefined;

  /**
   * Opens the key.
   *
   * @throws {@link KeyError} if the key does not open: the message says why and what to do.
   * @throws {@link InvalidRequestError} for any other invalid option.
   */
  constructor(options: AliKassaOptions) {
    const { fetch = runtimeFetch(), wasm } = readOptions(options);
    if (typeof fetch !== "function") throw new InvalidRequestError("fetch must be a function");
    this.#wasmClient = callWasm(() => new Client(fetch, wasm));
  }

  /**
   * Asks for the status of a payout.
   *
   * Retries after a broken connection and after HTTP 429, 502, 503 and 504, with growing, jittered pauses or after
   * `Retry-After`; all within `timeoutMs`.
   *
   * @throws {@link GatewayError} for anything but HTTP 200 with this payout in it: its state is unknown then.
   * @throws {@link InvalidRequestError} if the query does not name one payout.
   */
  async payoutStatus(query: PayoutQuery, options: CallOptions = {}): Promise<Payout> {
    const { id, order_id } = readQuery(query);
    const json = await this.#call(options.signal, (signal) => this.#client.payoutStatus(id, order_id, signal));
    return JSON.parse(json);
  }

  /**
   * Asks for the status of a payout, at once and then with growing, jittered pauses, until it is final.
   *
   * A retryable error does not end the waiting: it goes to `onUpdate`, and the next request follows. An error whose
   * `retryable` is false ends it.
   *
   * @returns The payout, whose `payment_status` is `paid`, `cancel` or `fail`.
   * @throws {@link WaitTimeoutError} if it was not final in time: its state is unknown then.
   * @throws {@link GatewayError} if `signal` aborted (`name` is `AbortError`) or AliKassa refused: unknown, too.
   * @throws {@link InvalidRequestError} if the query does not name one payout.
   *
   * @example
   * ```ts
   * const payout = await alikassa.waitForPayout({ order_id: "6422494" }, {
   *   timeoutMs: 3_600_000,
   *   onUpdate: ({ payout, error }) => console.log(payout?.payment_status ?? `unknown for now: ${error?.code}`),
   * });
   * ```
   */
  waitForPayout(query: PayoutQuery, options: WaitOptions = {}): Promise<Payout> {
    return waitForPayout((...call) => this.payoutStatus(...call), query, options);
  }

  /**
   * Asks for the status of many payouts, some at a time, and yields one answer per query in the order of the queries: the
   * payout or the error. An error of one query, also an invalid query, does not end the others.
   *
   * At most `concurrency` queries are read ahead. Leaving the loop aborts the requests in progress. When `signal` aborts, the
   * answers that have arrived are still yielded; then the iterator throws.
   *
   * @throws {@link GatewayError} from the iterator when `signal` aborts; its `name` is `AbortError`.
   * @throws {@link InvalidRequestError} if the queries are not iterable.
   *
   * @example
   * ```ts
   * const queries = ["6422494", "6422495"].map((order_id) => ({ order_id }));
   * for await (const { query, payout, error } of alikassa.payoutStatuses(queries, { concurrency: 3 })) {
   *   if (payout === undefined) console.log(query.order_id, "is unknown:", error.code);
   *   else console.log(query.order_id, payout.payment_status);
   * }
   * ```
   */
  payoutStatuses<Query extends PayoutQuery>(
    queries: Iterable<Query> | AsyncIterable<Query>,
    options: PayoutStatusesOptions = {},
  ): AsyncGenerator<PayoutAnswer<Query>, void, undefined> {
    return payoutStatuses((...call) => this.payoutStatus(...call), queries, options);
  }

  /**
   * Calls any method of AliKassa's API, like `requestPayment` of AliKassa's sample, and returns its JSON. Numbers in it are
   * strings with AliKassa's digits.
   *
   * The request is sent once and never retried, since a method may move money.
   *
   * @param method AliKassa's name of the method, like `v1/account/balance`.
   * @param data The data of the body, in the order in which it is sent; `[]` for a method without parameters.
   * @throws {@link RequestError} for anything but HTTP 200 with JSON in it. After a method that makes a payout, the payout may
   * have been made.
   *
   * @example
   * ```ts
   * const balance = await alikassa.request("v1/account/balance", []);
   * ```
   */
  async request(method: string, data: unknown, options: CallOptions = {}): Promise<JsonValue> {
    const [name, body] = [requireMethod(method), stringify(data)];
    const json = await this.#call(options.signal, (signal) => this.#client.request(name, body, signal));
    return JSON.parse(json);
  }

  /**
   * The request that {@link request} would send.
   *
   * Send it once, and do not follow redirects: the signature would go to the new address.
   *
   * @example
   * ```ts
   * const { url, ...init } = alikassa.signedRequest("v1/account/balance", []);
   * const response = await fetch(url, { ...init, redirect: "manual" });
   * ```
   */
  signedRequest(method: string, data: unknown): SignedRequest {
    const [name, body] = [requireMethod(method), stringify(data)];
    const { headers, ...request } = callWasm(() => this.#client.signedRequest(name, body));
    return { ...request, headers: Object.fromEntries(headers) };
  }

  /**
   * The value of the `Sign` header for exactly these bytes: base64 of an RSASSA-PKCS1-v1_5 signature. A string is signed as
   * UTF-8.
   *
   * @example
   * ```ts
   * const sign = alikassa.sign('{"id":"100000536"}');
   * ```
   */
  sign(body: string | Uint8Array): string {
    const bytes = typeof body === "string" ? encoder.encode(wellFormed("the body", body)) : body;
    if (!(bytes instanceof Uint8Array)) throw new InvalidRequestError("the body must be a string or a Uint8Array");
    return callWasm(() => this.#client.sign(bytes));
  }

  /** The size of the key in bits. */
  get keyBits(): number {
    return this.#client.keyBits;
  }

  /**
   * The SHA-256 of the public key in lower-case hex: what
   * `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints.
   */
  get keyFingerprint(): string {
    return this.#client.keyFingerprint;
  }

  /**
   * Closes the client and wipes the key from memory. Calls in progress end normally; every later use throws a
   * {@link ClosedError}, also the next request of {@link waitForPayout} and {@link payoutStatuses}.
   */
  [Symbol.dispose](): void {
    this.#wasmClient?.free();
    this.#wasmClient = undefined;
  }

  get #client(): Client {
    if (this.#wasmClient === undefined) throw new ClosedError("the client is closed: create a new AliKassa");
    return this.#wasmClient;
  }

  async #call(signal: AbortSignal | undefined, start: (signal?: AbortSignal) => Promise<string>): Promise<string> {
    try {
      return await start(requireSignal(signal));
    } catch (thrown) {
      throw toError(thrown, signal);
    }
  }
}

function requireMethod(method: string): string {
  if (typeof method !== "string") throw new InvalidRequestError("the method must be a string like v1/account/balance");
  return method;
}

/** JSON as JavaScript writes it; the module turns it into PHP's form. */
function stringify(data: unknown): string {
  let json: string | undefined;
  try {
    json = JSON.stringify(data);
  } catch (error) {
    throw new InvalidRequestError(`the data can't be written as JSON: ${(error as Error).message}`, { cause: error });
  }
  if (json === undefined) throw new InvalidRequestError("the data can't be written as JSON: use [] for none");
  return json;
}
