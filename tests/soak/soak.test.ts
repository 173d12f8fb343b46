/**
 * Thousands of requests, fifty at a time, with two accounts, while a tenth of AliKassa's answers is faulty: each answer must be right for
 * what the sandbox recorded, the ledger must know each end, and the isolate's memory must not grow. Then hundreds of callers that disconnect.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import {
  DEFAULT_FAULTS,
  type FaultName,
  payoutJson,
  type RecordedRequest,
  type Sandbox,
  startSandbox,
} from "../../dist/sandbox/index.js";
import { type Answer, assertNoPaymentStatus, jsonOf } from "../worker/client.ts";
import {
  ACCOUNT,
  LEDGER,
  newArchive,
  SECOND_ACCOUNT,
  TOKEN,
  until,
  untilRecorded,
  validBindings,
} from "../worker/harness.ts";
import type { LogLine } from "../worker/log-lines.ts";
import { type Isolate, type Memory, startIsolate } from "./isolate.ts";

const MANY = 2000;
const AT_ONCE = 50;
/** One in so many of AliKassa's answers is faulty. */
const ONE_IN = 10;
/** Every fault except the one that waits beyond the timeout; the slowest is last. */
const FAULTS: readonly FaultName[] = [
  ...DEFAULT_FAULTS.filter((fault) => fault !== "retry-date" && fault !== "hang"),
  "drip",
  "hang",
];
/** Much longer than an answer takes. */
const TIMEOUT_MS = 5000;
/** So many callers disconnect, and how long AliKassa takes then. */
const DISCONNECTING = 600;
const DELAY_MS = 50;
/** The most growth of the memory: four pages of the module, 131 bytes for each request. */
const GROWTH = 4 * 65_536;

const TOKENS = [TOKEN, `token-${randomUUID()}`, `token-${randomUUID()}`];
const ACCOUNTS = [ACCOUNT, SECOND_ACCOUNT];
const STATUSES = ["wait", "paid", "cancel", "fail", "new-one"];
const FINAL = ["paid", "cancel", "fail"];

/** Outcomes that are retried, and the code after the last attempt. */
const RETRIED: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["cut", "reset", "cut-body", "cut-chunked"].map((name) => [name, "upstream_unreachable"])),
  ...Object.fromEntries(["429", "502", "503", "504"].map((name) => [name, "upstream_status"])),
};
/** Outcomes that are not retried; all others are HTTP 200 without the payout. */
const NOT_RETRIED: Readonly<Record<string, string>> = {
  hang: "upstream_timeout",
  ...Object.fromEntries(["500", "message", "redirect"].map((name) => [name, "upstream_status"])),
};
const ATTEMPTS = 3;

/** Called when AliKassa gets a request for a payout, by its id or order id. */
const waiting = new Map<string, () => void>();

let sandbox: Sandbox;
let isolate: Isolate;

before(async () => {
  const archive = newArchive(2048);
  const { publicPem } = archive;
  const schedule = { oneIn: ONE_IN, faults: FAULTS };
  const onRequest = (request: RecordedRequest) => waiting.get(nameIn(request))?.();
  sandbox = await startSandbox({ account: ACCOUNTS, publicPem, schedule, dripIntervalMs: 1, onRequest });
  const changes = {
    ALIKASSA_ACCOUNT: ACCOUNTS.join(","),
    API_TOKENS: TOKENS.join(","),
    ALIKASSA_TIMEOUT_MS: String(TIMEOUT_MS),
    LEDGER,
  };
  isolate = await startIsolate(validBindings(archive, sandbox, changes));
});

after(async () => {
  await sandbox.close();
  await isolate.stop();
});

/** A caller with a payout of its own. */
interface Caller {
  readonly account: string;
  readonly token: string;
  readonly query: { readonly id: string } | { readonly order_id: string };
  /** The id or order id in the query. */
  readonly name: string;
  /** The answer if AliKassa answers. */
  readonly payout: string;
  /** The status without a valid token or account. */
  readonly refused: number | undefined;
}

function callerOf(number: number): Caller {
  const id = String(500_000_000 + number);
  const order_id = `soak-${number}`;
  const status = STATUSES[number % STATUSES.length] ?? "";
  const sent = payoutJson({ id, order_id, statusJson: JSON.stringify(status) });
  sandbox.addPayout(sent);
  const byId = number % 4 === 0;
  const hasNoToken = number % 50 === 7;
  const hasNoAccount = number % 50 === 8;
  return {
    account: hasNoAccount ? "another account" : (ACCOUNTS[number % 2] ?? ""),
    token: hasNoToken ? "another token" : (TOKENS[number % 3] ?? ""),
    query: byId ? { id } : { order_id },
    name: byId ? id : order_id,
    payout: sent.replace(`"id":${id}`, `"id":"${id}"`).replace(/\}$/, `,"is_final":${FINAL.includes(status)}}`),
    refused: hasNoToken ? 401 : hasNoAccount ? 403 : undefined,
  };
}

const ask = ({ query, token, account }: Caller): Promise<Answer> =>
  isolate.client.post(query, { token, headers: { Account: account } });

/** Sends their requests, fifty at a time. */
async function askAll(callers: readonly Caller[], send = ask): Promise<ReadonlyMap<Caller, Answer>> {
  const answers = new Map<Caller, Answer>();
  const queue = callers.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const caller of queue) answers.set(caller, await send(caller));
    }),
  );
  return answers;
}

