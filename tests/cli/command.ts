/** The command as a process without a terminal; terminal.ts has it in one. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createPrivateKey, createPublicKey } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "csv-parse/sync";
import { type KeyArchive, type Sandbox, writeArchive } from "../../dist/sandbox/index.js";
import { assertNoSecret as assertNeither } from "../fixtures/errors.ts";
import { ACCOUNT } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { vectorFile } from "../fixtures/vectors.ts";

export { ACCOUNT };

/** The repository's folder. */
export const ROOT: string = fileURLToPath(new URL("../../", import.meta.url));

/** The file that `bin` in package.json names. */
export const PROGRAM: string = join(
  ROOT,
  JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).bin["alikassa-edge"],
);

/** A folder for the files of the tests. */
export const folder: string = await mkdtemp(join(await realpath(tmpdir()), "alikassa-edge-cli-"));
process.once("exit", () => rmSync(folder, { recursive: true, force: true }));

const PHP_KEY = vectorFile("keys/php-3des-2048.pem");
const PHP_PASSWORD = "Secret-2048";

const phpPublicKey = createPublicKey(createPrivateKey({ key: PHP_KEY, passphrase: PHP_PASSWORD }));

/** The merchant's archive, written by PHP, and its folder. */
export const archive: KeyArchive = {
  privatePem: PHP_KEY,
  password: PHP_PASSWORD,
  publicPem: String(phpPublicKey.export({ type: "spki", format: "pem" })),
};
export const cert: string = join(folder, "cert");
await writeArchive(cert, archive);

let names = 0;

/** A new path in that folder. */
export function fresh(end: string): string {
  names += 1;
  return join(folder, `${names}-${end}`);
}

/** A new file with this text. */
export function fileWith(text: string | Uint8Array, end = "ids.csv"): string {
  const path = fresh(end);
  writeFileSync(path, text);
  return path;
}

/** The names of files beside this one that begin with its name. */
export function namesBeside(path: string): string[] {
  const own = basename(path);
  return readdirSync(dirname(path)).filter((name) => name.startsWith(own) && name !== own);
}

/** A new folder with these files. */
export function folderWith(files: Readonly<Record<string, string>>): string {
  const path = fresh("cert");
  mkdirSync(path);
  for (const [name, text] of Object.entries(files)) writeFileSync(join(path, name), text, { mode: 0o600 });
  return path;
}

/** A sandbox for the suite in which this is called. */
export const suiteSandbox = (): (() => Sandbox) => useSandbox({ publicPem: archive.publicPem });

/** The options of a connection to a sandbox. */
export function connection({ baseUrl }: Pick<Sandbox, "baseUrl">): string[] {
  return ["--cert", cert, "--account", ACCOUNT, "--base-url", baseUrl];
}

/** A sandbox for the suite in which this is called, and `status`, which asks it. */
export function useStatus() {
  const sandbox = suiteSandbox();
  const command = (...args: string[]) => ["status", ...args, ...connection(sandbox())];
  return {
    sandbox,
    command,
    status: (...args: string[]) => run(command(...args)),
    /** Asks for the payouts of a list, one after another, and writes the results to a file. */
    statusInto: (output: string, list: string, args: readonly string[] = [], options: Start = {}) =>
      run(command("--file", fileWith(list), "--output", output, "--concurrency", "1", ...args), options),
  };
}

/** The end of a process. */
export interface Ended {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A running process. */
export interface Running {
  readonly child: ChildProcess;
  readonly ended: Promise<Ended>;
}

/** An environment without settings of AliKassa and of colours. */
export function environment(env: Readonly<Record<string, string>> = {}): Record<string, string> {
  const { PATH = "", HOME = "" } = process.env;
  return { PATH, HOME, ...env };
}

/** The options of a process. */
export interface Start {
  readonly env?: Readonly<Record<string, string>>;
  /** Its standard input. */
  readonly input?: string | Uint8Array;
  /** The descriptor of a file for its standard output; a pipe without one. */
  readonly stdout?: number;
  /** The limit of the size of files, in blocks of 512 bytes: beyond it, writing fails as on a full disk. */
  readonly fileBlocks?: number;
}

/** Starts the command. */
export function start(args: readonly string[], { env = {}, input = "", stdout: out, fileBlocks }: Start = {}): Running {
  const command = [process.execPath, PROGRAM, ...args];
  const limit = ["/bin/sh", "-c", `ulimit -f ${fileBlocks} && exec "$@"`, "sh"];
  const [file = "", ...words] = fileBlocks === undefined ? command : [...limit, ...command];
  const child = spawn(file, words, {
    ...{ cwd: folder, env: environment(env), timeout: 30_000 },
    stdio: ["pipe", out ?? "pipe", "pipe"],
  });
  let [stdout, stderr] = ["", ""];
  child.stdout?.setEncoding("utf8").on("data", (text) => {
    stdout += text;
  });
  child.stderr?.setEncoding("utf8").on("data", (text) => {
    stderr += text;
  });
  // A command that does not read its input may end before it is written.
  child.stdin?.on("error", () => {}).end(input);
  const ended = new Promise<Ended>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status, signal) => resolve({ status, signal, stdout, stderr }));
  });
  return { child, ended };
}

/** Runs the command to its end. */
export async function run(...args: Parameters<typeof start>): Promise<Ended> {
  const ended = await start(...args).ended;
  // Without a terminal there are no escape sequences.
  assert.ok(!(ended.stdout + ended.stderr).includes("\u001b"));
  assertNoSecret(ended.stdout + ended.stderr);
  return ended;
}

/** Asserts that the command ended with status 2, no output, and one line of error that matches. */
export function assertRefused({ status, stdout, stderr }: Ended, pattern = /^/): void {
  assert.deepEqual([status, stdout], [2, ""]);
  assert.match(stderr, /^error: [^\n]+\n$/);
  assert.match(stderr, pattern);
}

/** The environment that has the archive under the Worker's names. */
export const ARCHIVE_ENV = { ALIKASSA_PRIVATE_KEY: archive.privatePem, ALIKASSA_KEY_PASSWORD: archive.password };

/** Asserts that a text contains no part of the archive's secrets. */
export function assertNoSecret(text: string): void {
  assertNeither(text, archive.privatePem, archive.password);
}

/** Each line of a file of JSON. */
export function jsonLinesIn(path: string): Record<string, unknown>[] {
  return jsonLines(readFileSync(path, "utf8"));
}

/** The order_id, the state and the status of each line of a file of results. */
export function resultsIn(path: string, isCsv = path.endsWith(".csv")): (readonly unknown[])[] {
  const text = readFileSync(path, "utf8");
  const rows = isCsv ? (parse(text, { columns: true }) as Record<string, unknown>[]) : jsonLines(text);
  // CSV has an empty cell where JSON has no field.
  return rows.map((row) => [row["order_id"], row["payout_state"] || "known", row["payment_status"] || undefined]);
}

/** Each line of JSON. */
export function jsonLines(text: string): Record<string, unknown>[] {
  assert.ok(text === "" || text.endsWith("\n"));
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}
