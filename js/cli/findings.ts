/** The findings of `doctor`. */
import wrapAnsi from "wrap-ansi";
import type { CommandError } from "./command-error.js";
import { printable, styled, widthOf } from "./terminal.js";

/** `failed` must be fixed; `warning` may be intended; `skipped` was not checked; `unknown` had no answer. */
export type Level = "ok" | "warning" | "failed" | "skipped" | "unknown";

/** The result of a check. */
export interface Finding {
  /** The name of the check, for programs. */
  readonly check: string;
  readonly level: Level;
  readonly detail: string;
  /** What to do. */
  readonly remedy?: string;
}

/** A failed check, from its error. */
export function failure({ message, remedy }: CommandError): Omit<Finding, "check"> {
  return { level: "failed", detail: message, remedy };
}

const MARKS = {
  ok: ["✔", "green"],
  warning: ["!", "yellow"],
  failed: ["✘", "red"],
  skipped: ["-", "dim"],
  unknown: ["?", "yellow"],
} as const;

/** A line for each finding and each remedy, wrapped to the width of the terminal. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(width + 4);
  const room = Math.max(widthOf(process.stdout) - indent.length - 1, 20);
  const wrapped = (text: string) => wrapAnsi(printable(text), room).replaceAll("\n", `\n${indent}`);
  const lines = findings.flatMap(({ check, level, detail, remedy }) => {
    const [mark, colour] = MARKS[level];
    const line = `${styled(colour, mark, process.stdout)} ${check.padEnd(width)}  ${wrapped(detail)}`;
    return remedy === undefined ? [line] : [line, `${indent}${wrapped(`→ ${remedy}`)}`];
  });
  return `${lines.join("\n")}\n`;
}
