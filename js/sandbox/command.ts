/**
 * The sandbox as a command. It prints its URL and then one line of JSON for each request and notification, without secrets.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type KeyArchive, makeArchive, readArchive, writeArchive } from "./archive.js";
import type { NotificationEndpoint, RecordedNotification } from "./deliveries.js";
import { FAULTS, type FaultName, findFault } from "./faults.js";
import { SANDBOX_PAYOUTS } from "./payouts.js";
import type { RecordedRequest } from "./records.js";
import { NOTIFICATION_FAULTS, type NotificationFault } from "./schedule.js";
import { type Sandbox, type SandboxOptions, startSandbox } from "./server.js";

/** An invalid argument. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/** The text of `--help`. */
export function sandboxHelp(): string {
  const payouts = [
    ...SANDBOX_PAYOUTS.map(({ id, order_id, about }) => [`${id ?? ""} ${order_id ?? ""}`, about] as const),
    ["wait-3, wait-3-cancel-mine", "by order_id: wait for three requests, then paid, cancel or fail"] as const,
    ["wait-3s, wait-300ms-fail-mine", "the same, for a time from the first request"] as const,
  ];
  const faults = Object.entries(FAULTS).map(([name, { about }]) => [`fault-${name}`, about] as const);
  const table = (rows: readonly (readonly [string, string])[]): string =>
    rows.map(([left, right]) => `  ${left.padEnd(30)} ${right}\n`).join("");
  return (
    `Usage: alikassa-edge sandbox --account UUID (--public FILE | --archive DIR) [option…]\n\n` +
    table([
      ["--account UUID", "the account; may be repeated"],
      ["--public FILE", "the merchant's public.pem"],
      ["--archive DIR", "the folder of the key archive; without one, a new one is made there"],
      ["--port N, --host ADDRESS", "where to listen (default: a free port of 127.0.0.1)"],
      ["--digest sha1|sha256", "the hash of the signatures (default: sha1)"],
      ["--drip-ms N", "milliseconds between two bytes of fault-drip (default: 100)"],
      ["--notify URL", "notify this endpoint of each payout that becomes final, up to five times until it answers 200"],
      ["--notify-as query|form|json", "GET with a query, as AliKassa sends it, or POST (default: query)"],
      ["--notification-archive DIR", "the folder of AliKassa's key archive for notifications; without one,"],
      ["", "a new one is made there"],
      ["--schedule N[:FAULT,FAULT…]", "answer one of N status requests with a fault: with these in turn, or with all"],
      [
        "--notify-schedule N[:FAULT…]",
        `one of N notifications is ${NOTIFICATION_FAULTS.join(", ")}: these in turn, or all`,
      ],
      ["--late-ms N", "the delay of late, and the longest one of out-of-order (default: 1000)"],
      ["--seed N", "choose which one of N; the same seed makes the same choice (default: 1)"],
    ]) +
    `\nPayouts, by id or by order_id:\n${table(payouts)}` +
    `\nFaults, by order_id:\n${table([["fault-<three digits>", "that HTTP status; 429 with Retry-After: 1"], ...faults])}`
  );
}

/**
 * Starts the sandbox of these arguments. `write` is called with each line.
 * @throws UsageError for an invalid argument.
 */
export async function runSandbox(args: readonly string[], write: (line: string) => void): Promise<Sandbox> {
  const values = parse(args);
  const { account, public: publicFile, archive, port, host, digest, "drip-ms": dripMs } = values;
  if (account === undefined) throw new UsageError("--account is missing: give the UUID");
  if ((publicFile === undefined) === (archive === undefined)) throw new UsageError("give either --public or --archive");
  if (digest !== undefined && digest !== "sha1" && digest !== "sha256")
    throw new UsageError("--digest must be sha1 or sha256");
  const options = {
    account,
    ...(digest === undefined ? {} : { digest }),
    ...(port === undefined ? {} : { port: wholeNumber("--port", port, 65_535) }),
    ...(host === undefined ? {} : { host }),
    ...(dripMs === undefined ? {} : { dripIntervalMs: wholeNumber("--drip-ms", dripMs, 3_600_000) }),
    ...readNotify(values),
    ...readSchedules(values),
    // Each line is written once, and the records are not read.
    maxRecords: 0,
    onRequest: (request) => write(requestLine(request)),
    onNotification: (notification) => write(notificationLine(notification)),
  } satisfies Partial<SandboxOptions>;
  // After all checks of arguments, since this may write files.
  const { "notification-archive": notificationArchive } = values;
  const sandbox = await startSandbox({
    ...options,
    publicPem:
      publicFile === undefined
        ? (await readOrMakeArchive(archive ?? "")).publicPem
        : await readFile(publicFile, "utf8"),
    ...(notificationArchive === undefined ? {} : { notificationArchive: await readOrMakeArchive(notificationArchive) }),
  });
  write(sandbox.baseUrl);
  return sandbox;
}

