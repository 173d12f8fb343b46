/**
 * The client.
 *
 * @module
 */

import { Client } from "#client";
import { AliKassaError, InvalidRequestError } from "./errors.js";
import { toError, translated } from "./failure.js";
import { type AliKassaOptions, type CallOptions, number, required, text } from "./options.js";
import type { Json, Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";
import { type PayoutStatusesOptions, payoutStatuses } from "./payout-statuses.js";
import { ownFetch } from "./send.js";
import { type WaitOptions, waitForPayout } from "./wait-for-payout.js";

const encoder = new TextEncoder();

/**
 * A request with its signature, for a client of your own.
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
  /** All headers that AliKassa wants. */
  readonly headers: Readonly<Record<string, string>>;
  /** The JSON that was signed: send exactly this. */
  readonly body: string;
}

/**
 * AliKassa's API in the name of one account, with one key.
 *
 * Opening the key costs some milliseconds: make one object and keep it.
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
  #opened: Client | undefined;

  /**
   * Opens the key.
   *
   * @throws {@link KeyError} where it does not open: the message says why, and what to do.
   * @throws {@link InvalidRequestError} for another option that is of no use.
   */
  constructor(options: AliKassaOptions) {
    if (typeof options !== "object" || options === null) throw new InvalidRequestError("the options must be an object");
    const send = options.fetch ?? ownFetch();
    if (typeof send !== "function") throw new InvalidRequestError("fetch must be a function");
    const account = required(options, "account").trim();
    const privateKey = required(options, "privateKey");
    const password = text(options, "password");
    const digest = text(options, "digest")?.trim();
    const baseUrl = text(options, "baseUrl")?.trim();
    const timeoutMs = number(options, "timeoutMs");
    const retries = number(options, "retries");
    this.#opened = translated(
      () => new Client(send, account, encoder.encode(privateKey), password, digest, baseUrl, timeoutMs, retries),
    );
  }

  /**
   * What became of a payout.
   *
   * Asked again after a broken connection, a 429, 502, 503 or 504, with growing, jittered pauses or after as long as
   * `Retry-After` says; all within `timeoutMs`.
   *
   * @throws {@link GatewayError} for anything but HTTP 200 with this payout in it: its state is unknown then.
   * @throws {@link InvalidRequestError} for a query that names no payout.
   */
  async payoutStatus(query: PayoutQuery, options: CallOptions = {}): Promise<Payout> {
    const json = await this.#call(options.signal, (signal) => this.#client.payoutStatus(query, signal));
    return JSON.parse(json);
  }

  /**
   * Asks for a payout until it is final, first at once, and then with growing, jittered pauses.
   *
   * An error that may be gone at the next question does not end the waiting: it goes to `onUpdate`, and the payout is asked for
   * again. One that says that asking again is of no use (`retryable` is false) ends it.
   *
   * @returns The payout, which is `paid`, `cancel` or `fail`.
   * @throws {@link WaitTimeoutError} where it was not final in time: its state is unknown then, and no failure.
   * @throws {@link GatewayError} where `signal` ended the waiting, at once, or AliKassa refused the question: unknown, too.
   * @throws {@link InvalidRequestError} for a query that names no payout.
   *
   * @example
   * ```ts
   * const payout = await alikassa.waitForPayout({ orderId: "6422494" }, {
   *   timeoutMs: 3_600_000,
   *   onUpdate: ({ payout, error }) => console.log(payout?.payment_status ?? `unknown for now: ${error?.code}`),
   * });
   * ```
   */
  waitForPayout(query: PayoutQuery, options: WaitOptions = {}): Promise<Payout> {
    return waitForPayout((...asked) => this.payoutStatus(...asked), query, options);
  }

  /**
   * Asks for many payouts, some at a time, and hands out what came of each in the order of the queries: the payout, or the error.
   * An error of one, a query that names no payout included, does not end the others.
   *
   * Queries are read as they are needed: at most `concurrency` of them have been read and not yet been handed out. Leaving the
   * loop ends what is under way. When `signal` aborts, what has been answered by then is still handed out, and then the
   * iterator throws.
   *
   * @throws {@link GatewayError} with the code `aborted` from the iterator, when `signal` aborts.
   * @throws {@link InvalidRequestError} for queries that are not iterable.
   *
   * @example
   * ```ts
   * const queries = ["6422494", "6422495"].map((orderId) => ({ orderId }));
   * for await (const { query, payout, error } of alikassa.payoutStatuses(queries, { concurrency: 3 })) {
   *   if (payout === undefined) console.log(query.orderId, "is unknown:", error.code);
   *   else console.log(query.orderId, payout.payment_status);
   * }
   * ```
   */
  payoutStatuses<Query extends PayoutQuery>(
    queries: Iterable<Query> | AsyncIterable<Query>,
    options: PayoutStatusesOptions = {},
  ): AsyncGenerator<PayoutAnswer<Query>, void, undefined> {
    return payoutStatuses((...asked) => this.payoutStatus(...asked), queries, options);
  }

  /**
   * Any method of AliKassa's API, like the `requestPayment` of its sample: the JSON that it answers, as `JSON.parse` reads it.
   * All numbers in it are JavaScript's, those of amounts included: {@link Json} says what that loses.
   *
   * Sent once and never again by itself, since a method may move money.
   *
   * @param method AliKassa's name for it, like `v1/account/balance`.
   * @param data What the body is made of, in the order in which it is to be sent; `[]` for a method without parameters.
   * @throws {@link GatewayError} for anything but HTTP 200 with JSON in it. Of a method that makes a payout this means that
   * nobody knows whether it was made.
   *
   * @example
   * ```ts
   * const balance = await alikassa.request("v1/account/balance", []);
   * ```
   */
  async request(method: string, data: unknown, options: CallOptions = {}): Promise<Json> {
    const body = stringify(data);
    const json = await this.#call(options.signal, (signal) => this.#client.request(named(method), body, signal));
    return JSON.parse(json);
  }

  /**
   * The request that {@link request} would send.
   *
   * A client of your own must follow no redirection, or the signature goes wherever that points, and must not send again by
   * itself what may move money.
   *
   * @example
   * ```ts
   * const { url, ...init } = alikassa.signedRequest("v1/account/balance", []);
   * const response = await fetch(url, { ...init, redirect: "manual" });
   * ```
   */
  signedRequest(method: string, data: unknown): SignedRequest {
    const body = stringify(data);
    return translated(() => this.#client.signedRequest(named(method), body) as SignedRequest);
  }

  /**
   * The value of the `Sign` header for exactly these bytes: base64 of an RSASSA-PKCS1-v1_5 signature. A string is taken as
   * its UTF-8.
   *
   * @example
   * ```ts
   * const sign = alikassa.sign('{"id":"100000536"}');
   * ```
   */
  sign(body: string | Uint8Array): string {
    const bytes = typeof body === "string" ? utf8(body) : body;
    if (!(bytes instanceof Uint8Array)) throw new InvalidRequestError("the body must be a string or a Uint8Array");
    return translated(() => this.#client.sign(bytes));
  }

  /** The size of the key in bits. */
  get keyBits(): number {
    return this.#client.keyBits;
  }

  /**
   * The SHA-256 of the public key in lower-case hex, which is what
   * `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints.
   */
  get keyFingerprint(): string {
    return this.#client.keyFingerprint;
  }

  /**
   * Wipes the key from memory; calls that are under way still end well. The object is of no use after that: whatever it is asked
   * ends with an `AliKassaError` whose code is `disposed`, and so does the next question of {@link waitForPayout} and
   * {@link payoutStatuses}.
   */
  [Symbol.dispose](): void {
    this.#opened?.free();
    this.#opened = undefined;
  }

  get #client(): Client {
    if (this.#opened === undefined) throw new AliKassaError("disposed", "this AliKassa is disposed of: make a new one");
    return this.#opened;
  }

  async #call(signal: AbortSignal | undefined, start: (signal?: AbortSignal) => Promise<string>): Promise<string> {
    try {
      return await start(signal);
    } catch (thrown) {
      throw toError(thrown, signal);
    }
  }
}

function named(method: string): string {
  if (typeof method !== "string") throw new InvalidRequestError("the method must be a string like v1/account/balance");
  return method;
}

/** JSON as JavaScript has it; the module brings it into PHP's form. */
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

function utf8(text: string): Uint8Array {
  if (!text.isWellFormed())
    throw new InvalidRequestError("the body holds half of a surrogate pair, which has no UTF-8");
  return encoder.encode(text);
}
