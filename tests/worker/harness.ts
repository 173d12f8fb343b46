/**
 * The built Worker in workerd, as Cloudflare runs it, and the local AliKassa for it to ask.
 *
 * Each configuration has an isolate, on a port of its own, and a workerd runs a dozen of them. All that is said goes to {@link secrets},
 * and {@link Workers.stop} fails if there is a secret in it.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
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
import { type Answer, Edge } from "./edge.ts";
import { type Line, Lines, newRay } from "./lines.ts";
import {
  type Binding,
  type KvNamespace,
  Log,
  LogLevel,
  Miniflare,
  type Module,
  type QueueConsumer,
  type QueueProducer,
  type WorkerOptions,
} from "./miniflare.ts";
import { Secrets } from "./secrets.ts";
import { STAND_INS, STAND_INS_SOURCE } from "./stand-ins.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BUILD = join(ROOT, "build");
/** Answers what it is asked, and says it in the log: the last word in it, and the one that must be found. */
const ECHO = `export default {
  async fetch(request) {
    const text = await request.text();
    console.log(text);
    console.error(text);
    return new Response(text);
  },
};`;

/** How long it may take until an answer is in the cache. */
const CACHED_MS = 10_000;

/** So many isolates start together: a workerd with many of them takes more than its share of time to start. */
const BATCH = 6;

export const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";
export const SECOND_ACCOUNT = "00000000-0000-4000-8000-000000000002";
/** A token that may ask. */
export const TOKEN = `token-${randomUUID()}`;

/** All that was said in this process, and the secrets that must not be in it. */
export const secrets = new Secrets();

/** Secrets, variables and resources of a Worker; `undefined` leaves one out. */
export type Bindings = Readonly<Record<string, string | number | boolean | Binding | undefined>>;

/**
 * A key archive as AliKassa's cabinet makes it, whose secrets are looked for. A small key signs five times as fast as a
 * usual one, where a test is not about the key.
 */
export function newArchive(bits: 1024 | 2048): KeyArchive {
  const archive = makeArchive({ bits });
  secrets.keepNumbers("the key's numbers", archive.privatePem, archive.password);
  return archive;
}

/** A sandbox whose requests are heard: they are seen by another company. */
export async function openSandbox(options: Partial<SandboxOptions> & { publicPem: string }): Promise<Sandbox> {
  const onRequest = ({ path, headers, body }: RecordedRequest) => {
    secrets.hear("a request to AliKassa", `${path}\n${JSON.stringify(headers)}\n${body.toString()}`);
  };
  return startSandbox({ account: [ACCOUNT, SECOND_ACCOUNT], onRequest, ...options });
}

/** The requests that a sandbox got for one payout. */
export function requestsFor(sandbox: Sandbox, name: string): RecordedRequest[] {
  return sandbox.requests.filter(({ key }) => key !== undefined && Object.values(key).includes(name));
}

/** A KV namespace for final payouts; those of the same name in one workerd are the same. */
export const kvNamespace = (id: string): Binding => ({ type: "kv", id });

/** A queue of notifications whose messages come out at once; those of the same name in one workerd are the same. */
export const notificationQueue = (name: string, consumer: QueueConsumer = {}): Binding => ({
  type: "queue",
  name,
  consumer: { maxBatchTimeout: 0, maxRetries: 100, ...consumer },
});

/** Asks until the answer comes out of the cache, into which it gets after the answer before. */
export async function untilCached(ask: () => Promise<Answer>): Promise<Answer> {
  for (const deadline = Date.now() + CACHED_MS; ; await sleep(5)) {
    const answer = await ask();
    if (answer.headers.get("X-AliKassa-Cache") === "hit") return answer;
    assert.ok(Date.now() < deadline, `never cached: ${answer.text}`);
  }
}

