/**
 * Runs the built Worker in workerd, against a local sandbox of AliKassa.
 *
 * Each configuration has an isolate on its own port, and a workerd runs six of them. Everything public goes through {@link secrets}:
 * stopping the Workers fails if it holds a secret.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { after } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  type KeyArchive,
  makeArchive,
  type RecordedRequest,
  type Sandbox,
  type SandboxOptions,
  startSandbox,
} from "../../dist/sandbox/index.js";
import { ACCOUNT, SECOND_ACCOUNT } from "../fixtures/keys.ts";
import { type Answer, cacheStatusOf, WorkerClient } from "./client.ts";
import { FAKES, FAKES_SOURCE } from "./fakes.ts";
import { type LogLine, LogLines, newRay } from "./log-lines.ts";
import { type Binding, Log, LogLevel, Miniflare, type Module, type WorkerOptions } from "./miniflare.ts";
import { CALLER, CALLER_SOURCE } from "./rpc-caller.ts";
import { SecretScanner } from "./secret-scanner.ts";

export { ACCOUNT, SECOND_ACCOUNT } from "../fixtures/keys.ts";
export { requestsFor } from "../fixtures/sandbox.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILD = join(ROOT, "build");
/** The static assets, as `wrangler.toml` has them. */
const ASSETS = { assets: { directory: join(BUILD, "assets"), hasUserWorker: true } };
/** Echoes a body, also into the log, which marks the end of what was logged before. */
const ECHO = `export default {
  async fetch(request) {
    const text = await request.text();
    console.log(text);
    console.error(text);
    return new Response(text);
  },
};`;

/** How long {@link until} waits. */
const UNTIL_MS = 20_000;

/** Isolates of one workerd: one with many of them takes disproportionately long to start. */
const BATCH = 6;

/** The valid token. */
export const TOKEN = `token-${randomUUID()}`;

/** Everything that this process made public, and the secrets that must not be in it. */
export const secrets = new SecretScanner();

/** SecretScanner, variables and resources of a Worker; `undefined` leaves one out. */
export type Bindings = Readonly<Record<string, string | number | boolean | Binding | undefined>>;

/** A key archive whose secrets are watched. 1024 bits sign fast. */
export function newArchive(bits: 1024 | 2048): KeyArchive {
  const archive = makeArchive({ bits });
  secrets.watchNumbers("the key's numbers", archive.privatePem, archive.password);
  return archive;
}

/** A sandbox whose requests are recorded: they leave the merchant. */
export async function openSandbox(options: Partial<SandboxOptions> & { publicPem: string }): Promise<Sandbox> {
  const onRequest = ({ path, headers, body }: RecordedRequest) => {
    secrets.record("a request to AliKassa", `${path}\n${JSON.stringify(headers)}\n${body.toString()}`);
  };
  return startSandbox({ account: [ACCOUNT, SECOND_ACCOUNT], onRequest, ...options });
}

/** The Worker's own Durable Objects. */
export const LEDGER: Binding = { type: "durable-object", exportName: "Ledger" };

/** Waits until `check` returns something else than `false` and `undefined`, and returns that. */
export async function until<T>(
  what: string,
  check: () => Promise<T | false | undefined> | T | false | undefined,
): Promise<T> {
  for (const deadline = Date.now() + UNTIL_MS; ; await sleep(10)) {
    const result = await check();
    if (result !== false && result !== undefined) return result;
    assert.ok(Date.now() < deadline, `timeout: ${what}`);
  }
}

/** Asks until the ledger answers: AliKassa's answer is recorded after it was sent. */
export function untilRecorded(ask: () => Promise<Answer>): Promise<Answer> {
  return until("the answer is recorded", async () => {
    const answer = await ask();
    return cacheStatusOf(answer) === "hit" && answer;
  });
}

/** A valid configuration for a sandbox. */
export function validBindings(
  archive: KeyArchive,
  sandbox: Pick<Sandbox, "baseUrl">,
  changes: Bindings = {},
): Bindings {
  return {
    ALIKASSA_PRIVATE_KEY: archive.privatePem,
    ALIKASSA_KEY_PASSWORD: archive.password,
    ALIKASSA_ACCOUNT: ACCOUNT,
    ALIKASSA_BASE_URL: sandbox.baseUrl,
    API_TOKENS: TOKEN,
    ...changes,
  };
}

/** An answer, and what was logged about it. */
export interface WithLog {
  readonly answer: Answer;
  /** The request's line. */
  readonly line: LogLine;
  /** Lines about failures that did not change the answer. */
  readonly incidents: readonly LogLine[];
}

