/** Figures from many measurements of the same thing. */

/**
 * @typedef {object} Summary
 * @property {number} n How many measurements.
 * @property {number} median
 * @property {number} q1 A quarter of them is below.
 * @property {number} q3 A quarter of them is above.
 */

const DIGITS = 4;

/**
 * The value below which this part of all values lies; between two values, in proportion.
 *
 * @param {readonly number[]} values
 * @param {number} part From 0 to 1.
 */
export function quantile(values, part) {
  if (values.length === 0) throw new RangeError("there is no quantile of nothing");
  const sorted = values.toSorted((a, b) => a - b);
  const place = part * (sorted.length - 1);
  const below = Math.floor(place);
  const low = sorted[below];
  const high = sorted[Math.min(below + 1, sorted.length - 1)];
  return low + (high - low) * (place - below);
}

/** @param {readonly number[]} values */
export const median = (values) => quantile(values, 0.5);

/**
 * @param {readonly number[]} values
 * @returns {Summary}
 */
export function summarize(values) {
  return {
    n: values.length,
    median: significant(median(values)),
    q1: significant(quantile(values, 0.25)),
    q3: significant(quantile(values, 0.75)),
  };
}

/**
 * What one of `count` pieces of work costs that were done in each request: less what a request costs that does none.
 *
 * @param {{ full: readonly number[], empty: readonly number[], count: number }} times
 */
export function perPiece({ full, empty, count }) {
  const idle = median(empty);
  return full.map((time) => (time - idle) / count);
}

/**
 * Lets contenders take turns, so that a machine that is slower for a while is slower for all of them; each round begins
 * with another one.
 *
 * @template T
 * @param {readonly T[]} contenders
 * @param {number} rounds
 * @param {(contender: T, round: number) => unknown} measure
 */
export async function takeTurns(contenders, rounds, measure) {
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < contenders.length; turn++) {
      await measure(contenders[(round + turn) % contenders.length], round);
    }
  }
}

/** More digits than that are noise, and make two runs look different where they are not. */
function significant(value) {
  return Number(value.toPrecision(DIGITS));
}
