/**
 * The payouts that a sandbox knows at the moment, and how they get on.
 */
import { isFinalPayout, type PayoutKey, payoutJson, SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";

/** The two names under which {@link PayoutBook.add} files a payout, where its text does not say them. */
export interface PayoutNames {
  /** Found by this `id`. */
  readonly id?: string;
  /** Found by this `order_id`. */
  readonly orderId?: string;
}

/** A payout that was asked for. */
export interface Taken {
  /** Its text as it was when it was asked for. */
  readonly json: string;
  /** Its text from now on, if it has become final by this question. */
  readonly final?: string;
}

/** What a payout is, and what it will be; the first one is now. */
type Course = [now: string, ...later: string[]];

/** `wait-3`, `wait-3-cancel`, `wait-3-cancel-of-mine`, `wait-3-of-mine`. */
const WAITING = /^wait-([1-9]\d{0,2})(?:-(paid|cancel|fail))?(?:-|$)/;
/** The payouts that are made up for these names have ids from here on. */
const FIRST_WAITING_ID = 100_001_000;

/**
 * Payouts, to be found by `id` and by `order_id`. The one that was added last wins.
 *
 * A payout whose `order_id` is `wait-3` is made up when it is first asked for: the first three questions find it in `wait`,
 * and after them it is `paid`. Likewise `wait-3-cancel` and `wait-3-fail`; whatever follows after another `-` only makes it
 * another payout.
 *
 * @example
 * ```ts
 * const book = new PayoutBook();
 * book.add('{"payment_status":"wait","id":7,"order_id":"mine","amount":1.10}');
 * book.find({ id: "7" }); // that text, byte for byte
 * ```
 */
export class PayoutBook {
  readonly #byId = new Map<string, Course>();
  readonly #byOrderId = new Map<string, Course>();
  #waitingId = FIRST_WAITING_ID;

  constructor(payouts: readonly SandboxPayout[] = SANDBOX_PAYOUTS) {
    for (const payout of payouts) this.add(payout.json, payout);
  }

  /**
   * Adds a payout, or several texts that it takes on one after the other, one for each question; the last one stays. With
   * `names` the texts are not looked at and may be anything; without them the first must be a JSON object with an `id`
   * (string or safe integer) or an `order_id` (string).
   *
   * @returns Its text, if a payout of these names was there and has become final by this.
   */
  add(json: string | readonly string[], names?: PayoutNames): string | undefined {
    const [now, ...later] = typeof json === "string" ? [json] : json;
    if (now === undefined) throw new TypeError("A payout needs a text");
    const { id, orderId } = names ?? namesIn(now);
    const before =
      (id === undefined ? undefined : this.#byId.get(id)) ??
      (orderId === undefined ? undefined : this.#byOrderId.get(orderId));
    if (id === undefined && orderId === undefined) {
      throw new TypeError("A payout needs an id or an order_id under which it can be asked for");
    }
    const course: Course = [now, ...later];
    if (id !== undefined) this.#byId.set(id, course);
    if (orderId !== undefined) this.#byOrderId.set(orderId, course);
    return before !== undefined && !isFinalPayout(before[0]) && isFinalPayout(now) ? now : undefined;
  }

  /** The text of a payout, or `undefined` if there is none. */
  find(key: PayoutKey): string | undefined {
    return this.#course(key)?.[0];
  }

  /** The text of a payout, which gets on by this; `undefined` if there is none. */
  take(key: PayoutKey): Taken | undefined {
    const course = this.#course(key);
    if (course === undefined) return undefined;
    const [json, next] = course;
    if (next === undefined) return { json };
    // In place, since it is filed under both of its names.
    course.shift();
    return isFinalPayout(next) && !isFinalPayout(json) ? { json, final: next } : { json };
  }

  /** Whether a payout is filed under this value, as `id` or as `order_id`. */
  has(value: string): boolean {
    return this.find({ id: value }) !== undefined || this.find({ orderId: value }) !== undefined;
  }

  #course(key: PayoutKey): Course | undefined {
    if ("id" in key) return this.#byId.get(key.id);
    const found = this.#byOrderId.get(key.orderId);
    if (found !== undefined) return found;
    const [, questions, status = "paid"] = WAITING.exec(key.orderId) ?? [];
    if (questions === undefined) return undefined;
    const names = { id: String(this.#waitingId++), orderId: key.orderId };
    const wait = payoutJson({ ...names, statusJson: '"wait"' });
    this.add([...Array<string>(Number(questions)).fill(wait), payoutJson({ ...names, statusJson: `"${status}"` })]);
    return this.#byOrderId.get(key.orderId);
  }
}

function namesIn(json: string): PayoutNames {
  const value: unknown = JSON.parse(json);
  const { id, order_id: orderId } = (value ?? {}) as { id?: unknown; order_id?: unknown };
  // An integer that JSON.parse has rounded would file the payout under an id that nobody will ask for.
  if (typeof id === "number" && !Number.isSafeInteger(id)) {
    throw new TypeError("This id is not a safe integer: pass the names under which the payout is asked for");
  }
  return {
    ...(typeof id === "string" || typeof id === "number" ? { id: String(id) } : {}),
    ...(typeof orderId === "string" ? { orderId } : {}),
  };
}