/** What {@link setUp} starts. */
export interface SetUp<Name extends string> {
  readonly archive: KeyArchive;
  readonly sandbox: Sandbox;
  readonly workers: Workers<Name>;
  readonly clients: Readonly<Record<Name, WorkerClient>>;
  /** The client of a configuration whose name was computed. */
  readonly clientOf: (name: Name) => WorkerClient;
}

/**
 * Starts a sandbox, and a Worker for each of these changes of a valid configuration, with `assets` also the static assets before it.
 * Stops them after the tests of the file, and fails if a secret leaked.
 */
export async function setUp<Name extends string>(
  changes:
    | Readonly<Record<Name, Bindings>>
    | ((given: { readonly archive: KeyArchive; readonly sandbox: Sandbox }) => Readonly<Record<Name, Bindings>>),
  {
    bits = 1024,
    assets = false,
    ...options
  }: Partial<SandboxOptions> & { readonly bits?: 1024 | 2048; readonly assets?: boolean } = {},
): Promise<SetUp<Name>> {
  const archive = newArchive(bits);
  const sandbox = await openSandbox({ publicPem: archive.publicPem, ...options });
  const given = typeof changes === "function" ? changes({ archive, sandbox }) : changes;
  const configurations = Object.entries<Bindings>(given).map(([name, changed]) => [
    name,
    validBindings(archive, sandbox, changed),
  ]);
  const workers = await startWorkers(Object.fromEntries(configurations) as Record<Name, Bindings>, { assets });
  after(async () => {
    await sandbox.close();
    await workers.stop();
  });
  const { clients } = workers;
  return {
    archive,
    sandbox,
    workers,
    clients,
    clientOf: (name) => clients[name] ?? assert.fail(`no Worker «${name}»`),
  };
}

/** Running isolates, by the names of their configurations. */
export interface Workers<Name extends string> {
  readonly clients: Readonly<Record<Name, WorkerClient>>;
  /** Echoes a body in its answer and in the log. */
  readonly echo: WorkerClient;
  /** Calls the methods of the first six Workers. */
  readonly caller: WorkerClient;
  /** Resolves when everything that was logged before has been recorded. */
  readonly flushLogs: () => Promise<void>;
  /** The lines that the Workers have logged before and that match. */
  readonly lines: (matches: (line: LogLine) => boolean) => Promise<readonly LogLine[]>;
  /** Sends a request with a `CF-Ray`, and returns its lines. Fails unless it has exactly one. */
  readonly withLog: (ask: (headers: Record<string, string>) => Promise<Answer>) => Promise<WithLog>;
  /** Stops them, and fails if a secret leaked. */
  readonly stop: () => Promise<void>;
}

/** Starts an isolate for each configuration; with `assets` also the static assets before it. */
export async function startWorkers<Name extends string>(
  configurations: Readonly<Record<Name, Bindings>>,
  { assets = false }: { readonly assets?: boolean } = {},
): Promise<Workers<Name>> {
  const entries = Object.entries<Bindings>(configurations);
  for (const [, bindings] of entries) watchSecrets(bindings);
  const batches: Promise<Batch>[] = [];
  for (let i = 0; i < entries.length; i += BATCH) batches.push(startBatch(entries.slice(i, i + BATCH), assets));
  const [first, ...others] = await Promise.all(batches);
  assert.ok(first, "there is no configuration");
  const all = [first, ...others];
  const flushLogs = async () => {
    for (const batch of all) await batch.flushLogs();
  };
  const lines = async (matches: (line: LogLine) => boolean) => {
    await flushLogs();
    return all.flatMap((batch) => batch.lines.where(matches));
  };
  return {
    clients: Object.assign({}, ...all.map(({ clients }) => clients)) as Record<Name, WorkerClient>,
    echo: first.echo,
    caller: first.caller,
    flushLogs,
    lines,
    withLog: async (ask) => {
      const ray = newRay();
      const answer = await ask({ "CF-Ray": ray });
      const found = await lines((line) => line["ray"] === ray);
      const [line, ...more] = found.filter(({ event }) => event === "request");
      assert.ok(line, "the request was not logged");
      assert.deepEqual(more, [], "the request was logged more than once");
      return { answer, line, incidents: found.filter((other) => other !== line) };
    },
    stop: async () => {
      await flushLogs();
      await Promise.all(all.map((batch) => batch.dispose()));
      secrets.assertNoLeaks();
    },
  };
}

/** The isolates of one workerd. */
interface Batch extends Pick<Workers<string>, "clients" | "echo" | "caller" | "flushLogs"> {
  readonly lines: LogLines;
  readonly dispose: () => Promise<void>;
}