/** A sound configuration, for a sandbox. */
export function soundBindings(archive: KeyArchive, sandbox: Pick<Sandbox, "url">, changes: Bindings = {}): Bindings {
  return {
    ALIKASSA_PRIVATE_KEY: archive.privatePem,
    ALIKASSA_KEY_PASSWORD: archive.password,
    ALIKASSA_ACCOUNT: ACCOUNT,
    ALIKASSA_BASE_URL: sandbox.url,
    API_TOKENS: TOKEN,
    ...changes,
  };
}

/** An answer, and what the log tells of it. */
export interface Told {
  readonly answer: Answer;
  /** The request's one line. */
  readonly line: Line;
  /** Lines about what failed on the way without changing the answer. */
  readonly incidents: readonly Line[];
}

/** Running isolates, by the names of their configurations. */
export interface Workers<Name extends string> {
  readonly edges: Readonly<Record<Name, Edge>>;
  /** Not ours: says back what it is told, in its answer and in its log. */
  readonly echo: Edge;
  /** The KV namespace `PAYOUTS` of a configuration. */
  readonly kv: (name: Name) => Promise<KvNamespace>;
  /** The queue `NOTIFICATIONS` of a configuration. */
  readonly queue: (name: Name) => Promise<QueueProducer>;
  /** Resolves when all that was logged up to now has been heard. */
  readonly allHeard: () => Promise<void>;
  /** The lines that our Workers have logged up to now and that fit. */
  readonly lines: (fits: (line: Line) => boolean) => Promise<readonly Line[]>;
  /** Asks in a way that its line can be found, and fails unless there is exactly one. */
  readonly told: (ask: (headers: Record<string, string>) => Promise<Answer>) => Promise<Told>;
  /** Stops them, and fails if a secret was said. */
  readonly stop: () => Promise<void>;
}

/** Starts an isolate for each configuration. */
export async function startWorkers<Name extends string>(
  configurations: Readonly<Record<Name, Bindings>>,
): Promise<Workers<Name>> {
  const entries = Object.entries<Bindings>(configurations);
  for (const [, bindings] of entries) keepSecrets(bindings);
  const batches: Promise<Batch>[] = [];
  for (let i = 0; i < entries.length; i += BATCH) batches.push(startBatch(entries.slice(i, i + BATCH)));
  const [first, ...others] = await Promise.all(batches);
  assert.ok(first, "there is no configuration");
  const all = [first, ...others];
  const allHeard = async () => {
    for (const batch of all) await batch.allHeard();
  };
  const placeOf = (name: Name) => {
    const place = entries.findIndex(([other]) => other === name);
    const batch = all[Math.floor(place / BATCH)];
    assert.ok(batch, `there is no ${name}`);
    return [batch, place % BATCH] as const;
  };
  const lines = async (fits: (line: Line) => boolean) => {
    await allHeard();
    return all.flatMap((batch) => batch.lines.where(fits));
  };
  return {
    edges: Object.assign({}, ...all.map(({ edges }) => edges)) as Record<Name, Edge>,
    echo: first.echo,
    kv: async (name) => {
      const [batch, index] = placeOf(name);
      return batch.kv(index);
    },
    queue: async (name) => {
      const [batch, index] = placeOf(name);
      return batch.queue(index);
    },
    allHeard,
    lines,
    told: async (ask) => {
      const ray = newRay();
      const answer = await ask({ "CF-Ray": ray });
      const found = await lines((line) => line["ray"] === ray);
      const [line, ...more] = found.filter(({ event }) => event === "request");
      assert.ok(line, "no line tells of the request");
      assert.deepEqual(more, [], "more than one line tells of the request");
      return { answer, line, incidents: found.filter((other) => other !== line) };
    },
    stop: async () => {
      await allHeard();
      await Promise.all(all.map((batch) => batch.dispose()));
      secrets.assertKept();
    },
  };
}

