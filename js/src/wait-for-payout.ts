/**
 * Asking for the status of a payout until it is final.
 *
 * @module
 */
import { GatewayError, InvalidRequestError, WaitTimeoutError } from "./errors.js";
import { LinkedAbort } from "./linked-abort.js";
import { type CallOptions, wholeNumber } from "./options.js";
import type { Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";

/**
 * The options of `waitForPayout`.
 *
 * @example
 * ```ts
 * const options: WaitOptions = {
 *   intervalMs: 5000,
 *   timeoutMs: 3_600_000,
 *   onUpdate: ({ payout, error }) => console.log(payout?.payment_status ?? `unknown for now: ${error?.code}`),
 * };
 * ```
 */
export interface WaitOptions extends CallOptions {
  /**
   * The pause between the first two requests in milliseconds. Default: 2000; at most 3600000. Each pause is 1.5 times the one
   * before it, up to 30 seconds, and is shortened at random by up to half.
   */
  readonly intervalMs?: number | undefined;
  /**
   * The total time in milliseconds. Default: 600000, ten minutes; at most 2147483647, some 24 days. The last request is sent
   * one `intervalMs` before its end.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the first answer, and with each answer that differs from the one before it: the payout, or the error that says
   * why its state is unknown at the moment. Its return value is ignored; an exception ends the waiting.
   */
  readonly onUpdate?: ((answer: PayoutAnswer<PayoutQuery, GatewayError>) => void) | undefined;
}

type Update = PayoutAnswer<PayoutQuery, GatewayError>;

const INTERVAL_MS = 2000;
const MAX_INTERVAL_MS = 3_600_000;
const TIMEOUT_MS = 600_000;
/** The maximum of a timer. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const GROWTH = 1.5;
/** The limit to which pauses grow, unless `intervalMs` is longer. */
const LONGEST_PAUSE_MS = 30_000;

type Ask = (query: PayoutQuery, options: CallOptions) => Promise<Payout>;

/** @internal */
export async function waitForPayout(ask: Ask, query: PayoutQuery, options: WaitOptions): Promise<Payout> {
  const intervalMs = wholeNumber("intervalMs", options.intervalMs, INTERVAL_MS, MAX_INTERVAL_MS);
  const timeoutMs = wholeNumber("timeoutMs", options.timeoutMs, TIMEOUT_MS, MAX_TIMEOUT_MS);
  const { onUpdate } = options;
  if (onUpdate !== undefined && typeof onUpdate !== "function")
    throw new InvalidRequestError("onUpdate must be a function");
  const abort = new LinkedAbort(options.signal);
  abort.begin();
  const pauses = new Pauses(intervalMs, timeoutMs);
  let timedOut = false;
  const timer = setTimeout(() => {
    timedOut = true;
    abort.end();
  }, timeoutMs);

  let lastPayout: Payout | undefined;
  let lastError: GatewayError | undefined;
  let lastText: string | undefined;
  const timeoutError = () => new WaitTimeoutError(timeoutMs, lastPayout, lastError);
  try {
    for (;;) {
      const answer = await settle(query, ask(query, { signal: abort.signal }));
      const { payout, error } = answer;
      if (error?.code === "aborted") throw timedOut ? timeoutError() : error;
      const text = textOf(answer);
      if (text !== lastText) onUpdate?.(answer);
      lastText = text;
      if (payout?.is_final) return payout;
      // A refusal: the next request would get the same answer.
      if (error?.retryable === false) throw error;
      lastPayout = payout ?? lastPayout;
      lastError = error;
      const pause = pauses.next();
      if (pause === undefined) throw timeoutError();
      await abort.sleep(pause);
    }
  } finally {
    clearTimeout(timer);
    abort.end();
  }
}

/** The answer. An error of the program itself is thrown. */
async function settle(query: PayoutQuery, answer: Promise<Payout>): Promise<Update> {
  try {
    return { query, payout: await answer };
  } catch (error) {
    if (error instanceof GatewayError) return { query, error };
    throw error;
  }
}

/** The pauses between requests: growing, jittered, and within the total time. */
class Pauses {
  readonly #intervalMs: number;
  readonly #end: number;
  #ceiling: number;

  constructor(intervalMs: number, timeoutMs: number) {
    this.#intervalMs = intervalMs;
    this.#ceiling = intervalMs;
    this.#end = performance.now() + timeoutMs;
  }

  /** The next pause in milliseconds; `undefined` if there is no time for another request after it. */
  next(): number | undefined {
    const jittered = this.#ceiling * (0.5 + Math.random() / 2);
    this.#ceiling = Math.min(this.#ceiling * GROWTH, Math.max(LONGEST_PAUSE_MS, this.#intervalMs));
    const latest = this.#end - performance.now() - this.#intervalMs;
    const pause = Math.min(jittered, latest);
    // Not shorter than any other pause can be, so that the last two requests are not sent at once.
    return pause < this.#intervalMs / 2 ? undefined : pause;
  }
}

/** A text that is equal for equal answers. */
function textOf({ payout, error }: Update): string {
  return payout === undefined ? `${error.code} ${error.message}` : JSON.stringify(payout);
}
