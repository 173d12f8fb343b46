/** `events`: the events of the Worker's ledger, once or as they come. */
import { setTimeout as sleep } from "node:timers/promises";
import { EXIT, type ExitStatus, WorkerError } from "./command-error.js";
import { onInterrupt } from "./interrupt.js";
import { isListOf, type LedgerOptions, line, listOf } from "./ledger.js";
import { eventLine, eventsTable } from "./ledger-tables.js";
import type { Fields } from "./results.js";
import { printable, remark } from "./terminal.js";
import { Worker } from "./worker-client.js";

/** The longest pause after failures. */
const MAX_PAUSE_MS = 60_000;

/** The Worker's cursor for the events after the newest one. */
const LATEST = "latest";

/** The options of `events`. */
export interface EventsOptions extends LedgerOptions {
  /** The number of the last event that is already known. Without it, the first one is printed first, or with `watch` the next new one. */
  readonly after?: number;
  /** How many events a page has. */
  readonly limit: number;
  /** Whether to go on, and print events as they come. */
  readonly watch?: boolean;
  readonly watchIntervalMs: number;
}

/** A page of events, and the cursor of the next one. */
interface Page {
  readonly events: readonly Fields[];
  readonly next: number;
}

/** Prints events in order, and returns the exit status. */
export async function events(options: EventsOptions): Promise<ExitStatus> {
  const worker = new Worker(options);
  if (options.watch) return watch(worker, options);
  const { events, next } = await readPage(worker, { after: 0, ...options });
  process.stdout.write(options.json ? events.map(line).join("") : `${eventsTable(events)}\n`);
  if (events.length === options.limit) remark(`There may be more events: --after ${next}`);
  return EXIT.answer;
}

/** Prints events until Ctrl-C. The Worker's failures are told once until it answers again. */
async function watch(worker: Worker, options: EventsOptions): Promise<ExitStatus> {
  const { limit, json, watchIntervalMs } = options;
  const controller = new AbortController();
  const { signal } = controller;
  using _ = onInterrupt(() => controller.abort());
  let after: number | typeof LATEST = options.after ?? LATEST;
  let failures = 0;
  remark(`Waiting for ${after === LATEST ? "new events" : `events after ${after}`}. Ctrl-C ends.`);
  while (!signal.aborted) {
    try {
      const { events, next } = await readPage(worker, { after, limit }, signal);
      process.stdout.write(events.map((event) => (json ? line(event) : `${eventLine(event)}\n`)).join(""));
      after = next;
      failures = 0;
      if (events.length === limit) continue;
    } catch (error) {
      if (signal.aborted) break;
      if (!(error instanceof WorkerError && error.retryable)) throw error;
      if (failures === 0) remark(`${printable(error.message)}; trying again.`);
      failures += 1;
    }
    const pause = Math.max(watchIntervalMs, Math.min(watchIntervalMs * 2 ** failures, MAX_PAUSE_MS));
    await sleep(pause, undefined, { signal }).catch(() => undefined);
  }
  if (after !== LATEST) remark(`To go on: --after ${after}`);
  return EXIT.answer;
}

async function readPage(
  worker: Worker,
  { after, limit }: { readonly after: number | typeof LATEST; readonly limit: number },
  signal?: AbortSignal,
): Promise<Page> {
  const isPage = (answer: Fields) => isListOf("events")(answer) && Number.isSafeInteger(answer["next"]);
  const page = await worker.get("v1/events", { after, limit }, isPage, signal);
  return { events: listOf(page, "events"), next: page["next"] as number };
}
