/**
 * The sandbox: a local AliKassa that checks what AliKassa checks, answers as it answers, and fails on demand.
 */
import { createPublicKey } from "node:crypto";
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { type FieldErrors, invalidAnswer, jsonAnswer, messageAnswer, sendAnswer } from "./answers.js";
import { type Checked, checkHeaders, checkNoParameters, checkQuestion, type Digest, type Merchant } from "./checks.js";
import { type FaultName, findFault, type Scene, statusAnswer } from "./faults.js";
import { echoJson, PayoutBook, type PayoutKey, type PayoutNames } from "./payouts.js";

/** What {@link startSandbox} needs to know. */
export interface SandboxOptions {
  /** The account uuid, or several. */
  readonly account: string | readonly string[];
  /** Text of the merchant's `public.pem`, with which signatures are verified. */
  readonly publicPem: string;
  /** Digest of the signatures; `sha1` by default, as AliKassa's. */
  readonly digest?: Digest;
  /** Port; 0, the default, takes a free one. */
  readonly port?: number;
  /** Address to listen on; 127.0.0.1 by default. */
  readonly host?: string;
  /** Milliseconds between two bytes of the fault `drip`; 100 by default. */
  readonly dripIntervalMs?: number;
  /** Called for each request, once it is known what it will be answered with. */
  readonly onRequest?: (request: RecordedRequest) => void;
}

/** What a request was answered with. */
export interface RecordedAnswer {
  /** HTTP status, or `null` if none was sent. */
  readonly status: number | null;
  /** `payout`, `scripted`, the name of a fault, `invalid`, `unknown payout`, `balance`, `info`, `not found`, … */
  readonly outcome: string;
  /** The errors that were sent, if it was invalid. */
  readonly errors?: FieldErrors;
}

/** A request as it came in. Headers and body hold a signature and ids: fine to assert on, not to log. */
export interface RecordedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path with the query, as it was sent. */
  readonly path: string;
  /** All headers, names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The raw body. */
  readonly body: Buffer;
  /** When it had been read in full. */
  readonly time: Date;
  /** By what a payout was asked for; missing if the request never got so far. */
  readonly key?: PayoutKey;
  /** What it was answered with. */
  readonly answer: RecordedAnswer;
}

/** An answer in a script. */
export interface ScriptedAnswer {
  /** HTTP status; 200 by default. */
  readonly status?: number;
  /** Headers, which replace those of the default answer one by one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body; by default the payout with a 200, and else an error as AliKassa's. */
  readonly body?: string | Uint8Array;
  /** Milliseconds to wait before it is sent. */
  readonly delayMs?: number;
}

/** A step of a script: the payout, a fault by its name without `fault-`, or an answer in so many words. */
export type Step = "payout" | FaultName | ScriptedAnswer;

/** A running sandbox. */
export interface Sandbox {
  /** Base URL, without a slash at the end. */
  readonly url: string;
  /** All requests, in the order in which they came. */
  readonly requests: readonly RecordedRequest[];
  /**
   * Plans the next answers for one `id` or `order_id`: each request for it takes one step; after the last one, the payout
   * itself. It replaces what was left of an earlier script. A payout that is not known yet is added.
   */
  script(key: string, steps: readonly Step[]): void;
  /** Adds a payout as raw JSON text; see `PayoutBook.add`. */
  addPayout(json: string, names?: PayoutNames): void;
  /** Forgets requests and scripts; payouts stay. */
  reset(): void;
  /** Stops, and closes every connection, hanging ones too. May be called twice. */
  close(): Promise<void>;
}

const MAX_BODY = 64 * 1024;
const FAULT_PREFIX = "fault-";
// Both as on AliKassa's pages about these methods.
const BALANCE =
  '{"currency":"RUB","balance":"93.84000000","hold":"0.00000000","rolling_reserve":"0.00000000","pending_payouts":"1234.00000000"}';
