/**
 * The payouts of a sandbox, and how their status changes.
 */
import { isFinalPayout, type PayoutKey, payoutJson, SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";
import { checkMilliseconds } from "./schedule.js";

/**
 * The names under which a payout is found, where its JSON does not contain them.
 *
 * @example
 * ```ts
 * const names: PayoutNames = { order_id: "6422494" };
 * ```
 */
export interface PayoutNames {
  /** AliKassa's id. */
  readonly id?: string;
  /** The merchant's id. */
  readonly order_id?: string;
}

/** The answer to a status request. */
export interface Taken {
  /** The payout at the time of the request. */
  readonly json: string;
  /** The payout after the request, if the request made it final. */
  readonly final?: string;
}

/**
 * The text of a payout from a time on.
 *
 * @example
 * ```ts
 * const paid: TimedPayout = { json: payoutJson({ id: "42", order_id: "my-1" }), afterMs: 500 };
 * ```
 */
export interface TimedPayout {
  /** The JSON. */
  readonly json: string;
  /** Milliseconds since the text before it began. Requests do not shorten them. */
  readonly afterMs: number;
}

/** The JSON of a payout now, and after each further request or time. */
type Timeline = { now: string; readonly later: (string | TimedPayout)[]; timer?: NodeJS.Timeout };

/** `wait-3`, `wait-3s`, `wait-300ms`, `wait-3-cancel`, `wait-3-cancel-of-mine`, `wait-3-of-mine`. */
const WAITING = /^wait-(?:([1-9]\d{0,2})|([1-9]\d{0,5})(s|ms))(?:-(paid|cancel|fail))?(?:-|$)/;
/** The first id of the payouts made for `wait-…`. */
const FIRST_WAITING_ID = 100_001_000;

/**
 * Payouts by `id` and by `order_id`. The last one added wins.
 *
 * A payout whose `order_id` is `wait-3` is created by the first request: three requests find it in `wait`, after them it is
 * `paid`. Likewise `wait-3-cancel` and `wait-3-fail`. With `wait-3s` or `wait-300ms` it is `paid` so long after the first
 * request. A suffix after another `-` makes another payout.
 */
export class PayoutStore {
  readonly #byId = new Map<string, Timeline>();
  readonly #byOrderId = new Map<string, Timeline>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #onFinal: (json: string) => void;
  #waitingId = FIRST_WAITING_ID;

  /** @param onFinal Called with a payout that time made final. */
  constructor(onFinal: (json: string) => void, payouts: readonly SandboxPayout[] = SANDBOX_PAYOUTS) {
    this.#onFinal = onFinal;
    for (const payout of payouts) this.add(payout.json, payout);
  }

  /**
   * Adds a payout, or several texts that it has one after the other: each for one request, or until the time of the next one has
   * come; the last one stays. With `names` the texts may be anything; without them the first must be a JSON object with an `id`
   * (string or safe integer) or an `order_id` (string).
   *
   * @returns The text, if it replaces a payout that was not final by a final one.
   */
  add(json: string | readonly (string | TimedPayout)[], names?: PayoutNames): string | undefined {
    const [now, ...later] = typeof json === "string" ? [json] : json;
    if (typeof now !== "string") throw new TypeError("the payout has no text to begin with: pass JSON");
    for (const next of later) if (typeof next !== "string") checkMilliseconds("afterMs", next.afterMs);
    const { id, order_id } = names ?? namesIn(now);
    if (id === undefined && order_id === undefined) {
      throw new TypeError("the payout has neither id nor order_id: pass names");
    }
    const byId = id === undefined ? undefined : this.#byId.get(id);
    const byOrderId = order_id === undefined ? undefined : this.#byOrderId.get(order_id);
    const before = byId ?? byOrderId;
    for (const replaced of [byId, byOrderId]) this.#cancel(replaced?.timer);
    const timeline: Timeline = { now, later };
    if (id !== undefined) this.#byId.set(id, timeline);
    if (order_id !== undefined) this.#byOrderId.set(order_id, timeline);
    this.#startTimer(timeline);
    return before !== undefined && !isFinalPayout(before.now) && isFinalPayout(now) ? now : undefined;
  }

  /** The JSON of a payout, if there is one. */
  find(key: PayoutKey): string | undefined {
    return this.#timeline(key)?.now;
  }

  /** The JSON of a payout, if there is one. Moves its timeline on, unless time does. */
  take(key: PayoutKey): Taken | undefined {
    const timeline = this.#timeline(key);
    if (timeline === undefined) return undefined;
    const { now: json, later } = timeline;
    const [next] = later;
    if (typeof next !== "string") return { json };
    const final = this.#moveOn(timeline, next);
    return final === undefined ? { json } : { json, final };
  }

  /** Whether a payout has this `id` or `order_id`. */
  has(value: string): boolean {
    return this.find({ id: value }) !== undefined || this.find({ order_id: value }) !== undefined;
  }

  /** Cancels what is to happen after a time. */
  close(): void {
    for (const timer of this.#timers) this.#cancel(timer);
  }

  /** @returns The next text, if it makes the payout final. */
  #moveOn(timeline: Timeline, next: string): string | undefined {
    const { now, later } = timeline;
    later.shift();
    timeline.now = next;
    this.#startTimer(timeline);
    return isFinalPayout(next) && !isFinalPayout(now) ? next : undefined;
  }

  #startTimer(timeline: Timeline): void {
    const [next] = timeline.later;
    if (next === undefined || typeof next === "string") return;
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      const final = this.#moveOn(timeline, next.json);
      if (final !== undefined) this.#onFinal(final);
    }, next.afterMs);
    timeline.timer = timer;
    this.#timers.add(timer);
  }

  #cancel(timer: NodeJS.Timeout | undefined): void {
    if (timer === undefined) return;
    clearTimeout(timer);
    this.#timers.delete(timer);
  }

  #timeline(key: PayoutKey): Timeline | undefined {
    if ("id" in key) return this.#byId.get(key.id);
    const found = this.#byOrderId.get(key.order_id);
    if (found !== undefined) return found;
    const match = WAITING.exec(key.order_id);
    if (match === null) return undefined;
    const [, requests, time, unit, status = "paid"] = match;
    const names = { id: String(this.#waitingId++), order_id: key.order_id };
    const wait = payoutJson({ ...names, statusJson: '"wait"' });
    const final = payoutJson({ ...names, statusJson: `"${status}"` });
    this.add(
      requests === undefined
        ? [wait, { json: final, afterMs: Number(time) * (unit === "s" ? 1000 : 1) }]
        : [...Array<string>(Number(requests)).fill(wait), final],
    );
    return this.#byOrderId.get(key.order_id);
  }
}

function namesIn(json: string): PayoutNames {
  const value: unknown = JSON.parse(json);
  const { id, order_id } = (value ?? {}) as { id?: unknown; order_id?: unknown };
  // JSON.parse rounds a larger integer to another id.
  if (typeof id === "number" && !Number.isSafeInteger(id)) {
    throw new TypeError("the id is not a safe integer: pass names");
  }
  return {
    ...(typeof id === "string" || typeof id === "number" ? { id: String(id) } : {}),
    ...(typeof order_id === "string" ? { order_id } : {}),
  };
}
