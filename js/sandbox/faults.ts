/**
 * Faults on demand: what can go wrong between a correct request and a correct answer.
 */
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { invalidAnswer, jsonAnswer, messageAnswer, type PlainAnswer, sendAnswer } from "./answers.js";
import { echoJson, type PayoutKey, payoutJson } from "./payouts.js";

/**
 * The request that a fault answers.
 *
 * @example
 * ```ts
 * const empty = ({ response }: FaultContext): void => void response.end();
 * ```
 */
export interface FaultContext {
  /** The response. */
  readonly response: ServerResponse;
  /** Path of the request, for a redirect to itself. */
  readonly path: string;
  /** The `id` or `order_id` of the request. */
  readonly key: PayoutKey;
  /** The JSON of the correct answer. */
  readonly payout: string;
  /** Milliseconds between two bytes of `drip`. */
  readonly dripIntervalMs: number;
  /** Aborts when the connection is closed by either side. */
  readonly gone: AbortSignal;
}

/**
 * A fault.
 *
 * @example
 * ```ts
 * const { about, status }: Fault = FAULTS.hang;
 * ```
 */
export interface Fault {
  /** A description. */
  readonly about: string;
  /** The HTTP status; `null` for none. */
  readonly status: number | null;
  /** Sends the faulty answer. */
  readonly play: (context: FaultContext) => void | Promise<void>;
}

const DEEP_ROOT = 100_000;
const DEEP_FIELD = 10_000;
const LARGE = 64 * 1024 + 1;
const MAINTENANCE =
  "<!DOCTYPE html>\n<html><head><title>Maintenance</title></head><body><h1>We will be back soon</h1></body></html>\n";

/**
 * All named faults. Any three digits are a fault, too: that HTTP status with a JSON message, with `Retry-After: 1` for 429 and
 * with a `Location` of the same path for 3xx. A request for the `order_id` `fault-…` gets the fault.
 *
 * @example
 * ```ts
 * for (const [name, { about }] of Object.entries(FAULTS)) console.log(`fault-${name}`, about);
 * ```
 */
export const FAULTS: Readonly<Record<Exclude<FaultName, `${number}`>, Fault>> = {
  "retry-date": {
    about: "503 with Retry-After as an HTTP date, 2 s ahead",
    status: 503,
    // HTTP dates have whole seconds: 2 s ahead leaves between 1 and 2 s of waiting.
    play: ({ response }) =>
      sendAnswer(response, messageAnswer(503, undefined, { "Retry-After": new Date(Date.now() + 2000).toUTCString() })),
  },
  hang: { about: "no answer", status: null, play: () => undefined },
  cut: {
    about: "closes the connection before answering",
    status: null,
    play: ({ response }) => void response.destroy(),
  },
  reset: {
    about: "resets the connection (TCP RST) before answering",
    status: null,
    play: ({ response }) => void response.socket?.resetAndDestroy(),
  },
  "cut-body": {
    about: "200, half of the payout, then closes the connection",
    status: 200,
    play: ({ response, payout }) => cutBody(response, payout, { "Content-Length": Buffer.byteLength(payout) }),
  },
  "cut-chunked": {
    about: "the same with chunked encoding, without the last chunk",
    status: 200,
    play: ({ response, payout }) => cutBody(response, payout, {}),
  },
  half: {
    about: "200, half of the payout as a complete body",
    status: 200,
    play: ({ response, payout }) => sendAnswer(response, jsonAnswer(200, halfOf(payout))),
  },
  drip: { about: "200 and the payout, byte by byte", status: 200, play: drip },
  endless: { about: "200, a body without end", status: 200, play: endless },
  html: {
    about: "200, a maintenance page in HTML",
    status: 200,
    play: ({ response }) =>
      sendAnswer(response, { status: 200, headers: { "Content-Type": "text/html; charset=utf-8" }, body: MAINTENANCE }),
  },
  "php-warning": body(
    "200, a PHP warning before the payout",
    ({ payout }) =>
      `<br />\n<b>Warning</b>:  Undefined array key &quot;x&quot; in <b>/app/x.php</b> on line <b>1</b><br />\n${payout}`,
  ),
  empty: body("200, an empty body", () => ""),
  array: body("200, an empty JSON array", () => "[]"),
  "no-status": body("200, a payout without payment_status", ({ key }) => echoJson(key, null)),
  "number-status": body("200, payment_status is a number", ({ key }) => echoJson(key, "1")),
  duplicate: body(
    "200, payment_status three times, contradicting",
    ({ payout }) => `{"payment_status":"wait",${inner(payout)},"payment_status":"fail"}`,
  ),
  "other-payout": body("200, another payout", () =>
    payoutJson({ id: "900000001", order_id: "another-order", statusJson: '"fail"' }),
  ),
  "error-200": {
    about: "200, Laravel's validation error",
    status: 200,
    play: ({ response }) =>
      sendAnswer(response, invalidAnswer({ order_id: ["The selected order_id is invalid."] }, 200)),
  },
  message: {
    about: '400, a message beside a whole payout with "payment_status":"fail"',
    status: 400,
    play: ({ response, key }) => {
      const payout = echoJson(key, '"fail"');
      sendAnswer(response, jsonAnswer(400, `{"message":"The given data was invalid.","errors":{},${inner(payout)}}`));
    },
  },
  redirect: {
    about: "302 to itself",
    status: 302,
    play: (context) => sendAnswer(context.response, statusAnswer(302, context.path)),
  },
  large: body("200, a valid payout over 64 KiB", ({ payout }) => `{${inner(payout)},"padding":"${"x".repeat(LARGE)}"}`),
  deep: body("200, 100,000 nested arrays", () => "[".repeat(DEEP_ROOT) + "]".repeat(DEEP_ROOT)),
  "deep-field": body(
    "200, a payout under 64 KiB with 10,000 nested arrays in a field",
    ({ payout }) => `{${inner(payout)},"nested":${"[".repeat(DEEP_FIELD)}${"]".repeat(DEEP_FIELD)}}`,
  ),
  utf8: body("200, a payout with invalid UTF-8 in a field", ({ payout }) =>
    Buffer.concat([Buffer.from(`{${inner(payout)},"note":"`), Buffer.from([0xc3, 0x28, 0xff]), Buffer.from('"}')]),
  ),
};

