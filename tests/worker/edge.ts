/** Asking a Worker over HTTP. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { request as httpRequest } from "node:http";
import type { Secrets } from "./secrets.ts";

const STATUS = "/v1/payout/status";

/** An answer, read in full. */
export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** A question in so many words. */
export interface Question {
  readonly method?: string;
  readonly path?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** The token in place of the right one; `null` sends none. */
  readonly token?: string | null;
}

/** A Worker, by its URL. */
export class Edge {
  readonly url: URL;
  readonly #name: string;
  readonly #token: string;
  readonly #secrets: Secrets;

  constructor(name: string, url: URL, token: string, secrets: Secrets) {
    this.#name = name;
    this.url = url;
    this.#token = token;
    this.#secrets = secrets;
  }

  /** The headers of who may ask. */
  get headers(): Record<string, string> {
    return this.#headers({});
  }

  /** `POST /v1/payout/status` with this as JSON; a text is sent as it is. */
  post(body: unknown, question: Question = {}): Promise<Answer> {
    const text = typeof body === "string" || body instanceof Uint8Array ? body : JSON.stringify(body);
    const headers = { "Content-Type": "application/json", ...question.headers };
    return this.ask({ method: "POST", path: STATUS, body: text, ...question, headers });
  }

  /** `GET /v1/payout/status` with this query. */
  get(query: string, question: Question = {}): Promise<Answer> {
    return this.ask({ path: `${STATUS}${query}`, ...question });
  }

  /** Any question, by `fetch`. */
  async ask(question: Question): Promise<Answer> {
    const { method = "GET", path = STATUS, body } = question;
    const init = { method, headers: this.#headers(question), redirect: "manual" } as const;
    const response = await fetch(
      new URL(path, this.url),
      body === undefined ? init : { ...init, body: Buffer.from(body) },
    );
    return this.#heard({ status: response.status, headers: response.headers, text: await response.text() });
  }

  /**
   * Any question, by `node:http`: for methods and headers that `fetch` refuses. The body goes out in pieces, without a
   * `Content-Length` unless the question has one.
   */
  askRaw(question: Question & { readonly pieces?: readonly (string | Uint8Array)[] }): Promise<Answer> {
    const { method = "GET", path = STATUS, pieces = [] } = question;
    return new Promise((resolve, reject) => {
      const { hostname, port } = this.url;
      const request = httpRequest({ hostname, port, method, path, headers: this.#headers(question), agent: false });
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
          resolve(this.#heard({ status: response.statusCode ?? 0, headers, text: Buffer.concat(chunks).toString() }));
        });
      });
      // Who is refused in the middle of a long body may be cut off while still sending.
      request.on("error", (error) => {
        if (!answered) reject(error);
      });
      for (const piece of pieces) request.write(piece);
      request.end();
    });
  }

  /**
   * Asks, and is gone as soon as `moment` has come. The connection is reset: one that is closed in one direction may still be
   * there for the answer.
   */
  async askAndGo(question: Question, moment: Promise<unknown>): Promise<void> {
    const { method = "GET", path = STATUS, body } = question;
    const request = httpRequest(new URL(path, this.url), { method, headers: this.#headers(question), agent: false });
    const gone = once(request, "error");
    request.end(body);
    await moment;
    request.socket?.resetAndDestroy();
    await gone;
  }

  #headers({ headers = {}, token = this.#token }: Question): Record<string, string> {
    return token === null ? { ...headers } : { Authorization: `Bearer ${token}`, ...headers };
  }

  #heard(answer: Answer): Answer {
    this.#secrets.hear(`an answer of «${this.#name}»`, `${JSON.stringify([...answer.headers])}\n${answer.text}`);
    return answer;
  }
}

/** The JSON of an answer. */
export function jsonOf(answer: Answer): unknown {
  return JSON.parse(answer.text);
}

/** What is expected of a failure. */
export interface Expected {
  readonly status: number;
  readonly code: string;
  readonly detail?: RegExp;
  readonly retryable?: boolean;
  /** For the `upstream_*` codes: all that is told of AliKassa's answer. */
  readonly upstream?: { readonly status?: number; readonly message?: string; readonly errors?: unknown };
}

/** A failure, as the contract has each of them. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly code: string;
  readonly retryable: boolean;
  readonly [more: string]: unknown;
}

/** Fails unless this is the expected failure, with the contract's fields and no other, and without any payment status. */
export function assertProblem(answer: Answer, expected: Expected): Problem {
  assertNoPaymentStatus(answer);
  assert.equal(answer.status, expected.status, answer.text);
  assert.equal(answer.headers.get("Content-Type"), "application/problem+json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
  const problem = jsonOf(answer) as Problem;
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
    assert.doesNotMatch(code, /^upstream_/, "AliKassa was asked, so its part must be told");
  } else assertUnknown(more, expected.upstream);
  return problem;
}

function assertUnknown(more: Record<string, unknown>, upstream: NonNullable<Expected["upstream"]>): void {
  const { payout_state, advice, upstream_status, message, errors, ...unexpected } = more;
  assert.equal(payout_state, "unknown");
  assert.match(String(advice), /unknown.*do not cancel/);
  assert.deepEqual(
    { upstream_status, message, errors },
    {
      upstream_status: upstream.status,
      message: upstream.message,
      errors: upstream.errors,
    },
  );
  assert.deepEqual(unexpected, {});
}

/** Fails if an answer has a payment status anywhere, or a text that a careless reader could take for one. */
export function assertNoPaymentStatus(answer: Answer): void {
  assert.notEqual(answer.status, 200, answer.text);
  const said = `${JSON.stringify([...answer.headers])}${answer.text}`;
  // A sentence may say that AliKassa's answer has no "payment_status".
  assert.doesNotMatch(said, /payment.?status["'\\\s]*[:=]/i);
  const names = namesIn(jsonOf(answer)).filter((name) => /payment.?status/i.test(name));
  assert.deepEqual(names, []);
}

/** Every name of a field, at any depth. */
function namesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => [name, ...namesIn(inner)]);
}

/** Fails unless this is an answer with exactly this JSON. */
export function assertPayout(answer: Answer, json: string): void {
  assert.equal(answer.text, json);
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get("Content-Type"), "application/json");
  assert.equal(answer.headers.get("Cache-Control"), "no-store");
}
