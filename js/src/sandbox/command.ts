/**
 * The sandbox as a command. Its first line is its URL, and then comes one line of JSON for each request, without secrets.
 */
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";
import { type KeyArchive, makeArchive, readArchive, writeArchive } from "./archive.js";
import type { NotificationEndpoint, RecordedNotification } from "./deliveries.js";
import { FAULTS, type FaultName, findFault } from "./faults.js";
import { SANDBOX_PAYOUTS } from "./payouts.js";
import type { RecordedRequest } from "./records.js";
import type { Schedule } from "./schedule.js";
import { type Sandbox, type SandboxOptions, startSandbox } from "./server.js";

/** An error in the arguments: its message is for the person who typed them. */
export class UsageError extends Error {
  override readonly name = "UsageError";
}

/**
 * The text of `--help`.
 *
 * @example
 * ```ts
 * process.stdout.write(sandboxHelp());
 * ```
 */
export function sandboxHelp(): string {
  const payouts = [
    ...SANDBOX_PAYOUTS.map(({ id, orderId, about }) => [`${id ?? ""} ${orderId ?? ""}`, about] as const),
    ["wait-3, wait-3-cancel-mine", "by order_id: wait for three questions, then paid, cancel or fail"] as const,
  ];
  const faults = Object.entries(FAULTS).map(([name, { about }]) => [`fault-${name}`, about] as const);
  const table = (rows: readonly (readonly [string, string])[]): string =>
    rows.map(([left, right]) => `  ${left.padEnd(30)} ${right}\n`).join("");
  return (
    `Usage: alikassa-edge sandbox --account UUID (--public FILE | --archive DIR) [option…]\n\n` +
    table([
      ["--account UUID", "an account that is known; may be repeated"],
      ["--public FILE", "the merchant's public.pem"],
      ["--archive DIR", "a folder with the archive; a throw-away one is made if there is none"],
      ["--port N, --host ADDRESS", "where to listen; a free port of 127.0.0.1 by default"],
      ["--digest sha1|sha256", "digest of the signatures; sha1 by default"],
      ["--drip-ms N", "milliseconds between two bytes of fault-drip; 100 by default"],
      ["--notify URL", "tell this endpoint of each payout that becomes final, five times until it answers 200"],
      ["--notify-as query|form|json", "how: GET with a query, as AliKassa does, or POST; query by default"],
      ["--notification-archive DIR", "a folder with AliKassa's own key pair, of which the merchant has public.pem;"],
      ["", "a throw-away one is made if there is none"],
      ["--schedule N[:FAULT,FAULT…]", "answer one of N questions with a fault, with these in turn or with all of them"],
      ["--seed N", "which one of N it is: always the same with the same seed; 1 by default"],
    ]) +
    `\nPayouts, by id or by order_id:\n${table(payouts)}` +
    `\nFaults, by order_id:\n${table([["fault-<three digits>", "that HTTP status; 429 with Retry-After: 1"], ...faults])}`
  );
}

/**
 * Runs the command: `write` gets the URL as its first line, and one line of JSON for each request and for each notification.
 *
 * @example
 * ```ts
 * const sandbox = await runSandbox(["--account", uuid, "--public", "public.pem"], (line) => process.stdout.write(`${line}\n`));
 * ```
 * @throws UsageError if the arguments are wrong.
 */
export async function runSandbox(args: readonly string[], write: (line: string) => void): Promise<Sandbox> {
  const values = parse(args);
  const { account, public: publicFile, archive, port, host, digest, "drip-ms": dripMs } = values;
  if (account === undefined) throw new UsageError("--account is missing");
  if ((publicFile === undefined) === (archive === undefined)) throw new UsageError("Give either --public or --archive");
  if (digest !== undefined && digest !== "sha1" && digest !== "sha256")
    throw new UsageError("--digest is sha1 or sha256");
  const options = {
    account,
    ...(digest === undefined ? {} : { digest }),
    ...(port === undefined ? {} : { port: wholeNumber("--port", port, 65_535) }),
    ...(host === undefined ? {} : { host }),
    ...(dripMs === undefined ? {} : { dripIntervalMs: wholeNumber("--drip-ms", dripMs, 3_600_000) }),
    ...readNotify(values),
    ...readSchedule(values),
    onRequest: (request) => write(requestLine(request)),
    onNotification: (notification) => write(notificationLine(notification)),
  } satisfies Partial<SandboxOptions>;
  // After all arguments have been understood, since these write files.
  const { "notification-archive": notificationArchive } = values;
  const sandbox = await startSandbox({
    ...options,
    publicPem:
      publicFile === undefined
        ? (await readOrMakeArchive(archive ?? "")).publicPem
        : await readFile(publicFile, "utf8"),
    ...(notificationArchive === undefined ? {} : { notificationKey: await readOrMakeArchive(notificationArchive) }),
  });
  write(sandbox.url);
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
        seed: { type: "string" },
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function readNotify(values: Values): { readonly notify?: NotificationEndpoint } {
  const { notify: to, "notify-as": as = "query", "notification-archive": archive } = values;
  if (as !== "query" && as !== "form" && as !== "json") throw new UsageError("--notify-as is query, form or json");
  if (to === undefined) return {};
  if (!/^https?:/.test(to) || !URL.canParse(to)) throw new UsageError("--notify is an http or https URL");
  if (archive === undefined)
    throw new UsageError("--notify needs --notification-archive: the merchant verifies with the public.pem in it");
  return { notify: { to, as } };
}

function readSchedule({ schedule, seed = "1" }: Values): { readonly schedule?: Schedule } {
  const seedNumber = wholeNumber("--seed", seed, 2 ** 31);
  if (schedule === undefined) return {};
  const [, oneIn = "", list] = /^([^:]*)(?::(.*))?$/.exec(schedule) ?? [];
  const faults = list?.split(",");
  const unknown = faults?.find((name) => findFault(name) === undefined);
  if (unknown !== undefined) throw new UsageError(`--schedule knows no fault "${unknown}"`);
  return {
    schedule: {
      oneIn: wholeNumber("--schedule", oneIn, 1_000_000, 1),
      seed: seedNumber,
      ...(faults === undefined ? {} : { faults: faults as FaultName[] }),
    },
  };
}

async function readOrMakeArchive(directory: string): Promise<KeyArchive> {
  try {
    return await readArchive(directory);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
    // writeArchive refuses if a part of an archive is there, so a real key is never mixed with a throw-away one.
    const archive = makeArchive();
    await writeArchive(directory, archive);
    return archive;
  }
}

function wholeNumber(option: string, text: string, max: number, min = 0): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < min || value > max)
    throw new UsageError(`${option} is a whole number from ${min} to ${max}`);
  return value;
}

/** No header, query or body: a log is kept longer, and read by more people, than any of them should be. */
function requestLine({ time, method, path, key, answer }: RecordedRequest): string {
  const asked = key === undefined ? {} : "id" in key ? { id: key.id } : { order_id: key.orderId };
  return JSON.stringify({ time: time.toISOString(), method, path: path.split("?", 1)[0], ...asked, ...answer });
}

/** Not where to in full either: a merchant's URL may hold a token. */
function notificationLine({ time, to, id, orderId, paymentStatus, attempt, status }: RecordedNotification): string {
  const told = { id, order_id: orderId, payment_status: paymentStatus };
  return JSON.stringify({ time: time.toISOString(), notification: to, ...told, attempt, status });
}
