/** The line that tells how far a long run is. On a terminal alone, and on standard error, so that it is in no output. */
import { createLogUpdate } from "log-update";
import { canRedraw, styled, widthOf } from "./terminal.js";

/** How far a run is. */
export interface Tally {
  /** Payouts in all, with those of an earlier run. */
  readonly total: number;
  /** Those that have their result, with those of an earlier run. */
  readonly done: number;
  /** Those that got it in this run. */
  readonly doneNow: number;
  readonly unknown: number;
}

/** The line. */
export interface Progress extends Disposable {
  /** Runs `write`, which writes lines to the terminal, above the line. */
  above(write: () => void): void;
}

const INTERVAL_MS = 100;
const BAR_CELLS = 24;

/** Draws the line some times a second until it is disposed of, which takes it away. */
export function showProgress(tally: () => Tally): Progress {
  const { stderr } = process;
  if (!canRedraw(stderr)) return { above: (write) => write(), [Symbol.dispose]: () => undefined };
  // With the cursor hidden, a process that is killed would leave the terminal without one.
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
 * @param seconds How long this run has taken so far.
 * @param columns The terminal's width.
 */
export function progressText({ total, done, doneNow, unknown }: Tally, seconds: number, columns: number): string {
  const share = total === 0 ? 1 : done / total;
  const rate = seconds > 0 ? doneNow / seconds : 0;
  const left = rate > 0 ? `${clock((total - done) / rate)} left` : "";
  const filled = Math.round(share * BAR_CELLS);
  const bar = `${"█".repeat(filled)}${"░".repeat(BAR_CELLS - filled)}`;
  const parts = [`${done}/${total}`, `${Math.floor(share * 100)}%`, `${rate.toFixed(1)}/s`, left];
  const text = parts.filter((part) => part !== "").join("  ");
  const doubts = unknown > 0 ? `  ${styled("yellow", `${unknown} unknown`, process.stderr)}` : "";
  // A line that wraps can't be drawn over neatly.
  const hasRoom = BAR_CELLS + 2 + text.length + `  ${unknown} unknown`.length < columns;
  return `${hasRoom ? `${styled("cyan", bar, process.stderr)}  ` : ""}${text}${doubts}`;
}

/** Seconds as minutes and seconds. */
export function clock(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