type Values = ReturnType<typeof parse>;

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        account: { type: "string", multiple: true },
        public: { type: "string" },
        archive: { type: "string" },
        port: { type: "string" },
        host: { type: "string" },
        digest: { type: "string" },
        "drip-ms": { type: "string" },
        notify: { type: "string" },
        "notify-as": { type: "string" },
        "notification-archive": { type: "string" },
        schedule: { type: "string" },
        "notify-schedule": { type: "string" },
        "late-ms": { type: "string" },
        seed: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNotify(values: Values): { readonly notify?: NotificationEndpoint } {
  const { notify: to, "notify-as": as = "query", "notification-archive": archive } = values;
  if (as !== "query" && as !== "form" && as !== "json") throw new UsageError("--notify-as must be query, form or json");
  if (to === undefined) return {};
  if (!/^https?:/.test(to) || !URL.canParse(to)) throw new UsageError("--notify must be an http or https URL");
  if (archive === undefined)
    throw new UsageError("--notify needs --notification-archive: the endpoint verifies with its public.pem");
  return { notify: { to, as } };
}

function readSchedules(values: Values): Pick<SandboxOptions, "schedule" | "notificationSchedule"> {
  const { schedule, "notify-schedule": notifySchedule, "late-ms": late = "1000" } = values;
  const seed = wholeNumber("--seed", values.seed ?? "1", 2 ** 31);
  const lateMs = wholeNumber("--late-ms", late, 3_600_000);
  const isFault = (name: string): name is FaultName => findFault(name) !== undefined;
  const isNotificationFault = (name: string): name is NotificationFault =>
    (NOTIFICATION_FAULTS as readonly string[]).includes(name);
  return {
    ...(schedule === undefined ? {} : { schedule: { ...readSchedule("--schedule", schedule, isFault), seed } }),
    ...(notifySchedule === undefined
      ? {}
      : {
          notificationSchedule: {
            ...readSchedule("--notify-schedule", notifySchedule, isNotificationFault),
            seed,
            lateMs,
          },
        }),
  };
}

function readSchedule<T extends string>(
  option: string,
  text: string,
  isFault: (name: string) => name is T,
): { readonly oneIn: number; readonly faults?: readonly T[] } {
  const [, oneIn = "", list] = /^([^:]*)(?::(.*))?$/.exec(text) ?? [];
  const names = list?.split(",") ?? [];
  const faults = names.filter(isFault);
  const unknown = names.find((name) => !isFault(name));
  if (unknown !== undefined) throw new UsageError(`${option} has an unknown fault "${unknown}"`);
  return { oneIn: wholeNumber(option, oneIn, 1_000_000, 1), ...(list === undefined ? {} : { faults }) };
}

async function readOrMakeArchive(directory: string): Promise<KeyArchive> {
  try {
    return await readArchive(directory);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    // writeArchive refuses if one of the files exists, so that a real key is never mixed with a new one.
    const archive = makeArchive();
    await writeArchive(directory, archive);
    return archive;
  }
}

function wholeNumber(option: string, text: string, max: number, min = 0): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`${option} must be a whole number from ${min} to ${max}`);
  return value;
}

/** Without headers, query and body, which do not belong in a log. */
function requestLine({ time, method, path, key, answer }: RecordedRequest): string {
  return JSON.stringify({ time: time.toISOString(), method, path: path.split("?", 1)[0], ...key, ...answer });
}

/** Without the query of the endpoint, which may contain a token. */
function notificationLine({ time, to, ...rest }: RecordedNotification): string {
  return JSON.stringify({ time: time.toISOString(), notification: to, ...rest });
}
