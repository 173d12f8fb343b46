/** An HTTP client of a Worker under test, and assertions about its answers. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { SecretScanner } from "./secret-scanner.ts";

export const STATUS = "/v1/payout/status";
export const BATCH = "/v1/payout/status/batch";
export const WEBHOOK = "/webhooks/alikassa";
export const JSON_HEADERS = { "Content-Type": "application/json" };
/** Bypasses the cache. */
export const NO_CACHE = { headers: { "Cache-Control": "no-cache" } };

/** An answer, read in full. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

export interface RequestOptions {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Another token than the valid one; `null` sends none. */
  readonly token?: string | null;
}

export class WorkerClient {
  readonly url: URL;
  readonly #name: string;
  readonly #token: string;
  readonly #secrets: SecretScanner;

  constructor(name: string, url: URL, token: string, secrets: SecretScanner) {
    this.#name = name;
    this.url = url;
    this.#token = token;
    this.#secrets = secrets;
  }

  /** The headers with the valid token. */
  get headers(): Record<string, string> {
    return this.#headers({});
  }

  /** `POST /v1/payout/status` with this as JSON; a string is sent as it is. */
  post(body: unknown, options: RequestOptions = {}): Promise<Answer> {
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    return this.ask({ method: "POST", body: text, ...options, headers: { ...JSON_HEADERS, ...options.headers } });
  }

  /** `GET /v1/payout/status` with this query. */
  get(query: string, options: RequestOptions = {}): Promise<Answer> {
    return this.ask({ path: `${STATUS}${query}`, ...options });
  }

  /** Any request, by `fetch`. */
  async ask(options: RequestOptions): Promise<Answer> {
    const { method = "GET", path = STATUS, body } = options;
    const init = { method, headers: this.#headers(options), redirect: "manual" } as const;
    const withBody = body === undefined ? init : { ...init, body: Buffer.from(body) };
    const response = await fetch(new URL(path, this.url), withBody);
    return this.#record({ status: response.status, headers: response.headers, text: await response.text() });
  }

  /**
   * Any request, by `node:http`: for methods and headers that `fetch` refuses. The body is sent in pieces, without a `Content-Length`
   * unless the headers have one.
   */
  askRaw(options: RequestOptions & { readonly pieces?: readonly (string | Uint8Array)[] }): Promise<Answer> {
    const { method = "GET", path = STATUS, pieces = [] } = options;
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.url;
      const request = httpRequest({ hostname, port, method, path, headers: this.#headers(options), agent: false });
      let answered = false;
      request.on("response", (response) => {
        answered = true;
        const chunks: Buffer[] = [];
        const headers = new Headers();
        for (const [name, values] of Object.entries(response.headersDistinct))
          for (const value of values ?? []) headers.append(name, value);
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          resolve(this.#record({ status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString() }));
        });
      });
      // An answer in the middle of a long body may close the connection before the body is sent.
      request.on("error", (error) => {
        if (!answered) reject(error);
      });
      for (const piece of pieces) request.write(piece);
      request.end();
    });
  }

  /** Sends a request, and resets the connection at `moment`. Half-closed, it could still carry the answer. */
  async askAndDisconnect(options: RequestOptions, moment: Promise<unknown>): Promise<void> {
    const { method = "GET", path = STATUS, body } = options;
    const request = httpRequest(new URL(path, this.url), { method, headers: this.#headers(options), agent: false });
    const closed = once(request, "error");
    request.end(body);
    await moment;
    request.socket?.resetAndDestroy();
    await closed;
  }

  #headers({ headers = {}, token = this.#token }: RequestOptions): Record<string, string> {
    return token === null ? { ...headers } : { Authorization: `Bearer ${token}`, ...headers };
  }

  #record(answer: Answer): Answer {
    this.#secrets.record(`an answer of «${this.#name}»`, `${JSON.stringify([...answer.headers])}\n${answer.text}`);
    return answer;
  }
}

/** The JSON of an answer. */
export function jsonOf<T = unknown>(answer: Answer): T {
  return JSON.parse(answer.text) as T;
}

/** `hit`, `miss` or `bypass`; `null` if the cache was not used. */
export const cacheStatusOf = ({ headers }: Answer): string | null => headers.get("X-AliKassa-Cache");

export const paymentStatusOf = (answer: Answer): string | undefined =>
  jsonOf<{ payment_status?: string }>(answer).payment_status;

/** The expected failure. */
export interface Expected {
  readonly status: number;
  readonly code: string;
  readonly detail?: RegExp;
  readonly retryable?: boolean;
  /** For the codes about a payout: what the problem says about AliKassa's answer, and nothing else. */
  readonly upstream?: { readonly status?: number; readonly message?: string; readonly errors?: unknown };
}

/** The fields that every problem has. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly [more: string]: unknown;
}

/** Fails unless this is the expected failure, with the contract's fields and no other, and without a payment status. */
export function assertProblem(answer: Answer, expected: Expected): Problem {
  assertNoPaymentStatus(answer);
  assert.equal(answer.status, expected.status, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  const problem = jsonOf<Problem>(answer);
  const { type, title, status, detail, code, retryable, ...more } = problem;
  assert.equal(code, expected.code, answer.text);
  assert.equal(status, expected.status);
  assert.ok(URL.canParse(type) && type.endsWith(`:${code}`), type);
  assert.match(title, /\w/);
  assert.match(detail, expected.detail ?? /\w/);
  assert.equal(typeof retryable, "boolean");
  if (expected.retryable !== undefined) assert.equal(retryable, expected.retryable, answer.text);
  if (expected.upstream === undefined) {
    assert.deepEqual(more, {});
    assert.doesNotMatch(code, /^upstream_/, "AliKassa was asked, so the problem must say so");
  } else assertUnknown(more, expected.upstream);
  return problem;
}

function assertUnknown(more: Record<string, unknown>, upstream: NonNullable<Expected["upstream"]>): void {
  const { payout_state, advice, upstream_status, message, errors, ...unexpected } = more;
  assert.equal(payout_state, "unknown");
  assert.match(String(advice), /unknown.*do not cancel/);
  const expected = { upstream_status: upstream.status, message: upstream.message, errors: upstream.errors };
  assert.deepEqual({ upstream_status, message, errors }, expected);
  assert.deepEqual(unexpected, {});
}

/** Fails if an answer has a payment status anywhere, or a text that a careless reader could take for one. */
export function assertNoPaymentStatus(answer: Answer): void {
  assert.notEqual(answer.status, 200, answer.text);
  const text = `${JSON.stringify([...answer.headers])}${answer.text}`;
  // A sentence may say that AliKassa's answer has no "payment_status".
  assert.doesNotMatch(text, /payment.?status["'\\\s]*[:=]/i);
  assert.deepEqual(
    fieldNamesOf(jsonOf(answer)).filter((name) => /payment.?status/i.test(name)),
    [],
  );
}

/** Every field name, at any depth. */
function fieldNamesOf(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...fieldNamesOf(inner)]);
}

/** Fails unless this is an answer with exactly this JSON. */
export function assertPayout(answer: Answer, json: string): void {
  assert.equal(answer.text, json);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
}
