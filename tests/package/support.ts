/** What the tests share: a merchant, a sandbox, and ways to look at an error. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { AliKassa, AliKassaError, AliKassaOptions, GatewayError } from "../../dist/index.js";
import { type KeyArchive, makeArchive, type Sandbox, startSandbox } from "../../dist/sandbox/index.js";
import { main } from "./installed.ts";

export const ACCOUNT = "93d5df06-996c-48c3-9847-348d6b580b80";

/** The merchant's archive in every test that does not say another. */
export const archive: KeyArchive = makeArchive({ bits: 1024, password: "Пароль of the archive" });

/** A client of that merchant; it is not tried again unless a test wants it. */
export function client(options: Partial<AliKassaOptions> = {}): AliKassa {
  const { privatePem: privateKey, password } = archive;
  return new main.AliKassa({ account: ACCOUNT, privateKey, password, retries: 0, ...options });
}

/** A sandbox for the suite in which this is called. */
export function suiteSandbox(dripIntervalMs = 100): () => Sandbox {
  let sandbox: Sandbox | undefined;
  before(async () => {
    sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, dripIntervalMs });
  });
  after(() => sandbox?.close());
  return () => {
    assert.ok(sandbox !== undefined);
    return sandbox;
  };
}

/** A `fetch` that answers each request with this JSON, and counts. */
export function answering(json: string, status = 200): { readonly fetch: typeof fetch; readonly count: () => number } {
  let count = 0;
  const send: typeof fetch = async () => {
    count += 1;
    return new Response(json, { status });
  };
  return { fetch: send, count: () => count };
}

/** A `fetch` that never answers by itself, and that knows whether it was given up. */
export function hanging(): { readonly fetch: typeof fetch; readonly signals: readonly AbortSignal[] } {
  const signals: AbortSignal[] = [];
  const send: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      const signal = init?.signal;
      if (signal === undefined || signal === null) throw new Error("no signal");
      signals.push(signal);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { fetch: send, signals };
}

/** What is known of a `fetch` that a test controls. */
interface Controlled {
  readonly fetch: typeof fetch;
  /** The ids that were asked for. */
  readonly ids: readonly string[];
  /** The most that were asked for at a time. */
  readonly most: () => number;
  /** Answers for this id, once it is asked for. */
  readonly answer: (id: string | number) => Promise<void>;
}

/** A `fetch` whose answers, each a payout that is paid, come when the test says so. */
export function controlled(): Controlled {
  const asked = new Map<string, (response: Response) => void>();
  const ids: string[] = [];
  let underWay = 0;
  let most = 0;
  const fetch: typeof globalThis.fetch = (_url, init) => {
    const { id } = JSON.parse(String(init?.body)) as { id: string };
    ids.push(id);
    underWay += 1;
    most = Math.max(most, underWay);
    return new Promise((resolve, reject) => {
      init?.signal?.addEventListener("abort", () => reject(init.signal?.reason));
      asked.set(id, resolve);
    });
  };
  const answer = async (id: string | number): Promise<void> => {
    while (!asked.has(String(id))) await sleep(1);
    underWay -= 1;
    asked.get(String(id))?.(new Response(`{"payment_status":"paid","id":"${id}"}`));
  };
  return { fetch, ids, answer, most: () => most };
}

/** Long enough for everything that happens at once to happen. */
export const settled = (): Promise<void> => sleep(20);

/** All of them. */
export async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const item of items) found.push(item);
  return found;
}

/** A server that never answers. */
export interface SilentServer {
  readonly url: string;
  /** When a request has come. */
  readonly asked: Promise<unknown>;
  /** When the one who asked has closed the connection. */
  readonly left: Promise<unknown>;
  readonly close: () => void;
}

export async function silentServer(): Promise<SilentServer> {
  const server = createServer();
  const asked = once(server, "request") as Promise<[IncomingMessage, ServerResponse]>;
  const left = asked.then(([, response]) => once(response, "close"));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = (): void => {
    server.close();
    server.closeAllConnections();
  };
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked, left, close };
}

/** What `call` throws or rejects with. */
export async function thrownBy(call: () => unknown): Promise<unknown> {
  let returned: unknown;
  try {
    returned = await call();
  } catch (error) {
    return error;
  }
  return assert.fail(`it went well: ${inspect(returned)}`);
}

/** The `InvalidRequestError` or `KeyError` that `call` ends with. */
export async function refusalOf(call: () => unknown, name: "InvalidRequestError" | "KeyError"): Promise<AliKassaError> {
  const error = await thrownBy(call);
  assert.ok(error instanceof main[name], inspect(error));
  assert.equal(error.name, name);
  return error;
}

/** The `GatewayError` that `call` ends with: the state is unknown, and nothing in it looks like a payout. */
export async function unknownOf(call: () => unknown, name = "GatewayError"): Promise<GatewayError> {
  const error = await thrownBy(call);
  assert.ok(error instanceof main.GatewayError, inspect(error));
  assert.equal(error.name, name);
  assert.equal(error.payoutState, "unknown");
  assert.match(error.advice, /do not cancel or repeat/);
  assert.equal("payment_status" in error, false);
  // The message may say that there is no "payment_status", but nothing may look as if it had a value.
  assert.doesNotMatch(everythingOf(error), /(payment_?status|is_?final)["']?\s*[:=]/i);
  assert.doesNotMatch(JSON.stringify(error), /payment_?status|is_?final/i);
  assertTellsNothing(error, archive.privatePem, archive.password);
  return error;
}

/** All that can be read of an error, in every way in which errors end up in logs. */
export function everythingOf(error: unknown): string {
  const parts = [
    String(error),
    inspect(error, { depth: null, showHidden: true, getters: true }),
    JSON.stringify(error),
  ];
  if (error instanceof Error) parts.push(error.message, error.stack ?? "", everythingOf(error.cause ?? ""));
  return parts.join("\n");
}

/** That neither a password nor a line of a PEM stands anywhere in an error. */
export function assertTellsNothing(error: unknown, pem: string, password: string | null | undefined): void {
  const text = everythingOf(error);
  // A line of the base64, not the BEGIN line, which is no secret; a short password could be a word of the message.
  const lines = pem.split(/\r?\n/).filter((line) => line.length >= 16 && !/^-----|:/.test(line));
  const secrets = [...lines, ...(password !== null && password !== undefined && password.length > 6 ? [password] : [])];
  for (const secret of secrets) assert.ok(!text.includes(secret), "a secret stands in the error");
}

/** A table of tests/vectors. */
export function vectors<T>(name: string): readonly T[] {
  return JSON.parse(readFileSync(new URL(`../vectors/${name}.json`, import.meta.url), "utf8")) as T[];
}

/** A PEM of tests/vectors, byte for byte, as text. */
export function vectorFile(path: string): string {
  return readFileSync(new URL(`../vectors/${path}`, import.meta.url), "utf8");
}