/** The isolates of one workerd. */
interface Batch extends Pick<Workers<string>, "edges" | "echo" | "allHeard"> {
  readonly kv: (index: number) => Promise<KvNamespace>;
  readonly queue: (index: number) => Promise<QueueProducer>;
  readonly lines: Lines;
  readonly dispose: () => Promise<void>;
}

async function startBatch(entries: readonly (readonly [name: string, bindings: Bindings])[]): Promise<Batch> {
  const built = builtModules();
  const marks = new Map<string, () => void>();
  const lines = new Lines();
  const values = entries.flatMap(([, bindings]) => Object.values(bindings));
  const hasStandIn = values.some((value) => typeof value === "object" && value.type === "worker");
  const miniflare = new Miniflare({
    verbose: true,
    log: new HeardLog(LogLevel.VERBOSE),
    handleStructuredLogs: ({ level, message }) => {
      secrets.hear("the log", `${level} ${message}`);
      if (level === "log") lines.add(message);
      if (level === "error") marks.get(message.trim())?.();
    },
    workers: [
      worker("echo", { "index.js": { type: "esm", contents: ECHO } }, {}),
      ...(hasStandIn ? [worker(STAND_INS, { "index.js": { type: "esm", contents: STAND_INS_SOURCE } }, {})] : []),
      ...entries.map(([, bindings], index) => worker(`edge-${index}`, built, bindings)),
    ],
  });
  const edge = async (name: string, worker: string) =>
    new Edge(name, await miniflare.unsafeGetDirectURL(worker), TOKEN, secrets);
  const edges = await Promise.all(
    entries.map(async ([name], index) => [name, await edge(name, `edge-${index}`)] as const),
  );
  const echo = await edge("echo", "echo");
  return {
    edges: Object.fromEntries(edges),
    echo,
    lines,
    kv: (index) => miniflare.getKVNamespace("PAYOUTS", `edge-${index}`),
    queue: (index) => miniflare.getQueueProducer("NOTIFICATIONS", `edge-${index}`),
    allHeard: async () => {
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
export class HeardLog extends Log {
  override log(message: string): void {
    secrets.hear("the log", message);
  }
}

/** A Worker of these modules, the first of which is its main one. */
export function worker(name: string, modules: Readonly<Record<string, Module>>, bindings: Bindings): WorkerOptions {
  const env = Object.entries(bindings).flatMap(([binding, value]): (readonly [string, Binding])[] => {
    if (value === undefined) return [];
    if (typeof value === "object")
      return [[binding, value.type === "queue" ? { type: "queue", name: value.name } : value]];
    // As wrangler passes them on: a secret is a text, and a variable may be any JSON.
    return [[binding, { type: typeof value === "string" ? "text" : "json", value }]];
  });
  return {
    config: {
      name,
      compatibilityDate: compatibilityDate(),
      manifest: { mainModule: Object.keys(modules)[0] ?? "", modules },
      env: Object.fromEntries(env),
      triggers: Object.values(bindings).flatMap((value) =>
        typeof value === "object" && value.type === "queue" && value.consumer !== undefined
          ? [{ ...value.consumer, type: "queue" as const, name: value.name }]
          : [],
      ),
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

/** From here on, what is secret in these bindings must not be said. */
export function keepSecrets(bindings: Bindings): void {
  for (const [name, value] of Object.entries(bindings)) {
    const text = String(value ?? "");
    // A secret may stand in the wrong variable.
    secrets.keepPem(`the key in ${name}`, text);
    if (name === "ALIKASSA_KEY_PASSWORD") secrets.keep(name, text);
    if (name === "FORWARD_SECRET")
      for (const [, secret = ""] of text.matchAll(/whsec_([^\s,]+)/g)) secrets.keep(name, secret);
    if (name === "FORWARD_URL" && URL.canParse(text)) secrets.keep(`the query of ${name}`, new URL(text).search);
    if (name === "API_TOKENS") for (const token of text.split(",")) secrets.keep(name, token);
  }
}
