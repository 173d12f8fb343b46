/** The progress line of a long run: only on a terminal, and on standard error. */
import { createLogUpdate } from "log-update";
import { canRedraw, styled, widthOf } from "./terminal.js";

/** The progress of a run. */
export interface Tally {
  /** All payouts, including those of an earlier run. */
  readonly total: number;
  /** Those with a result, including those of an earlier run. */
  readonly done: number;
  /** Those whose result came in this run. */
  readonly doneNow: number;
  readonly unknown: number;
}

/** The progress line. */
export interface Progress extends Disposable {
  /** Calls `write`, which prints lines above the progress line. */
  above(write: () => void): void;
}

const INTERVAL_MS = 100;
const BAR_CELLS = 24;

/** Draws the line repeatedly until it is disposed of. */
export function showProgress(tally: () => Tally): Progress {
  const { stderr } = process;
  if (!canRedraw(stderr)) return { above: (write) => write(), [Symbol.dispose]: () => undefined };
  // A killed process could not show a hidden cursor again.
  const line = createLogUpdate(stderr, { showCursor: true });
  const begin = performance.now();
  const draw = (): void => line(progressText(tally(), (performance.now() - begin) / 1000, widthOf(stderr)));
  draw();
  const timer = setInterval(draw, INTERVAL_MS);
  return {
    above(write) {
      line.clear();
      write();
      draw();
    },
    [Symbol.dispose]() {
      clearInterval(timer);
      line.clear();
      line.done();
    },
  };
}

/**
 * The text of the line.
 *
 * @param seconds The time since the start of this run.
 * @param columns The width of the terminal.
 */
export function progressText({ total, done, doneNow, unknown }: Tally, seconds: number, columns: number): string {
  const share = total === 0 ? 1 : done / total;
  const rate = seconds > 0 ? doneNow / seconds : 0;
  const left = rate > 0 ? `${clock((total - done) / rate)} left` : "";
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)}`;
  const parts = [`${done}/${total}`, `${Math.floor(share * 100)}%`, `${rate.toFixed(1)}/s`, left];
  const text = parts.filter((part) => part !== "").join("  ");
  const unknownText = unknown > 0 ? `  ${styled("yellow", `${unknown} unknown`, process.stderr)}` : "";
  // A wrapped line can't be redrawn.
  const hasRoom = BAR_CELLS + 2 + text.length + `  ${unknown} unknown`.length < columns;
  return `${hasRoom ? `${styled("cyan", bar, process.stderr)}  ` : ""}${text}${unknownText}`;
}

/** Seconds as minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