const METHODS = '[{"method":"payment_card","currency":"RUB","service_code":"payment_card_rub_hpp","status":"active"}]';
const INFO = `{"is_allowed_payment":true,"is_allowed_payout":true,"payments":${METHODS},"payouts":${METHODS}}`;

/** An answer that has been decided on: what to write down, and how to play it. */
interface Plan {
  readonly answer: RecordedAnswer;
  readonly key?: PayoutKey;
  readonly play: (response: ServerResponse, gone: AbortSignal) => void | Promise<void>;
}

/**
 * Starts a sandbox.
 *
 * @example
 * ```ts
 * const { publicPem } = makeArchive();
 * const sandbox = await startSandbox({ account: "93d5df06-996c-48c3-9847-348d6b580b80", publicPem });
 * sandbox.script("6422494", [{ status: 503 }, "cut", { status: 429, headers: { "Retry-After": "1" } }, "payout"]);
 * // … ask sandbox.url …
 * assert.deepEqual(sandbox.requests.map((request) => request.answer.status), [503, null, 429, 200]);
 * await sandbox.close();
 * ```
 */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = "127.0.0.1", port = 0, digest = "sha1", dripIntervalMs = 100, onRequest } = options;
  const publicKey = createPublicKey(options.publicPem);
  if (publicKey.asymmetricKeyType !== "rsa") throw new TypeError("publicPem is not an RSA key");
  const accounts = new Set(typeof options.account === "string" ? [options.account] : options.account);
  const merchant: Merchant = { accounts, publicKey, digest };
  const book = new PayoutBook();
  const scripts = new Map<string, Step[]>();
  const requests: RecordedRequest[] = [];

  const server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => {
      // A client that left while its request was read is no error of the sandbox; anything else must be seen.
      if (!response.headersSent && response.writable)
        sendAnswer(response, messageAnswer(500, `Sandbox: ${String(error)}`));
    });
  });
  // Node closes idle connections after 5 s, which can cross a request on its way: tests would fail now and then.
  server.keepAliveTimeout = 60_000;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const gone = new AbortController();
    response.once("close", () => gone.abort());
    const body = await readBody(request);
    const { method = "", url: path = "" } = request;
    const plan = body === null ? reply("too large", messageAnswer(413)) : decide(method, path, request.headers, body);
    const record: RecordedRequest = {
      method,
      path,
      headers: { ...request.headers },
      body: body ?? Buffer.alloc(0),
      time: new Date(),
      ...(plan.key === undefined ? {} : { key: plan.key }),
      answer: plan.answer,
    };
    // Before it is played, so that a request that hangs is seen too.
    requests.push(record);
    onRequest?.(record);
    await plan.play(response, gone.signal);
  }

  function decide(method: string, path: string, headers: IncomingHttpHeaders, body: Buffer): Plan {
    if (method !== "POST") {
      const message = `The ${method} method is not supported for this route. Supported methods: POST.`;
      return reply("method not allowed", messageAnswer(405, message, { Allow: "POST" }));
    }
    switch (path.split("?", 1)[0]) {
      case "/v1/payout/status":
        return checked(checkHeaders(headers, body, merchant), () =>
          checked(checkQuestion(body), (key) => ({ ...decidePayout(key, path), key })),
        );
      case "/v1/account/balance":
        return checked(checkHeaders(headers, body, merchant), () =>
          checked(checkNoParameters(body), () => reply("balance", jsonAnswer(200, BALANCE))),
        );
      case "/v1/account/info":
        return checked(checkHeaders(headers, body, merchant), () =>
          checked(checkNoParameters(body), () => reply("info", jsonAnswer(200, INFO))),
        );
      default:
        return reply("not found", messageAnswer(404, "Not Found."));
    }
  }

  function decidePayout(key: PayoutKey, path: string): Plan {
    const value = "id" in key ? key.id : key.orderId;
    const step = scripts.get(value)?.shift();
    const known = book.find(key);
    if (step !== undefined) return planStep(step, key, known ?? echoJson(key), path);
    if (known !== undefined) return reply("payout", jsonAnswer(200, known));
    const field = "id" in key ? "id" : "order_id";
    if (value.startsWith(FAULT_PREFIX)) {
      const name = value.slice(FAULT_PREFIX.length);
      if (findFault(name) !== undefined) return planStep(name as FaultName, key, echoJson(key), path);
      return invalid({ [field]: [`The sandbox knows no fault "${name}".`] }, "unknown fault");
    }
    return invalid({ [field]: [`The selected ${field} is invalid.`] }, "unknown payout");
  }

  function planStep(step: Step, key: PayoutKey, payout: string, path: string): Plan {
    if (step === "payout") return reply("payout", jsonAnswer(200, payout));
    if (typeof step === "string") {
      const fault = findFault(step);
      if (fault === undefined) throw unknownStep(step);
      const scene = { key, payout, path, dripIntervalMs };
      const play = (response: ServerResponse, gone: AbortSignal) =>
        fault.play({ ...scene, response, gone } satisfies Scene);
      return { answer: { status: fault.status, outcome: step }, play };
    }
    const { status = 200, delayMs = 0 } = step;
    const usual = status === 200 ? jsonAnswer(200, payout) : statusAnswer(status, path);
    const answer = { status, headers: mergeHeaders(usual.headers, step.headers), body: step.body ?? usual.body };
    return {
      answer: { status, outcome: "scripted" },
      play: async (response, gone) => {
        if (delayMs > 0) await sleep(delayMs, undefined, { signal: gone }).catch(() => undefined);
        if (!gone.aborted) sendAnswer(response, answer);
      },
    };
  }

  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => {
      server.off("error", reject);
      resolve();
    });
  });
  const address = server.address() as AddressInfo;
  let closed: Promise<void> | undefined;

  return {
    url: `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`,
    requests,
    script(key, steps) {
      for (const step of steps) {
        // Here, where the mistake is, and not in an answer much later.
        if (typeof step === "string" && step !== "payout" && findFault(step) === undefined) throw unknownStep(step);
      }
      scripts.set(key, [...steps]);
      // A fault's own name keeps its fault after the script.
      if (!book.has(key) && !key.startsWith(FAULT_PREFIX)) {
        book.add(echoJson({ id: key }), { id: key });
        book.add(echoJson({ orderId: key }), { orderId: key });
      }
    },
    addPayout: (json, names) => book.add(json, names),
    reset() {
      requests.length = 0;
      scripts.clear();
    },
    close() {
      closed ??= new Promise<void>((resolve, reject) => {
        server.close((error) => (error === undefined ? resolve() : reject(error)));
        server.closeAllConnections();
      });
      return closed;
    },
  };
}

