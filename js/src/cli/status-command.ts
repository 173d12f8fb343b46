/** `status`: from its options to one payout or to a file of them. */
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

A file is CSV with a column id or order_id, or has one id on each line. With --output each result is written down
as it comes: after an interruption the same command asks only for what is not in that file yet.

Exit status: 0 an answer for each, 1 the state of some is unknown, 2 usage or configuration.
Unknown is not failed: do not cancel or repeat such a payout.`;

/** What commander reads. */
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
    .addOption(option("--id <id>", "the payout with this id of AliKassa's").conflicts(["orderId", "file"]))
    .addOption(option("--order-id <id>", "the payout with this id of your own").conflicts(["id", "file"]))
    .addOption(option("--file <path>", "each payout of a file, - for standard input").conflicts("wait"))
    .option("--wait", "ask until the payout is final, with growing pauses")
    .addOption(new Option("--wait-interval-ms <n>", "the first pause: 2000").argParser(wholeNumber(1, 3_600_000)))
    .addOption(new Option("--wait-timeout-ms <n>", "how long to wait: 600000").argParser(wholeNumber(1, 86_400_000)))
    .addOption(new Option("--by <name>", "which column of the file counts").choices(["id", "order_id"]))
    .addOption(
      new Option("--concurrency <n>", `how many of a file are asked for at a time: ${CONCURRENCY}`).argParser(
        wholeNumber(1, MAX_CONCURRENCY),
      ),
    )
    .optionsGroup("Output:")
    .addOption(option("--output <path>", "where the results of a file are written: .jsonl or .csv"))
    .option("--again", "ask again for those in --output that are unknown or not final")
    .addOption(new Option("--json", "JSON: one document, or one on each line").conflicts("csv"))
    .option("--csv", "CSV with a header");
  return addConnectionOptions(command).addHelpText("after", EXAMPLES);
}

/** Asks, and gives the exit status. */
export function status(args: StatusArguments): Promise<ExitStatus> {
  const { id, orderId, file, json, csv, ...options } = args;
  const format: Format = json ? "json" : csv ? "csv" : "table";
  if (file !== undefined) {
    if (options.again && options.output === undefined)
      throw new CommandError("--again has nothing to look into", "give --output and the file of an earlier run");
    return statusOfFile({ ...options, file, format, concurrency: options.concurrency ?? CONCURRENCY });
  }
  for (const name of ["by", "output", "again", "concurrency"] as const) {
    if (options[name] !== undefined) throw new CommandError(`--${name} goes with --file alone`, "leave it away");
  }
  const query = queryOf(id, orderId);
  if (query === undefined) throw new CommandError("there is no payout to ask for", "give --id, --order-id or --file");
  if ((options.waitTimeoutMs ?? options.waitIntervalMs) !== undefined && !options.wait)
    throw new CommandError("--wait-interval-ms and --wait-timeout-ms go with --wait alone", "add --wait");
  return statusOfPayout({ ...options, query, format });
}

/** The payout that the options name, if they name one. */
export function queryOf(id: string | undefined, orderId: string | undefined): ListedQuery | undefined {
  if (id !== undefined) return { field: "id", value: id };
  return orderId === undefined ? undefined : { field: "order_id", value: orderId };
}
