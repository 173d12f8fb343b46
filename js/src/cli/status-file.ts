/** `status --file`: what became of many payouts. */
import { extname } from "node:path";
import type { AliKassa } from "../alikassa.js";
import { ask } from "./ask.js";
import { CommandError, EXIT, type ExitStatus } from "./command-error.js";
import { type ConnectionOptions, connect } from "./credentials.js";
import { inputName, readTextInput } from "./input.js";
import { onInterrupt } from "./interrupt.js";
import { type Progress, showProgress } from "./progress.js";
import { type Field, keyOf, type ListedQuery, readQueries } from "./queries.js";
import { CSV_HEADER, csvLine, type Format, jsonLine, type Result } from "./results.js";
import { type LineFormat, type Recorded, ResultsFile, recordedOf } from "./results-file.js";
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

/** Where results go. */
interface Sink {
  /** What an earlier run has left there of a payout. */
  find(query: ListedQuery): Recorded | undefined;
  append(result: Result): void;
  close(): void;
  /** Leaves nothing beside the results, where the process ends at once. */
  release(): void;
}

/** Asks for each payout of a file, and gives the exit status. */
export async function statusOfFile(options: FileOptions): Promise<ExitStatus> {
  const { file, by, output, again = false } = options;
  const { queries, repeated } = readQueries(await readTextInput(file, "the ids"), by, inputName(file));
  if (repeated > 0) remark(`${repeated} lines name a payout that was named before: each payout is asked for once.`);
  using alikassa = await connect(options);
  const sink =
    output === undefined ? stdoutSink(options.format, queries) : new ResultsFile(output, lineFormat(output, options));
  const records = new Map(queries.map((query) => [keyOf(query), sink.find(query)]));
  const isDone = (recorded: Recorded | undefined) => recorded !== undefined && (recorded.isFinal || !again);
  const pending = queries.filter((query) => !isDone(records.get(keyOf(query))));
  const earlier = summarize([...records.values()].filter(isDone));
  if (pending.length < queries.length) remark(leftToAsk(queries.length, pending.length, options));

  let interrupted = false;
  try {
    const { concurrency } = options;
    const leave = () => sink.release();
    interrupted = await askAll(alikassa, { pending, earlier, concurrency, leave }, (result, progress) => {
      if (output === undefined && options.format !== "table") progress.above(() => sink.append(result));
      else sink.append(result);
      records.set(keyOf(result.query), recordedOf(result, ""));
    });
  } finally {
    sink.close();
  }

  const summary = summarize(records.values());
  tell(summary, options);
  if (interrupted) remark(howToGoOn(output));
  else if (summary.unknown > 0 && output !== undefined)
    remark("To ask again for these: the same command with --again.");
  return summary.unknown > 0 || summary.not_asked > 0 ? EXIT.unknown : EXIT.answer;
}

/** Takes a result; what it shows on a terminal goes above the progress bar. */
type Take = (result: Result, progress: Progress) => void;

/** What is to be asked. */
interface Run {
  readonly pending: readonly ListedQuery[];
  /** Those that have their result from an earlier run. */
  readonly earlier: Summary;
  readonly concurrency: number;
  /** What is left to do where a second Ctrl-C ends it at once. */
  readonly leave: () => void;
}

/** Asks, with a progress bar, until all have their result or somebody interrupts, which is what it gives back. */
async function askAll(alikassa: AliKassa, run: Run, take: Take): Promise<boolean> {
  const { pending, earlier, concurrency, leave } = run;
  if (pending.length === 0) return false;
  const total = earlier.payouts + pending.length;
  let [started, doneNow, unknown, interrupted] = [0, 0, earlier.unknown, false];
  // Before the bar is there to be seen: whoever sees it may interrupt.
  using _ = onInterrupt(() => {
    interrupted = true;
    const underWay = started - doneNow;
    progress.above(() => remark(`Stopping: ${underWay} under way. Ctrl-C again ends at once.`));
  }, leave);
  using progress = showProgress(() => ({ total, done: earlier.payouts + doneNow, doneNow, unknown }));
  // What is under way is waited for, so that nothing is asked without its answer being kept.
  function* untilInterrupted(): Generator<ListedQuery> {
    for (const query of pending) {
      if (interrupted) return;
      started += 1;
      yield query;
    }
  }
  for await (const result of ask(alikassa, untilInterrupted(), concurrency)) {
    doneNow += 1;
    if (result.payout === undefined) unknown += 1;
    take(result, progress);
  }
  return interrupted && doneNow < pending.length;
}

/** Lines for a program as the answers come; a table in the end, in the order of the file. */
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

/** The form of the lines of a file: as it was asked for, or else by the file's name. */
function lineFormat(output: string, { format }: FileOptions): LineFormat {
  if (format !== "table") return format;
  const extension = extname(output).toLowerCase();
  if (extension === ".csv") return "csv";
  if (extension === ".jsonl" || extension === ".ndjson") return "json";
  throw new CommandError(
    `the form of ${output} can't be told by its name`,
    "name it .jsonl or .csv, or give --json or --csv",
  );
}

function leftToAsk(total: number, pending: number, { output, again }: FileOptions): string {
  const has = `${output} has ${total - pending} of ${total} already`;
  if (pending > 0) return `${has}: asking for the other ${pending}.`;
  return again ? `${has}, all final: nothing is left to ask.` : `${has}. --again asks for those that are not final.`;
}

/** The summary goes to standard output, unless lines for a program are there. */
function tell(summary: Summary, { output, format }: FileOptions): void {
  const { stdout, stderr } = process;
  if (output !== undefined && format === "json") stdout.write(`${JSON.stringify(summary)}\n`);
  else if (output !== undefined || format === "table") stdout.write(summaryText(summary, stdout));
  else stderr.write(summaryText(summary, stderr));
}

function howToGoOn(output: string | undefined): string {
  if (output !== undefined) return `Interrupted. To go on: the same command again; ${output} keeps what was found.`;
  return "Interrupted: what was found is above. With --output FILE the same command could go on.";
}
