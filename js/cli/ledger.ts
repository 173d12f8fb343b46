/** The Worker's ledger of payouts: `follow`, `payouts`, `history` and `redeliver`. */
import { EXIT, type ExitStatus } from "./command-error.js";
import { entriesTable, payoutsTable, recordTable } from "./ledger-tables.js";
import type { ListedQuery } from "./queries.js";
import { type Fields, objectOf } from "./results.js";
import { remark } from "./terminal.js";
import { Worker, type WorkerOptions } from "./worker-client.js";

/** The options that all commands of the ledger have. */
export interface LedgerOptions extends WorkerOptions {
  readonly json?: boolean;
}

/** The options of `payouts`. */
export interface PayoutsOptions extends LedgerOptions {
  readonly state?: "open" | "overdue" | "final";
  /** How many payouts a page has. */
  readonly limit?: number;
  /** Whether all pages are printed. */
  readonly all?: boolean;
}

/** The events to deliver again: one, or all after a number. */
export type Redelivery = { readonly seq: number } | { readonly after: number };

/** Asks the Worker to follow a payout, prints where it stands, and returns the exit status. */
export async function follow(
  { field, value }: ListedQuery,
  until: string | undefined,
  options: LedgerOptions,
): Promise<ExitStatus> {
  const record = await new Worker(options).post("v1/payout/follow", { [field]: value, until }, isRecord);
  process.stdout.write(options.json ? line(record) : `${recordTable(record)}\n`);
  return EXIT.answer;
}

/** Prints the payouts in the ledger, newest first, and returns the exit status. */
export async function payouts({ state, limit, all, json, ...options }: PayoutsOptions): Promise<ExitStatus> {
  const worker = new Worker(options);
  const listed: Fields[] = [];
  let after: unknown;
  do {
    const query = { state, limit, after: after === undefined ? after : String(after) };
    const page = await worker.get("v1/payouts", query, isListOf("payouts"));
    const records = listOf(page, "payouts");
    if (json) process.stdout.write(records.map(line).join(""));
    else listed.push(...records);
    after = page["next"] ?? undefined;
  } while (all && after !== undefined);
  if (!json) process.stdout.write(`${payoutsTable(listed)}\n`);
  if (after !== undefined) remark("There are more payouts. --all prints all of them.");
  return EXIT.answer;
}

/** Prints the timeline of a payout, and returns the exit status. */
export async function history({ field, value }: ListedQuery, { json, ...options }: LedgerOptions): Promise<ExitStatus> {
  const isHistory = (answer: Fields) => isRecord(answer) && isListOf("timeline")(answer);
  const answer = await new Worker(options).get("v1/payout/history", { [field]: value }, isHistory);
  const { timeline: _, ...record } = answer;
  const text = json ? line(answer) : `${recordTable(record)}\n${entriesTable(listOf(answer, "timeline"))}\n`;
  process.stdout.write(text);
  return EXIT.answer;
}

/** Asks the Worker to deliver events again, prints how many, and returns the exit status. */
export async function redeliver(which: Redelivery, { json, ...options }: LedgerOptions): Promise<ExitStatus> {
  const [path, body] =
    "seq" in which ? [`v1/events/${which.seq}/redeliver`, {}] : ["v1/events/redeliver", { after: which.after }];
  const answer = await new Worker(options).post(path, body, ({ events }) => typeof events === "number");
  const { events } = answer;
  const text = `${events} ${events === 1 ? "event is" : "events are"} delivered again, after the payout is read again.\n`;
  process.stdout.write(json ? line(answer) : text);
  return EXIT.answer;
}

/** A line of JSON. */
export function line(answer: Fields): string {
  return `${JSON.stringify(answer)}\n`;
}

/** Whether an answer has a list of this name. */
export function isListOf(name: string): (answer: Fields) => boolean {
  return (answer) => Array.isArray(answer[name]);
}

/** The objects of a list in an answer. */
export function listOf(answer: Fields, name: string): Fields[] {
  return (answer[name] as unknown[]).map(objectOf);
}

function isRecord({ state }: Fields): boolean {
  return typeof state === "string";
}
