/**
 * Scheduled faults: one of so many status requests or notifications gets a fault, always the same ones for a seed.
 */
import { FAULTS, type FaultName } from "./faults.js";
import { checkStep, type Step } from "./steps.js";

/**
 * Scheduled faults.
 *
 * @example
 * ```ts
 * const schedule: Schedule = { oneIn: 10, faults: ["503", "cut"], seed: 7 };
 * ```
 */
export interface Schedule {
  /** One of so many status requests gets a fault: with 10, exactly one of the first ten, one of the next ten, … */
  readonly oneIn: number;
  /** The faults, taken in turn. Default: {@link DEFAULT_FAULTS}. */
  readonly faults?: readonly Step[];
  /** Chooses which request of each ten gets the fault. Default: 1. */
  readonly seed?: number;
}

/** The default of {@link NotificationSchedule.lateMs}. */
export const DEFAULT_LATE_MS = 1000;

/** The faults after which the payout arrives. */
const HARMLESS: readonly string[] = ["drip"] satisfies (keyof typeof FAULTS)[];

/**
 * The default of {@link Schedule}: every named fault that keeps the payout from arriving, and the statuses of an overloaded server.
 *
 * @example
 * ```ts
 * const schedule: Schedule = { oneIn: 10, faults: DEFAULT_FAULTS.filter((fault) => fault !== "hang") };
 * ```
 */
export const DEFAULT_FAULTS: readonly FaultName[] = [
  ...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]).filter((name) => !HARMLESS.includes(name)),
  ...(["429", "500", "502", "503", "504"] as const),
];

/**
 * What can happen to a notification of a payout that became final:
 *
 * - `lost`: it is not sent;
 * - `doubled`: it is sent twice at the same time, each with its own attempts;
 * - `late`: it is sent after {@link NotificationSchedule.lateMs};
 * - `out-of-order`: it is sent once the next notification has been delivered or given up, at the latest after
 *   {@link NotificationSchedule.lateMs}.
 *
 * @example
 * ```ts
 * const faults: NotificationFault[] = ["lost", "doubled"];
 * ```
 */
export type NotificationFault = (typeof NOTIFICATION_FAULTS)[number];

/**
 * Every {@link NotificationFault}.
 *
 * @example
 * ```ts
 * const schedule: NotificationSchedule = { oneIn: 2, faults: NOTIFICATION_FAULTS.filter((fault) => fault !== "lost") };
 * ```
 */
export const NOTIFICATION_FAULTS = ["lost", "doubled", "late", "out-of-order"] as const;

/**
 * Scheduled faults of notifications.
 *
 * @example
 * ```ts
 * const schedule: NotificationSchedule = { oneIn: 3, faults: ["lost", "doubled"], seed: 7 };
 * ```
 */
export interface NotificationSchedule {
  /** One of so many notifications gets a fault: with 3, exactly one of the first three, one of the next three, … */
  readonly oneIn: number;
  /** The faults, taken in turn. Default: {@link NOTIFICATION_FAULTS}. */
  readonly faults?: readonly NotificationFault[];
  /** Chooses which notification of each three gets the fault. Default: 1. */
  readonly seed?: number;
  /** The delay of `late` in milliseconds, and the longest one of `out-of-order`. Default: 1000. */
  readonly lateMs?: number;
}

/**
 * A function that returns the fault for the next status request, or `undefined`.
 * @throws RangeError for an invalid schedule.
 */
export function followSchedule({ faults = DEFAULT_FAULTS, ...schedule }: Schedule): () => Step | undefined {
  for (const fault of faults) checkStep(fault);
  return takeTurns({ ...schedule, faults });
}

/**
 * A function that returns the fault for the next notification, or `undefined`.
 * @throws RangeError for an invalid schedule.
 */
export function followNotificationSchedule({
  faults = NOTIFICATION_FAULTS,
  lateMs = DEFAULT_LATE_MS,
  ...schedule
}: NotificationSchedule): () => NotificationFault | undefined {
  for (const fault of faults) {
    if (!NOTIFICATION_FAULTS.includes(fault))
      throw new RangeError(`the sandbox has no notification fault "${fault}": see NOTIFICATION_FAULTS`);
  }
  checkMilliseconds("lateMs", lateMs);
  return takeTurns({ ...schedule, faults });
}

/**
 * Checks a delay for a timer of Node.
 * @throws RangeError if it is not from 0 to 2147483647.
 */
export function checkMilliseconds(name: string, value: number): void {
  // Node fires at once after a longer delay.
  if (!(value >= 0 && value < 2 ** 31)) throw new RangeError(`${name} must be from 0 to ${2 ** 31 - 1} milliseconds`);
}

interface Turns<T> {
  readonly oneIn: number;
  readonly faults: readonly T[];
  readonly seed?: number;
}

function takeTurns<T>({ oneIn, faults, seed = 1 }: Turns<T>): () => T | undefined {
  if (!Number.isSafeInteger(oneIn) || oneIn < 1) throw new RangeError("oneIn must be a whole number from 1");
  if (!Number.isSafeInteger(seed)) throw new RangeError("seed must be a whole number");
  if (faults.length === 0) throw new RangeError("faults is empty: name at least one");
  const random = randomNumbers(seed);
  let turns = 0;
  let chosen = 0;
  return () => {
    const place = turns % oneIn;
    if (place === 0) chosen = random() % oneIn;
    turns += 1;
    return place === chosen ? faults[Math.floor((turns - 1) / oneIn) % faults.length] : undefined;
  };
}

/** Marsaglia's xorshift with 32 bits ("Xorshift RNGs", 2003): reproducible, not for cryptography. */
function randomNumbers(seed: number): () => number {
  // Xorshift needs a state other than zero; the factor spreads small seeds.
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
