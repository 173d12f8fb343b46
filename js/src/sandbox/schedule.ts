/**
 * Bad weather: of all questions about payouts, so many are answered with a fault, and always the same ones.
 */
import { FAULTS, type FaultName } from "./faults.js";
import { checkStep, type Step } from "./steps.js";

/** How often the sandbox misbehaves, and how. */
export interface Schedule {
  /** One of so many questions is answered with a fault: with 10, exactly one of the first ten, one of the next ten, … */
  readonly oneIn: number;
  /** The faults, which are taken in turn; {@link WEATHER} by default. */
  readonly faults?: readonly Step[];
  /** Chooses which one of ten it is: the same seed always chooses the same ones. 1 by default. */
  readonly seed?: number;
}

/** The faults that end well. */
const HARMLESS: readonly string[] = ["drip"] satisfies (keyof typeof FAULTS)[];

/**
 * Every named fault that keeps the payout from arriving, and what an overloaded server answers.
 *
 * @example
 * ```ts
 * startSandbox({ account, publicPem, schedule: { oneIn: 10, faults: WEATHER.filter((fault) => fault !== "hang") } });
 * ```
 */
export const WEATHER: readonly FaultName[] = [
  ...(Object.keys(FAULTS) as (keyof typeof FAULTS)[]).filter((name) => !HARMLESS.includes(name)),
  ...(["429", "500", "502", "503", "504"] as const),
];

/**
 * What to do with each question, one after the other: a fault, or `undefined` to answer it as usual.
 *
 * @example
 * ```ts
 * const next = followSchedule({ oneIn: 2, faults: ["cut", "500"] });
 * [next(), next(), next(), next()]; // "cut" and "500" in this order, one of each pair
 * ```
 * @throws RangeError for a schedule that nobody can follow.
 */
export function followSchedule({ oneIn, faults = WEATHER, seed = 1 }: Schedule): () => Step | undefined {
  if (!Number.isSafeInteger(oneIn) || oneIn < 1) throw new RangeError("oneIn is a whole number from 1");
  if (!Number.isSafeInteger(seed)) throw new RangeError("seed is a whole number");
  if (faults.length === 0) throw new RangeError("A schedule needs a fault");
  for (const fault of faults) checkStep(fault);
  const random = randomNumbers(seed);
  let asked = 0;
  let chosen = 0;
  return () => {
    const place = asked % oneIn;
    if (place === 0) chosen = random() % oneIn;
    asked += 1;
    return place === chosen ? faults[Math.floor((asked - 1) / oneIn) % faults.length] : undefined;
  };
}

/** Marsaglia's xorshift with 32 bits ("Xorshift RNGs", 2003): good enough for the weather, and the same everywhere. */
function randomNumbers(seed: number): () => number {
  // Zero would stay zero, and small seeds start alike.
  let state = Math.imul(seed, 0x9e3779b1) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
}
