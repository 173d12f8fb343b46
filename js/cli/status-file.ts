/** `status --file`: the status of many payouts. */
import { extname } from "node:path";
import type { AliKassa } from "../src/alikassa.js";
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";
import { type ConnectionOptions, connect } from "./credentials.js";
import { inputName, readTextInput } from "./input.js";
import { onInterrupt } from "./interrupt.js";
import { type Progress, showProgress } from "./progress.js";
import { type Field, keyOf, type ListedQuery, readQueries } from "./queries.js";
import { CSV_HEADER, csvLine, type Format, jsonLine, type Result } from "./results.js";
import { type LineFormat, type Recorded, ResultsFile, recordedOf } from "./results-file.js";
import { resultsOf } from "./status-requests.js";
import { type Summary, summarize, summaryText } from "./summary.js";
import { resultsTable } from "./tables.js";
import { remark } from "./terminal.js";

/** The options of `status --file`. */
export interface FileOptions extends ConnectionOptions {
  readonly file: string;
  readonly by?: Field;
  readonly output?: string;
  readonly again?: boolean;
  readonly concurrency: number;
  readonly format: Format;
}

/** The destination of results. */
interface Sink {
  /** The result of an earlier run. */
  find(query: ListedQuery): Recorded | undefined;
  append(result: Result): void;
  close(): void;
  /** Cleans up, if the process is about to end. */
  release(): void;
}

/** Requests the status of each payout in a file, and returns the exit status. */
export async function statusOfFile(options: FileOptions): Promise<ExitStatus> {
  const { file, by, output, again = false } = options;
  const { queries, repeated } = readQueries(await readTextInput(file, "the ids"), by, inputName(file));
  if (repeated > 0) remark(`${repeated} lines repeat a payout: each payout is requested once.`);
  using alikassa = await connect(options);
  const sink =
    output === undefined ? stdoutSink(options.format, queries) : new ResultsFile(output, lineFormat(output, options));
  const records = new Map(queries.map((query) => [keyOf(query), sink.find(query)]));
  const isDone = (recorded: Recorded | undefined) => recorded !== undefined && (recorded.isFinal || !again);
  const pending = queries.filter((query) => !isDone(records.get(keyOf(query))));
  const earlier = summarize([...records.values()].filter(isDone));
  if (pending.length < queries.length) remark(remainingText(queries.length, pending.length, options));

  let interrupted = false;
  try {
    const { concurrency } = options;
    const leave = () => sink.release();
    interrupted = await requestAll(alikassa, { pending, earlier, concurrency, leave }, (result, progress) => {
      if (output === undefined && options.format !== "table") progress.above(() => sink.append(result));
      else sink.append(result);
      records.set(keyOf(result.query), recordedOf(result, ""));
    });
  } finally {
    sink.close();
  }

  const summary = summarize(records.values());
  printSummary(summary, options);
  if (interrupted) remark(resumeText(output));
  else if (summary.unknown > 0 && output !== undefined)
    remark("To request these again: the same command with --again.");
  return summary.unknown > 0 || summary.not_asked > 0 ? EXIT.unknown : EXIT.answer;
}

/** Handles a result; prints above the progress line. */
type Take = (result: Result, progress: Progress) => void;

/** The requests of a run. */
interface Run {
  readonly pending: readonly ListedQuery[];
  /** The results of an earlier run. */
  readonly earlier: Summary;
  readonly concurrency: number;
  /** Called before a second Ctrl-C ends the process. */
  readonly leave: () => void;
}

/** Sends the requests, with a progress line. Returns whether it was interrupted. */
async function requestAll(alikassa: AliKassa, run: Run, take: Take): Promise<boolean> {
  const { pending, earlier, concurrency, leave } = run;
  if (pending.length === 0) return false;
  const total = earlier.payouts + pending.length;
  let [started, doneNow, unknown, interrupted] = [0, 0, earlier.unknown, false];
  // Before the progress line, at whose sight a person may interrupt.
  using _ = onInterrupt(() => {
    interrupted = true;
    const inProgress = started - doneNow;
    progress.above(() => remark(`Stopping: ${inProgress} requests in progress. Ctrl-C again ends at once.`));
  }, leave);
  using progress = showProgress(() => ({ total, done: earlier.payouts + doneNow, doneNow, unknown }));
  // Requests in progress are awaited, so that no answer is lost.
  function* untilInterrupted(): Generator<ListedQuery> {
    for (const query of pending) {
      if (interrupted) return;
      started += 1;
      yield query;
    }
  }
  for await (const result of resultsOf(alikassa, untilInterrupted(), concurrency)) {
    doneNow += 1;
    if (result.payout === undefined) unknown += 1;
    take(result, progress);
  }
  return interrupted && doneNow < pending.length;
}

/** Standard output: lines as the results arrive, or a table at the end in the order of the file. */
function stdoutSink(format: Format, queries: readonly ListedQuery[]): Sink {
  const [find, release] = [() => undefined, () => undefined];
  if (format === "table") {
    const byKey = new Map<string, Result>();
    return {
      ...{ find, release },
      append: (result) => void byKey.set(keyOf(result.query), result),
      close() {
        const results = queries.flatMap((query) => byKey.get(keyOf(query)) ?? []);
        if (results.length > 0) process.stdout.write(`${resultsTable(results)}\n`);
      },
    };
  }
  if (format === "csv") process.stdout.write(`${CSV_HEADER}\n`);
  const line = format === "csv" ? csvLine : jsonLine;
  return { find, release, append: (result) => process.stdout.write(`${line(result)}\n`), close: () => undefined };
}

/** The format of a file: by `--json` or `--csv`, else by the extension. */
function lineFormat(output: string, { format }: FileOptions): LineFormat {
  if (format !== "table") return format;
  const extension = extname(output).toLowerCase();
  if (extension === ".csv") return "csv";
  if (extension === ".jsonl" || extension === ".ndjson") return "json";
  throw new CommandError(`the format of ${output} is not known`, "name it .jsonl or .csv, or give --json or --csv");
}

function remainingText(total: number, pending: number, { output, again }: FileOptions): string {
  const has = `${output} has ${total - pending} of ${total} already`;
  if (pending > 0) return `${has}: requesting the other ${pending}.`;
  return again ? `${has}, all final: nothing to request.` : `${has}. --again requests those that are not final.`;
}

/** Prints the summary to standard output, or to standard error if standard output has the results. */
function printSummary(summary: Summary, { output, format }: FileOptions): void {
  const { stdout, stderr } = process;
  if (output !== undefined && format === "json") stdout.write(`${JSON.stringify(summary)}\n`);
  else if (output !== undefined || format === "table") stdout.write(summaryText(summary, stdout));
  else stderr.write(summaryText(summary, stderr));
}

function resumeText(output: string | undefined): string {
  if (output !== undefined)
    return `Interrupted. To resume: the same command again; ${output} keeps the results so far.`;
  return "Interrupted: the results so far are above. With --output FILE the same command could resume.";
}
