/** What a person sees of a step: that it runs, for how long, and how it ended. */
import { Failure } from "./failure.mjs";

const TERMINAL = process.stdout.isTTY === true;
const COLOURS = TERMINAL && !process.env.NO_COLOR;

/** @type {(code: number) => (text: string) => string} */
const colour = (code) => (text) => (COLOURS ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = colour(1);
export const dim = colour(2);
export const red = colour(31);
export const green = colour(32);
export const yellow = colour(33);

/** Writes a line. */
export function say(line = "") {
  process.stdout.write(`${line}\n`);
}

/**
 * A duration as people say it.
 *
 * @param {number} milliseconds
 */
export function duration(milliseconds) {
  const seconds = milliseconds / 1000;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.round(seconds % 60)} s`;
}

/**
 * Runs a step and writes what it did and how long it took. On a terminal, a line that counts the seconds stands there
 * meanwhile, with what the step says of itself; in a log only the step's beginning and end are written.
 *
 * @template T
 * @param {string} title
 * @param {(report: (detail: string) => void) => Promise<T>} action
 * @returns {Promise<T>}
 */
export async function step(title, action) {
  const begin = Date.now();
  let detail = "";
  const width = process.stdout.columns || 80;
  const draw = () => {
    const line = `… ${title}  ${Math.round((Date.now() - begin) / 1000)} s  ${detail}`.slice(0, width - 1);
    process.stdout.write(`\r\u001b[K${line}`);
  };
  const clear = () => process.stdout.write("\r\u001b[K");
  if (!TERMINAL) say(`… ${title}`);
  const timer = TERMINAL ? setInterval(draw, 200) : undefined;
  try {
    const result = await action((text) => {
      detail = text.trim();
    });
    if (TERMINAL) clear();
    say(`${green("✔")} ${title}  ${dim(duration(Date.now() - begin))}`);
    return result;
  } catch (error) {
    if (TERMINAL) clear();
    if (error instanceof Failure) say(`${red("✘")} ${title}  ${dim(duration(Date.now() - begin))}`);
    throw error;
  } finally {
    clearInterval(timer);
  }
}