async function startBatch(
  entries: readonly (readonly [name: string, bindings: Bindings])[],
  assets: boolean,
): Promise<Batch> {
  const built = builtModules();
  const marks = new Map<string, () => void>();
  const lines = new LogLines();
  const values = entries.flatMap(([, bindings]) => Object.values(bindings));
  const hasFake = values.some((value) => typeof value === "object" && value.type === "worker");
  const services = Object.fromEntries(
    entries.map(([name], index) => [name, { type: "worker", worker: `worker-${index}` } as const]),
  );
  const miniflare = new Miniflare({
    verbose: true,
    log: new RecordedLog(LogLevel.VERBOSE),
    handleStructuredLogs: ({ level, message }) => {
      secrets.record("the log", `${level} ${message}`);
      if (level === "log") lines.add(message);
      if (level === "error") marks.get(message.trim())?.();
    },
    workers: [
      worker("echo", { "index.js": { type: "esm", contents: ECHO } }, {}),
      worker(CALLER, { "index.js": { type: "esm", contents: CALLER_SOURCE } }, services),
      ...(hasFake ? [worker(FAKES, { "index.js": { type: "esm", contents: FAKES_SOURCE } }, {})] : []),
      ...entries.map(([, bindings], index) => worker(`worker-${index}`, built, bindings, assets)),
    ],
  });
  const client = async (name: string, worker: string) =>
    new WorkerClient(name, await miniflare.unsafeGetDirectURL(worker), TOKEN, secrets);
  const clients = await Promise.all(
    entries.map(async ([name], index) => [name, await client(name, `worker-${index}`)] as const),
  );
  const echo = await client("echo", "echo");
  const caller = await client(CALLER, CALLER);
  return {
    clients: Object.fromEntries(clients),
    echo,
    caller,
    lines,
    flushLogs: async () => {
      const mark = randomUUID();
      const { promise, resolve } = Promise.withResolvers<void>();
      marks.set(mark, resolve);
      await echo.ask({ method: "POST", path: "/", body: mark });
      await promise;
    },
    dispose: () => miniflare.dispose(),
  };
}

/** The modules of the built Worker, by the names under which they import each other. */
export function builtModules(): Readonly<Record<"index.js" | "index_bg.wasm", Module>> {
  return {
    "index.js": { type: "esm", contents: readFileSync(join(BUILD, "index.js"), "utf8") },
    "index_bg.wasm": { type: "wasm", contents: readFileSync(join(BUILD, "index_bg.wasm")) },
  };
}

/** Everything that Miniflare itself would print. */
export class RecordedLog extends Log {
  override log(message: string): void {
    secrets.record("the log", message);
  }
}

/** A Worker of these modules, the first of which is its main one. */
export function worker(
  name: string,
  modules: Readonly<Record<string, Module>>,
  bindings: Bindings,
  assets = false,
): WorkerOptions {
  const env = Object.entries(bindings).flatMap(([binding, value]): (readonly [string, Binding])[] => {
    if (value === undefined) return [];
    if (typeof value === "object")
      return [[binding, value.type === "durable-object" ? { worker: name, ...value } : value]];
    // As wrangler passes them on: a secret is a text, and a variable may be any JSON.
    return [[binding, { type: typeof value === "string" ? "text" : "json", value }]];
  });
  return {
    config: {
      name,
      compatibilityDate: compatibilityDate(),
      manifest: { mainModule: Object.keys(modules)[0] ?? "", modules },
      env: Object.fromEntries(env),
      exports: modules["index_bg.wasm"] === undefined ? {} : { Ledger: { type: "durable-object", storage: "sqlite" } },
      ...(assets ? ASSETS : {}),
    },
    dev: { unsafeDirectSockets: [{ host: "127.0.0.1", port: 0 }] },
  };
}

/** The date with which the Worker is deployed. */
function compatibilityDate(): string {
  const toml = readFileSync(join(ROOT, "wrangler.toml"), "utf8");
  const date = /^compatibility_date = "(\d{4}-\d\d-\d\d)"$/m.exec(toml)?.[1];
  assert.ok(date, "wrangler.toml has no compatibility_date");
  return date;
}

/** Watches the secrets in these bindings. */
export function watchSecrets(bindings: Bindings): void {
  for (const [name, value] of Object.entries(bindings)) {
    const text = String(value ?? "");
    // A secret may be in the wrong variable.
    secrets.watchPem(`the key in ${name}`, text);
    if (name === "ALIKASSA_KEY_PASSWORD") secrets.watch(name, text);
    if (name === "FORWARD_SECRET")
      for (const [, secret = ""] of text.matchAll(/whsec_([^\s,]+)/g)) secrets.watch(name, secret);
    if (name === "FORWARD_URL" && URL.canParse(text)) secrets.watch(`the query of ${name}`, new URL(text).search);
    if (name === "API_TOKENS") for (const token of text.split(",")) secrets.watch(name, token);
  }
}
