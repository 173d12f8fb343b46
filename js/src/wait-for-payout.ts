/**
 * Asking for a payout again and again until it is final.
 *
 * @module
 */
import { GatewayError, InvalidRequestError, WaitTimeoutError } from "./errors.js";
import type { CallOptions } from "./options.js";
import { Patience } from "./patience.js";
import type { Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";
import { wholeNumber } from "./whole-number.js";

/**
 * How `waitForPayout` waits.
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
   * The pause between the first two questions in milliseconds: 2000; at most 3600000. Each pause is half as long again as the
   * one before it, up to 30 seconds, and each is cut at random by up to its half.
   */
  readonly intervalMs?: number | undefined;
  /**
   * The total time in milliseconds: 600000, ten minutes; at most 2147483647, some 24 days. The last question is asked one
   * `intervalMs` before its end.
   */
  readonly timeoutMs?: number | undefined;
  /**
   * Called with the first answer, and with each that differs from the one before it: the payout, or the error that says why
   * its state is unknown at the moment. What it returns is not waited for; what it throws ends the waiting.
   */
  readonly onUpdate?: ((answer: PayoutAnswer<PayoutQuery, GatewayError>) => void) | undefined;
}

/** An answer while waiting: a query that names no payout ends it at once. */
type Update = PayoutAnswer<PayoutQuery, GatewayError>;

const INTERVAL_MS = 2000;
const MAX_INTERVAL_MS = 3_600_000;
const TIMEOUT_MS = 600_000;
/** The most that a timer takes. */
const MAX_TIMEOUT_MS = 2 ** 31 - 1;
const GROWTH = 1.5;
/** Pauses grow up to this, unless they begin longer. */
const LONGEST_PAUSE_MS = 30_000;

type Ask = (query: PayoutQuery, options: CallOptions) => Promise<Payout>;

/**
 * Asks until the payout is final.
 *
 * @internal
 */
export async function waitForPayout(ask: Ask, query: PayoutQuery, options: WaitOptions): Promise<Payout> {
  const intervalMs = wholeNumber("intervalMs", options.intervalMs, INTERVAL_MS, MAX_INTERVAL_MS);
  const timeoutMs = wholeNumber("timeoutMs", options.timeoutMs, TIMEOUT_MS, MAX_TIMEOUT_MS);
  const { onUpdate } = options;
  if (onUpdate !== undefined && typeof onUpdate !== "function")
    throw new InvalidRequestError("onUpdate must be a function");
  const patience = new Patience(options.signal);
  patience.begin();
  const pauses = new Pauses(intervalMs, timeoutMs);
  let isOver = false;
  const timer = setTimeout(() => {
    isOver = true;
    patience.end();
  }, timeoutMs);

  let lastPayout: Payout | undefined;
  let lastError: GatewayError | undefined;
  let told: string | undefined;
  const giveUp = () => new WaitTimeoutError(timeoutMs, lastPayout, lastError);
  try {
    for (;;) {
      const answer = await answerTo(query, ask(query, { signal: patience.signal }));
      const { payout, error } = answer;
      if (error?.code === "aborted") throw isOver ? giveUp() : error;
      const text = textOf(answer);
      if (text !== told) onUpdate?.(answer);
      told = text;
      if (payout?.is_final) return payout;
      // What asking again does not mend: a refusal, which somebody has to look at.
      if (error?.retryable === false) throw error;
      lastPayout = payout ?? lastPayout;
      lastError = error;
      const pause = pauses.next();
      if (pause === undefined) throw giveUp();
      await patience.pause(pause);
    }
  } finally {
    clearTimeout(timer);
    patience.end();
  }
}

/** What came of a question; a mistake in the program is thrown. */
async function answerTo(query: PayoutQuery, asked: Promise<Payout>): Promise<Update> {
  try {
    return { query, payout: await asked };
  } catch (error) {
    if (error instanceof GatewayError) return { query, error };
    throw error;
  }
}

/** The pauses between questions: growing, jittered, and within the total time. */
class Pauses {
  readonly #intervalMs: number;
  readonly #end: number;
  #ceiling: number;

  constructor(intervalMs: number, timeoutMs: number) {
    this.#intervalMs = intervalMs;
    this.#ceiling = intervalMs;
    this.#end = performance.now() + timeoutMs;
  }

  /** The next one in milliseconds; `undefined` where there is no time for another question after it. */
  next(): number | undefined {
    const jittered = this.#ceiling * (0.5 + Math.random() / 2);
    this.#ceiling = Math.min(this.#ceiling * GROWTH, Math.max(LONGEST_PAUSE_MS, this.#intervalMs));
    const latest = this.#end - performance.now() - this.#intervalMs;
    const pause = Math.min(jittered, latest);
    // Never shorter than any other pause may be, so that nobody is asked twice at once at the end.
    return pause < this.#intervalMs / 2 ? undefined : pause;
  }
}

/** What is the same for answers that say the same. */
function textOf({ payout, error }: Update): string {
  return payout === undefined ? `${error.code} ${error.message}` : JSON.stringify(payout);
}
