/**
 * Scheduled faults: one of so many status requests gets a fault, always the same ones for a seed.
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
 * A function that returns the fault for the next status request, or `undefined`.
 * @throws RangeError for an invalid schedule.
 */
export function followSchedule({ oneIn, faults = DEFAULT_FAULTS, seed = 1 }: Schedule): () => Step | undefined {
  if (!Number.isSafeInteger(oneIn) || oneIn < 1) throw new RangeError("oneIn must be a whole number from 1");
  if (!Number.isSafeInteger(seed)) throw new RangeError("seed must be a whole number");
  if (faults.length === 0) throw new RangeError("faults is empty: name at least one");
  for (const fault of faults) checkStep(fault);
  const random = randomNumbers(seed);
  let requests = 0;
  let chosen = 0;
  return () => {
    const place = requests % oneIn;
    if (place === 0) chosen = random() % oneIn;
    requests += 1;
    return place === chosen ? faults[Math.floor((requests - 1) / oneIn) % faults.length] : undefined;
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