function reply(outcome: string, answer: Parameters<typeof sendAnswer>[1], errors?: FieldErrors): Plan {
  return {
    answer: { status: answer.status, outcome, ...(errors === undefined ? {} : { errors }) },
    play: (response) => sendAnswer(response, answer),
  };
}

function invalid(errors: FieldErrors, outcome = "invalid"): Plan {
  return reply(outcome, invalidAnswer(errors), errors);
}

function checked<T>(result: Checked<T>, next: (value: T) => Plan): Plan {
  return result.ok ? next(result.value) : invalid(result.errors);
}

function unknownStep(step: string): RangeError {
  return new RangeError(`The sandbox knows no step "${step}"`);
}

/** Header names differ in case only for people: a scripted `content-type` replaces the usual `Content-Type`. */
function mergeHeaders(
  usual: Readonly<Record<string, string>>,
  own: Readonly<Record<string, string>> = {},
): Record<string, string> {
  const replaced = new Set(Object.keys(own).map((name) => name.toLowerCase()));
  const kept = Object.entries(usual).filter(([name]) => !replaced.has(name.toLowerCase()));
  return { ...Object.fromEntries(kept), ...own };
}

/** The raw body, or `null` if it is too large; read to its end even then, so that the answer is not lost in a reset. */
async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= MAX_BODY) chunks.push(chunk);
  }
  return length <= MAX_BODY ? Buffer.concat(chunks) : null;
}
