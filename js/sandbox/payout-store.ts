/**
 * The payouts of a sandbox, and how their status changes.
 */
import { isFinalPayout, type PayoutKey, payoutJson, SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";

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

/** The JSON of a payout now, and after each further request. */
type Timeline = [now: string, ...later: string[]];

/** `wait-3`, `wait-3-cancel`, `wait-3-cancel-of-mine`, `wait-3-of-mine`. */
const WAITING = /^wait-([1-9]\d{0,2})(?:-(paid|cancel|fail))?(?:-|$)/;
/** The first id of the payouts made for `wait-…`. */
const FIRST_WAITING_ID = 100_001_000;

/**
 * Payouts by `id` and by `order_id`. The last one added wins.
 *
 * A payout whose `order_id` is `wait-3` is created by the first request: three requests find it in `wait`, after them it is
 * `paid`. Likewise `wait-3-cancel` and `wait-3-fail`. A suffix after another `-` makes another payout.
 */
export class PayoutStore {
  readonly #byId = new Map<string, Timeline>();
  readonly #byOrderId = new Map<string, Timeline>();
  #waitingId = FIRST_WAITING_ID;

  constructor(payouts: readonly SandboxPayout[] = SANDBOX_PAYOUTS) {
    for (const payout of payouts) this.add(payout.json, payout);
  }

  /**
   * Adds a payout, or several texts that it has one after the other, one for each request; the last one stays. With `names` the
   * texts may be anything; without them the first must be a JSON object with an `id` (string or safe integer) or an `order_id`
   * (string).
   *
   * @returns The text, if it replaces a payout that was not final by a final one.
   */
  add(json: string | readonly string[], names?: PayoutNames): string | undefined {
    const [now, ...later] = typeof json === "string" ? [json] : json;
    if (now === undefined) throw new TypeError("the payout has no text: pass JSON");
    const { id, order_id } = names ?? namesIn(now);
    const before =
      (id === undefined ? undefined : this.#byId.get(id)) ??
      (order_id === undefined ? undefined : this.#byOrderId.get(order_id));
    if (id === undefined && order_id === undefined) {
      throw new TypeError("the payout has neither id nor order_id: pass names");
    }
    const timeline: Timeline = [now, ...later];
    if (id !== undefined) this.#byId.set(id, timeline);
    if (order_id !== undefined) this.#byOrderId.set(order_id, timeline);
    return before !== undefined && !isFinalPayout(before[0]) && isFinalPayout(now) ? now : undefined;
  }

  /** The JSON of a payout, if there is one. */
  find(key: PayoutKey): string | undefined {
    return this.#timeline(key)?.[0];
  }

  /** The JSON of a payout, if there is one. Moves its timeline on. */
  take(key: PayoutKey): Taken | undefined {
    const timeline = this.#timeline(key);
    if (timeline === undefined) return undefined;
    const [json, next] = timeline;
    if (next === undefined) return { json };
    // In place: both names share the array.
    timeline.shift();
    return isFinalPayout(next) && !isFinalPayout(json) ? { json, final: next } : { json };
  }

  /** Whether a payout has this `id` or `order_id`. */
  has(value: string): boolean {
    return this.find({ id: value }) !== undefined || this.find({ order_id: value }) !== undefined;
  }

  #timeline(key: PayoutKey): Timeline | undefined {
    if ("id" in key) return this.#byId.get(key.id);
    const found = this.#byOrderId.get(key.order_id);
    if (found !== undefined) return found;
    const [, requests, status = "paid"] = WAITING.exec(key.order_id) ?? [];
    if (requests === undefined) return undefined;
    const names = { id: String(this.#waitingId++), order_id: key.order_id };
    const wait = payoutJson({ ...names, statusJson: '"wait"' });
    this.add([...Array<string>(Number(requests)).fill(wait), payoutJson({ ...names, statusJson: `"${status}"` })]);
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
