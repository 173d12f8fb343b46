/** What `doctor` found, and how it is told. */
import wrapAnsi from "wrap-ansi";
import { printable, styled, widthOf } from "./terminal.js";

/** `failed` must be mended; `warning` may be meant so; `skipped` could not be looked at; `unknown` got no answer. */
export type Level = "ok" | "warning" | "failed" | "skipped" | "unknown";

/** One thing that was looked at. */
export interface Finding {
  /** Its name, for programs. */
  readonly check: string;
  readonly level: Level;
  readonly detail: string;
  /** What to do, where there is something to do. */
  readonly remedy?: string;
}

const MARKS = {
  ok: ["✔", "green"],
  warning: ["!", "yellow"],
  failed: ["✘", "red"],
  skipped: ["-", "dim"],
  unknown: ["?", "yellow"],
} as const;

/** A line for each finding, and one for its remedy; on a terminal they are wrapped to its width. */
export function findingsText(findings: readonly Finding[]): string {
  const width = Math.max(...findings.map(({ check }) => check.length));
  const indent = " ".repeat(width + 4);
  const room = Math.max(widthOf(process.stdout) - indent.length - 1, 20);
  const wrapped = (text: string) => wrapAnsi(printable(text), room).replaceAll("\n", `\n${indent}`);
  const lines = findings.flatMap(({ check, level, detail, remedy }) => {
    const [mark, colour] = MARKS[level];
    const said = `${styled(colour, mark, process.stdout)} ${check.padEnd(width)}  ${wrapped(detail)}`;
    return remedy === undefined ? [said] : [said, `${indent}${wrapped(`→ ${remedy}`)}`];
  });
  return `${lines.join("\n")}\n`;
}