/**
 * The name of a fault: a key of {@link FAULTS}, or three digits.
 *
 * @example
 * ```ts
 * const faults: FaultName[] = ["hang", "503"];
 * ```
 */
export type FaultName =
  | "retry-date"
  | "hang"
  | "cut"
  | "reset"
  | "cut-body"
  | "cut-chunked"
  | "half"
  | "drip"
  | "endless"
  | "html"
  | "php-warning"
  | "empty"
  | "array"
  | "no-status"
  | "number-status"
  | "duplicate"
  | "other-payout"
  | "error-200"
  | "message"
  | "redirect"
  | "large"
  | "deep"
  | "deep-field"
  | "utf8"
  | `${number}`;

/** Finds a fault by its name, without `fault-`. */
export function findFault(name: string): Fault | undefined {
  if (Object.hasOwn(FAULTS, name)) return FAULTS[name as keyof typeof FAULTS];
  if (!/^\d{3}$/.test(name)) return undefined;
  const status = Number(name);
  const play = ({ response, path }: FaultContext): void => sendAnswer(response, statusAnswer(status, path));
  return { about: `HTTP ${name}`, status, play };
}

/** The answer of a fault that is an HTTP status. */
export function statusAnswer(status: number, path: string): PlainAnswer {
  if (status === 400 || status === 422) return invalidAnswer({ order_id: [`Sandbox: HTTP ${status}.`] }, status);
  if (status === 429) return messageAnswer(429, "Too Many Attempts.", { "Retry-After": "1" });
  if (status >= 300 && status < 400) return messageAnswer(status, undefined, { Location: path });
  return messageAnswer(status);
}

function body(about: string, make: (context: FaultContext) => string | Uint8Array): Fault {
  return { about, status: 200, play: (context) => sendAnswer(context.response, jsonAnswer(200, make(context))) };
}

/** The members of a JSON object, without its braces. */
function inner(object: string): string {
  return object.trim().slice(1, -1);
}

function halfOf(payout: string): Buffer {
  const bytes = Buffer.from(payout);
  return bytes.subarray(0, bytes.length >> 1);
}

function cutBody(response: ServerResponse, payout: string, headers: Record<string, number>): void {
  response.writeHead(200, { "Content-Type": "application/json", ...headers });
  // In the callback, since destroying earlier could drop the first half.
  response.write(halfOf(payout), () => response.destroy());
}

async function drip({ response, payout, dripIntervalMs, gone }: FaultContext): Promise<void> {
  const bytes = Buffer.from(payout);
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": bytes.length });
  for (let i = 0; i < bytes.length && !gone.aborted; i++) {
    response.write(bytes.subarray(i, i + 1));
    await sleep(dripIntervalMs, undefined, { signal: gone }).catch(() => undefined);
  }
  response.end();
}

async function endless({ response, payout, gone }: FaultContext): Promise<void> {
  response.writeHead(200, { "Content-Type": "application/json" });
  response.write(`{${inner(payout)},"padding":"`);
  const chunk = Buffer.alloc(16 * 1024, "x");
  while (!gone.aborted) {
    // Respect backpressure, so that a slow reader does not fill the memory.
    if (response.write(chunk)) await sleep(1, undefined, { signal: gone }).catch(() => undefined);
    else await drained(response, gone);
  }
}

function drained(response: ServerResponse, gone: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      response.off("drain", done);
      gone.removeEventListener("abort", done);
      resolve();
    };
    response.once("drain", done);
    gone.addEventListener("abort", done, { once: true });
  });
}
