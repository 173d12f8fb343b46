/** The commands for the Worker's ledger: their options and help. */
import { Argument, type Command, Option } from "commander";
import { CommandError, type ExitStatus } from "./command-error.js";
import { type EventsOptions, events } from "./events.js";
import { follow, history, payouts, type Redelivery, redeliver } from "./ledger.js";
import { option, wholeNumber } from "./options.js";
import type { ListedQuery } from "./queries.js";
import { queryOf } from "./status-command.js";

const MAX_PAGE = 100;

const LAST_LINES = `
The token comes from ALIKASSA_EDGE_TOKEN: one of the Worker's API_TOKENS.
Exit status: 0 an answer, 1 the Worker did not answer, 2 usage or configuration.`;

const EXAMPLES = {
  follow: `
Examples:
  alikassa-edge follow --url https://alikassa-edge.example.workers.dev --order-id 6422494
  alikassa-edge follow --id 100000536 --until 2026-12-01T00:00:00Z

Also for a payout whose creation timed out, so that it is not known whether AliKassa has it.${LAST_LINES}`,
  payouts: `
Examples:
  alikassa-edge payouts --state overdue
  alikassa-edge payouts --all --json
${LAST_LINES}`,
  history: `
Examples:
  alikassa-edge history --order-id 6422494
  alikassa-edge history --id 100000536 --json
${LAST_LINES}`,
  events: `
Examples:
  alikassa-edge events --after 120 --json
  alikassa-edge events --watch --after 120

--watch prints the events after --after, or new ones without it, until Ctrl-C. It goes on, too, while the Worker does not answer.${LAST_LINES}`,
  redeliver: `
Examples:
  alikassa-edge redeliver 121
  alikassa-edge redeliver --after 120

The Worker reads the payouts again first. Your endpoint gets each event under the webhook-id that it had.${LAST_LINES}`,
};

/**
 * Adds the commands.
 *
 * @param subcommand Adds a command with what all commands have.
 * @param end Takes the exit status.
 */
export function addLedgerCommands(
  subcommand: (name: string, about: string) => Command,
  end: (work: Promise<ExitStatus>) => Promise<void>,
): void {
  const add = (name: keyof typeof EXAMPLES, about: string): Command =>
    subcommand(name, about).addHelpText("after", EXAMPLES[name]);

  addWorkerOptions(addPayoutOptions(add("follow", "let your Worker follow a payout until AliKassa says how it ended")))
    .addOption(option("--until <time>", "when the payout is overdue, like 2026-12-01T00:00:00Z (default: in 72 hours)"))
    .action(({ id, orderId, until, ...options }) => end(follow(requiredQuery(id, orderId), until, options)));
  addWorkerOptions(add("payouts", "the payouts that your Worker knows, newest first"))
    .addOption(new Option("--state <state>", "only those in this state").choices(["open", "overdue", "final"]))
    .addOption(pageOption("payouts"))
    .option("--all", "all payouts, not one page")
    .action((options) => end(payouts(options)));
  addWorkerOptions(addPayoutOptions(add("history", "what your Worker knows of a payout, and its timeline"))).action(
    ({ id, orderId, ...options }) => end(history(requiredQuery(id, orderId), options)),
  );
  addWorkerOptions(add("events", "the events of your Worker, in order"))
    .addOption(afterOption("only events after this number (default: all; with --watch, new ones)"))
    .addOption(pageOption("events"))
    .option("--watch", "go on, and print events as they come")
    .addOption(
      new Option("--watch-interval-ms <n>", "with --watch: the pause between requests (default: 2000)").argParser(
        wholeNumber(1, 3_600_000),
      ),
    )
    .action(({ watchIntervalMs, ...options }) => {
      if (watchIntervalMs !== undefined && !options.watch)
        throw new CommandError("--watch-interval-ms needs --watch", "add --watch");
      return end(events({ ...options, watchIntervalMs: watchIntervalMs ?? 2000 } satisfies EventsOptions));
    });
  addWorkerOptions(add("redeliver", "deliver events to your endpoint again"))
    .addArgument(new Argument("[seq]", "the number of an event").argParser(wholeNumber(1, Number.MAX_SAFE_INTEGER)))
    .addOption(afterOption("all events after this number"))
    .action((seq: number | undefined, { after, ...options }) => end(redeliver(redeliveryOf(seq, after), options)));
}

function addPayoutOptions(command: Command): Command {
  return command
    .addOption(option("--id <id>", "the payout, by AliKassa's id").conflicts("orderId"))
    .addOption(option("--order-id <id>", "the payout, by your own id"));
}

function addWorkerOptions(command: Command): Command {
  return command
    .option("--json", "JSON: one document, or one on each line")
    .addOption(option("--url <url>", "your Worker's address, or ALIKASSA_EDGE_URL"))
    .addOption(option("--account <uuid>", "one of the Worker's accounts (default: its first)"));
}

function pageOption(what: string): Option {
  return new Option("--limit <n>", `${what} at a time`).argParser(wholeNumber(1, MAX_PAGE)).default(50);
}

function afterOption(about: string): Option {
  return new Option("--after <seq>", about).argParser(wholeNumber(0, Number.MAX_SAFE_INTEGER));
}

function requiredQuery(id: string | undefined, orderId: string | undefined): ListedQuery {
  const query = queryOf(id, orderId);
  if (query !== undefined) return query;
  throw new CommandError("no payout is given", "give --id or --order-id");
}

function redeliveryOf(seq: number | undefined, after: number | undefined): Redelivery {
  if (seq !== undefined && after === undefined) return { seq };
  if (seq === undefined && after !== undefined) return { after };
  throw new CommandError("it must be either one event or a range", "give the number of an event, or --after");
}
