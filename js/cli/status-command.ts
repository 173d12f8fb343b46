/** The options of `status`, for one payout or for a file of payouts. */
import { type Command, Option } from "commander";
import { CommandError, type ExitStatus } from "./command-error.js";
import type { ConnectionOptions } from "./credentials.js";
import { addConnectionOptions, option, wholeNumber } from "./options.js";
import type { Field, ListedQuery } from "./queries.js";
import type { Format } from "./results.js";
import { statusOfPayout } from "./status.js";
import { statusOfFile } from "./status-file.js";

const CONCURRENCY = 6;
const MAX_CONCURRENCY = 50;

const EXAMPLES = `
Examples:
  alikassa-edge status --cert cert --account UUID --id 100000536
  alikassa-edge status --cert cert --account UUID --order-id 6422494 --wait
  alikassa-edge status --cert cert --account UUID --file ids.csv --output results.jsonl
  cut -d, -f3 payouts.csv | alikassa-edge status --cert cert --account UUID --file - --by order_id --json

A file is CSV with a column id or order_id, or has one id on each line. With --output each result is written as it
arrives: after an interruption, the same command requests only what that file does not contain.

Exit status: 0 an answer for each, 1 the state of some is unknown, 2 usage or configuration.
Unknown does not mean failed: do not cancel or repeat such a payout.`;

/** The parsed options. */
interface StatusArguments extends ConnectionOptions {
  readonly id?: string;
  readonly orderId?: string;
  readonly file?: string;
  readonly by?: Field;
  readonly wait?: boolean;
  readonly waitIntervalMs?: number;
  readonly waitTimeoutMs?: number;
  readonly output?: string;
  readonly again?: boolean;
  readonly concurrency?: number;
  readonly json?: boolean;
  readonly csv?: boolean;
}

/** Adds the options of `status`. */
export function addStatusOptions(command: Command): Command {
  command
    .optionsGroup("Which payouts:")
    .addOption(option("--id <id>", "a payout, by AliKassa's id").conflicts(["orderId", "file"]))
    .addOption(option("--order-id <id>", "a payout, by your own id").conflicts(["id", "file"]))
    .addOption(option("--file <path>", "each payout in a file; - for standard input").conflicts("wait"))
    .option("--wait", "repeat the request until the payout is final")
    .addOption(
      new Option("--wait-interval-ms <n>", "the first pause (default: 2000)").argParser(wholeNumber(1, 3_600_000)),
    )
    .addOption(
      new Option("--wait-timeout-ms <n>", "how long to wait (default: 600000)").argParser(wholeNumber(1, 86_400_000)),
    )
    .addOption(new Option("--by <name>", "the column of the file").choices(["id", "order_id"]))
    .addOption(
      new Option("--concurrency <n>", `requests at a time (default: ${CONCURRENCY})`).argParser(
        wholeNumber(1, MAX_CONCURRENCY),
      ),
    )
    .optionsGroup("Output:")
    .addOption(option("--output <path>", "write the results of a file here: .jsonl or .csv"))
    .option("--again", "request those in --output again that are unknown or not final")
    .addOption(new Option("--json", "JSON: one document, or one on each line").conflicts("csv"))
    .option("--csv", "CSV with a header");
  return addConnectionOptions(command).addHelpText("after", EXAMPLES);
}

/** Runs `status` and returns the exit status. */
export function status(args: StatusArguments): Promise<ExitStatus> {
  const { id, orderId, file, json, csv, ...options } = args;
  const format: Format = json ? "json" : csv ? "csv" : "table";
  if (file !== undefined) {
    if (options.again && options.output === undefined)
      throw new CommandError("--again needs --output", "give the file of an earlier run");
    return statusOfFile({ ...options, file, format, concurrency: options.concurrency ?? CONCURRENCY });
  }
  for (const name of ["by", "output", "again", "concurrency"] as const) {
    if (options[name] !== undefined) throw new CommandError(`--${name} needs --file`, "leave it out");
  }
  const query = queryOf(id, orderId);
  if (query === undefined) throw new CommandError("no payout is given", "give --id, --order-id or --file");
  if ((options.waitTimeoutMs ?? options.waitIntervalMs) !== undefined && !options.wait)
    throw new CommandError("--wait-interval-ms and --wait-timeout-ms need --wait", "add --wait");
  return statusOfPayout({ ...options, query, format });
}

/** The query of `--id` or `--order-id`, if given. */
export function queryOf(id: string | undefined, orderId: string | undefined): ListedQuery | undefined {
  if (id !== undefined) return { field: "id", value: id };
  return orderId === undefined ? undefined : { field: "order_id", value: orderId };
}
