/** How much is measured. */

/** RSA sizes, in bits. */
export const SIZES = [2048, 3072, 4096];

/** Rounds before the ones that count: until V8 has compiled everything that is hot. */
export const WARM_UP = 12;

export const FULL = {
  signatures: { 2048: 60, 3072: 40, 4096: 30 },
  again: 40,
  open: 40,
  processes: 60,
  isolates: 30,
  requests: 400,
  windows: 6,
  windowMs: 1_500,
};

/** @type {typeof FULL} */
export const QUICK = {
  signatures: { 2048: 5, 3072: 3, 4096: 3 },
  again: 5,
  open: 5,
  processes: 3,
  isolates: 2,
  requests: 30,
  windows: 2,
  windowMs: 300,
};

// Some ten milliseconds' work, against which the clock, and what a request costs, are small.
const SIGNATURES_AT_2048 = { baseline: 2, crates: 2, "node-forge": 1 };
const USUAL_AT_2048 = 20;

/**
 * How many signatures make one measurement.
 *
 * @param {string} contender
 * @param {number} bits
 */
export function signaturesAtATime(contender, bits) {
  const at2048 = SIGNATURES_AT_2048[contender] ?? USUAL_AT_2048;
  return Math.max(1, Math.round(at2048 / (bits / 2048) ** 3));
}

/** How many times a signature is looked up in one measurement. */
export const LOOK_UPS = 2_000;

/** How many times the archive is opened in one measurement. */
export const OPENINGS = 3;