const isFinal = ({ payout }: Caller): boolean => payout.endsWith('"is_final":true}');

/** The id or order id in a request. */
const nameIn = ({ key }: RecordedRequest): string => String(Object.values(key ?? {})[0]);

/** The requests to AliKassa, by id or order id. */
function requestsByName(): ReadonlyMap<string, readonly RecordedRequest[]> {
  return Map.groupBy(sandbox.requests, nameIn);
}

/** Fails unless the answer is right for what AliKassa did. */
function assertRight(caller: Caller, answer: Answer, requests: readonly RecordedRequest[]): void {
  const outcomes = requests.map(({ answer }) => answer.outcome);
  const about = `${caller.name}, for which AliKassa had ${JSON.stringify(outcomes)}: ${answer.status} ${answer.text}`;
  if (caller.refused !== undefined) {
    assert.deepEqual([answer.status, outcomes], [caller.refused, []], about);
    assertNoPaymentStatus(answer);
    return;
  }
  for (const { headers } of requests) assert.equal(headers["account"], caller.account, about);
  const last = outcomes.at(-1) ?? assert.fail(about);
  const before = outcomes.slice(0, -1);
  assert.ok(before.every((outcome) => outcome in RETRIED) && outcomes.length <= ATTEMPTS, about);
  if (last === "payout" || last === "drip") {
    assert.deepEqual([answer.status, answer.text], [200, caller.payout], about);
    return;
  }
  if (last in RETRIED) assert.equal(outcomes.length, ATTEMPTS, about);
  assertNoPaymentStatus(answer);
  const code = RETRIED[last] ?? NOT_RETRIED[last] ?? "upstream_invalid";
  const problem = jsonOf(answer) as Record<string, unknown>;
  assert.deepEqual([problem["code"], problem["payout_state"]], [code, "unknown"], about);
  assert.equal(answer.status, code === "upstream_timeout" ? 504 : 502, about);
  const said = requests.map(({ answer }) => answer.status);
  if (code === "upstream_status" || code === "upstream_invalid")
    assert.equal(problem["upstream_status"], said.at(-1), about);
}

/** Sends so many requests, checks each answer, and returns what AliKassa did. */
async function load(first: number, count: number): Promise<readonly RecordedRequest[]> {
  sandbox.reset();
  const callers = Array.from({ length: count }, (_, place) => callerOf(first + place));
  const answers = await askAll(callers);
  const byName = requestsByName();
  assert.equal(answers.size, count);
  for (const [caller, answer] of answers) assertRight(caller, answer, byName.get(caller.name) ?? []);
  // No other payout was asked for.
  const names = new Set(callers.map(({ name }) => name));
  assert.ok([...byName.keys()].every((name) => names.has(name)));
  const requests = [...sandbox.requests];
  await assertRecorded(callers.filter((caller) => answers.get(caller)?.status === 200 && isFinal(caller)));
  return requests;
}

/** Fails unless the ledger answers for these callers, as AliKassa did. */
async function assertRecorded(callers: readonly Caller[]): Promise<void> {
  const answers = await askAll(callers, (caller) => untilRecorded(() => ask(caller)));
  for (const [{ payout }, { text }] of answers) assert.equal(text, payout);
  const failed = isolate.lines.where(({ event }) => String(event).startsWith("ledger_"));
  assert.deepEqual(failed, []);
}

/** So many callers disconnect once AliKassa is asked, fifty at a time. Ends when each is logged. */
async function disconnect(first: number, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, place) => `disconnecting-${first + place}`);
  const queue = names.values();
  const lines = isolate.lines.where(isOfPayout).length;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const name of queue) {
        sandbox.script(name, [{ delayMs: DELAY_MS }]);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.set(name, resolve);
        await isolate.client.askAndDisconnect({ path: `/v1/payout/status?order_id=${name}` }, promise);
        waiting.delete(name);
      }
    }),
  );
  await until(`${count} requests are logged`, () => isolate.lines.where(isOfPayout).length >= lines + count);
}

const isOfPayout = (line: LogLine): boolean => line["route"] === "/v1/payout/status";

function assertFlat(before: Memory, after: Memory): void {
  for (const part of Object.keys(before) as (keyof Memory)[]) {
    const growth = after[part] - before[part];
    assert.ok(growth <= GROWTH, `${part}: ${growth} bytes more, after ${before[part]}`);
  }
}

describe("under load", () => {
  test(`${MANY} answers are right, and the memory does not grow`, async () => {
    // Fill the caches first.
    await load(0, MANY / 8);
    const before = await isolate.measure();
    const requests = await load(MANY, MANY);
    const after = await isolate.measure();

    const faulty = requests.filter(({ answer }) => answer.outcome !== "payout");
    // The first and the last ten may be incomplete.
    assert.ok(Math.abs(faulty.length - requests.length / ONE_IN) < 2, `${faulty.length} of ${requests.length}`);
    assert.deepEqual(new Set(faulty.map(({ answer }) => answer.outcome)), new Set(FAULTS));
    assertFlat(before, after);
  });

  test(`${DISCONNECTING} callers that disconnect leave no memory behind`, async () => {
    await disconnect(0, DISCONNECTING / 6);
    const before = await isolate.measure();
    await disconnect(DISCONNECTING, DISCONNECTING);
    assertFlat(before, await isolate.measure());
  });
});
