/** `status` for one payout. */
import type { AliKassa } from "../src/alikassa.js";
import { EXIT, type ExitStatus } from "./command-error.js";
import { type ConnectionOptions, connect } from "./credentials.js";
import { onInterrupt } from "./interrupt.js";
import { clock } from "./progress.js";
import { type ListedQuery, toPayoutQuery } from "./queries.js";
import { CSV_HEADER, csvLine, type Format, fieldsOf, jsonLine, type Result } from "./results.js";
import { resultOf } from "./status-requests.js";
import { fieldsTable } from "./tables.js";
import { printable, remark } from "./terminal.js";

/** The options of `status` for one payout. */
export interface StatusOptions extends ConnectionOptions {
  readonly query: ListedQuery;
  /** Whether to wait until it is final. */
  readonly wait?: boolean;
  readonly waitIntervalMs?: number;
  readonly waitTimeoutMs?: number;
  readonly format: Format;
}

/** Requests the status of a payout, until it is final with `wait`, and returns the exit status. */
export async function statusOfPayout(options: StatusOptions): Promise<ExitStatus> {
  const { query, wait, format } = options;
  using alikassa = await connect(options);
  const payout = wait ? waitFor(alikassa, options) : alikassa.payoutStatus(toPayoutQuery(query));
  const result = await resultOf(query, payout);
  process.stdout.write(`${textOf(result, format)}\n`);
  return result.payout === undefined ? EXIT.unknown : EXIT.answer;
}

/** Waits, and prints each change. Ctrl-C aborts, which leaves the state unknown. */
async function waitFor(alikassa: AliKassa, { query, waitIntervalMs, waitTimeoutMs }: StatusOptions) {
  const controller = new AbortController();
  using _ = onInterrupt(() => controller.abort());
  const begin = performance.now();
  return await alikassa.waitForPayout(toPayoutQuery(query), {
    ...{ intervalMs: waitIntervalMs, timeoutMs: waitTimeoutMs, signal: controller.signal },
    onUpdate({ payout, error }) {
      if (payout?.is_final) return;
      const change = payout?.payment_status ?? `unknown for now: ${error?.code}`;
      remark(`${clock((performance.now() - begin) / 1000)}  ${printable(change)}`);
    },
  });
}

function textOf(result: Result, format: Format): string {
  if (format === "json") return jsonLine(result);
  return format === "csv" ? `${CSV_HEADER}\n${csvLine(result)}` : fieldsTable(fieldsOf(result));
}
