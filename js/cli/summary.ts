/** The summary of a run. */
import type { Recorded } from "./results-file.js";
import { printable, styled } from "./terminal.js";

/** Counts of payouts. */
export interface Summary {
  /** All payouts in the file. */
  readonly payouts: number;
  /** Those with an answer, by `payment_status`. */
  readonly by_status: Readonly<Record<string, number>>;
  /** Those without an answer: neither paid nor failed. */
  readonly unknown: number;
  /** Those that were not requested, since the run was interrupted. */
  readonly not_asked: number;
}

/** Counts the results. */
export function summarize(records: Iterable<Recorded | undefined>): Summary {
  const byStatus = new Map<string, number>();
  let [payouts, unknown, notRequested] = [0, 0, 0];
  for (const recorded of records) {
    payouts += 1;
    if (recorded === undefined) notRequested += 1;
    else if (recorded.paymentStatus === undefined) unknown += 1;
    else byStatus.set(recorded.paymentStatus, (byStatus.get(recorded.paymentStatus) ?? 0) + 1);
  }
  const sorted = [...byStatus].sort(([, one], [, other]) => other - one);
  return { payouts, by_status: Object.fromEntries(sorted), unknown, not_asked: notRequested };
}

/** The summary as text for this stream. */
export function summaryText(summary: Summary, stream: NodeJS.WriteStream): string {
  const { payouts, by_status: byStatus, unknown, not_asked: notRequested } = summary;
  const statuses = Object.entries(byStatus).map(([status, count]) => `${count} ${printable(status)}`);
  const lines = [`${payouts} ${payouts === 1 ? "payout" : "payouts"}`];
  if (statuses.length > 0) lines.push(`  answered: ${statuses.join(", ")}`);
  if (unknown > 0) lines.push(`  ${styled("yellow", `unknown: ${unknown}`, stream)}; do not cancel or repeat these`);
  if (notRequested > 0) lines.push(`  not requested: ${notRequested}`);
  return `${lines.join("\n")}\n`;
}
