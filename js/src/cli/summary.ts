/** What a long run comes to. */
import type { Recorded } from "./results-file.js";
import { printable, styled } from "./terminal.js";

/** Payouts counted by what is known of them. */
export interface Summary {
  /** Payouts that were listed. */
  readonly payouts: number;
  /** By `payment_status`, of those that have an answer. */
  readonly by_status: Readonly<Record<string, number>>;
  /** Those that were asked for without an answer: neither paid nor failed. */
  readonly unknown: number;
  /** Those that were not asked for, since the run was interrupted. */
  readonly not_asked: number;
}

/** Counts what is known of each payout that was listed. */
export function summarize(records: Iterable<Recorded | undefined>): Summary {
  const byStatus = new Map<string, number>();
  let [payouts, unknown, notAsked] = [0, 0, 0];
  for (const recorded of records) {
    payouts += 1;
    if (recorded === undefined) notAsked += 1;
    else if (recorded.paymentStatus === undefined) unknown += 1;
    else byStatus.set(recorded.paymentStatus, (byStatus.get(recorded.paymentStatus) ?? 0) + 1);
  }
  const sorted = [...byStatus].sort(([, one], [, other]) => other - one);
  return { payouts, by_status: Object.fromEntries(sorted), unknown, not_asked: notAsked };
}

/** The summary in lines, for the stream that it goes to. */
export function summaryText(summary: Summary, stream: NodeJS.WriteStream): string {
  const { payouts, by_status: byStatus, unknown, not_asked: notAsked } = summary;
  const statuses = Object.entries(byStatus).map(([status, count]) => `${count} ${printable(status)}`);
  const lines = [`${payouts} ${payouts === 1 ? "payout" : "payouts"}`];
  if (statuses.length > 0) lines.push(`  answered: ${statuses.join(", ")}`);
  if (unknown > 0) lines.push(`  ${styled("yellow", `unknown: ${unknown}`, stream)}; do not cancel or repeat these`);
  if (notAsked > 0) lines.push(`  not asked: ${notAsked}`);
  return `${lines.join("\n")}\n`;
}
