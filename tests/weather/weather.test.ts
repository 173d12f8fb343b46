/**
 * Hard weather: thousands of questions, fifty at a time, in the names of two accounts, while a tenth of AliKassa's answers is
 * faulty. What AliKassa did is known from the sandbox's own records, and each answer must be right for exactly that. And hundreds
 * who do not wait for theirs.
 */
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import {
  type FaultName,
  payoutJson,
  type RecordedRequest,
  type Sandbox,
  startSandbox,
  WEATHER,
} from "../../dist/sandbox/index.js";
import { type Answer, assertNoPaymentStatus, jsonOf } from "../worker/edge.ts";
import { ACCOUNT, newArchive, SECOND_ACCOUNT, soundBindings, TOKEN } from "../worker/harness.ts";
import type { Line } from "../worker/lines.ts";
import { type Isolate, type Memory, startIsolate } from "./isolate.ts";

const MANY = 2000;
const AT_ONCE = 50;
/** One of so many of AliKassa's answers is faulty. */
const ONE_IN = 10;
/** Every fault but the one that is waited for longer than there is time; the one that takes all the time comes last. */
const FAULTS: readonly FaultName[] = [
  ...WEATHER.filter((fault) => fault !== "retry-date" && fault !== "hang"),
  "drip",
  "hang",
];
/** Long beside an answer of some ten milliseconds, and short enough for a test to wait for. */
const TIMEOUT_MS = 5000;
/** So many go away before they are answered, and so long AliKassa takes then. */
const IMPATIENT = 600;
const DELAY_MS = 50;
/** What an isolate may hold more after the storm than before: four pages of the module, 131 bytes for each question. */
const GROWTH = 4 * 65_536;

const TOKENS = [TOKEN, `token-${randomUUID()}`, `token-${randomUUID()}`];
const ACCOUNTS = [ACCOUNT, SECOND_ACCOUNT];
const STATUSES = ["wait", "paid", "cancel", "fail", "new-one"];
const FINAL = ["paid", "cancel", "fail"];

/** What AliKassa may do that makes it worth to ask again, and what the answer is after the last time. */
const AGAIN: Readonly<Record<string, string>> = {
  ...Object.fromEntries(["cut", "reset", "cut-body", "cut-chunked"].map((name) => [name, "upstream_unreachable"])),
  ...Object.fromEntries(["429", "502", "503", "504"].map((name) => [name, "upstream_status"])),
};
/** What is not asked again; whatever is not named here is an answer with 200 that is no payout. */
const ONCE: Readonly<Record<string, string>> = {
  hang: "upstream_timeout",
  ...Object.fromEntries(["500", "message", "redirect"].map((name) => [name, "upstream_status"])),
};
const ATTEMPTS = 3;

/** Who waits for AliKassa to be asked for a payout, by the value that names it. */
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
  };
  isolate = await startIsolate(soundBindings(archive, sandbox, changes));
});

after(async () => {
  await sandbox.close();
  await isolate.stop();
});

/** One who asks for a payout that nobody else asks for. */
interface Caller {
  readonly account: string;
  readonly token: string;
  readonly query: { readonly id: string } | { readonly order_id: string };
  /** The value that names the payout. */
  readonly name: string;
  /** The answer, if AliKassa answers. */
  readonly payout: string;
  /** The status of the answer to one who may not ask. */
  readonly refused: number | undefined;
}

function callerOf(number: number): Caller {
  const id = String(500_000_000 + number);
  const orderId = `weather-${number}`;
  const status = STATUSES[number % STATUSES.length] ?? "";
  const sent = payoutJson({ id, orderId, statusJson: JSON.stringify(status) });
  sandbox.addPayout(sent);
  const byId = number % 4 === 0;
  const stranger = number % 50 === 7;
  const misled = number % 50 === 8;
  return {
    account: misled ? "no account of ours" : (ACCOUNTS[number % 2] ?? ""),
    token: stranger ? "no token of ours" : (TOKENS[number % 3] ?? ""),
    query: byId ? { id } : { order_id: orderId },
    name: byId ? id : orderId,
    payout: sent.replace(`"id":${id}`, `"id":"${id}"`).replace(/\}$/, `,"is_final":${FINAL.includes(status)}}`),
    refused: stranger ? 401 : misled ? 403 : undefined,
  };
}

/** Lets them ask, fifty at a time. */
async function askAll(callers: readonly Caller[]): Promise<ReadonlyMap<Caller, Answer>> {
  const answers = new Map<Caller, Answer>();
  const queue = callers.values();
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const caller of queue) {
        const { query, token, account } = caller;
        answers.set(caller, await isolate.edge.post(query, { token, headers: { Account: account } }));
      }
    }),
  );
  return answers;
}

/** The value that names the payout in a request. */
const nameIn = ({ key }: RecordedRequest): string => String(Object.values(key ?? {})[0]);

/** What reached AliKassa, by the value that names the payout. */
function requestsByName(): ReadonlyMap<string, readonly RecordedRequest[]> {
  return Map.groupBy(sandbox.requests, nameIn);
}

/** Fails unless this is the right answer for what AliKassa did. */
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
  assert.ok(before.every((outcome) => outcome in AGAIN) && outcomes.length <= ATTEMPTS, about);
  if (last === "payout" || last === "drip") {
    assert.deepEqual([answer.status, answer.text], [200, caller.payout], about);
    return;
  }
  if (last in AGAIN) assert.equal(outcomes.length, ATTEMPTS, about);
  assertNoPaymentStatus(answer);
  const code = AGAIN[last] ?? ONCE[last] ?? "upstream_invalid";
  const problem = jsonOf(answer) as Record<string, unknown>;
  assert.deepEqual([problem["code"], problem["payout_state"]], [code, "unknown"], about);
  assert.equal(answer.status, code === "upstream_timeout" ? 504 : 502, about);
  const said = requests.map(({ answer }) => answer.status);
  if (code === "upstream_status" || code === "upstream_invalid")
    assert.equal(problem["upstream_status"], said.at(-1), about);
}

/** So many questions, each of which must be answered rightly; returns what AliKassa did. */
async function storm(first: number, count: number): Promise<readonly RecordedRequest[]> {
  sandbox.reset();
  const callers = Array.from({ length: count }, (_, place) => callerOf(first + place));
  const answers = await askAll(callers);
  const byName = requestsByName();
  assert.equal(answers.size, count);
  for (const [caller, answer] of answers) assertRight(caller, answer, byName.get(caller.name) ?? []);
  // Nothing was asked for in nobody's name.
  const names = new Set(callers.map(({ name }) => name));
  assert.ok([...byName.keys()].every((name) => names.has(name)));
  return [...sandbox.requests];
}

/** So many ask, fifty at a time, and are gone when AliKassa has been asked. Ends when there is a line in the log for each. */
async function goAway(first: number, count: number): Promise<void> {
  const names = Array.from({ length: count }, (_, place) => `impatient-${first + place}`);
  const queue = names.values();
  const lines = isolate.lines.where(isOfPayout).length;
  await Promise.all(
    Array.from({ length: AT_ONCE }, async () => {
      for (const name of queue) {
        sandbox.script(name, [{ delayMs: DELAY_MS }]);
        const { promise, resolve } = Promise.withResolvers<void>();
        waiting.set(name, resolve);
        await isolate.edge.askAndGo({ path: `/v1/payout/status?order_id=${name}` }, promise);
        waiting.delete(name);
      }
    }),
  );
  for (let patience = 200; isolate.lines.where(isOfPayout).length < lines + count; patience -= 1) {
    assert.ok(patience > 0, `${isolate.lines.where(isOfPayout).length - lines} lines tell of ${count} requests`);
    await sleep(25);
  }
}

const isOfPayout = (line: Line): boolean => line["route"] === "/v1/payout/status";

function assertFlat(before: Memory, after: Memory): void {
  for (const part of Object.keys(before) as (keyof Memory)[]) {
    const growth = after[part] - before[part];
    assert.ok(growth <= GROWTH, `${part}: ${growth} bytes more, after ${before[part]}`);
  }
}

describe("in hard weather", () => {
  test(`each of ${MANY} answers is right for what AliKassa did, and the isolate's memory stays flat`, async () => {
    // Until whatever is kept for good is kept.
    await storm(0, MANY / 8);
    const calm = await isolate.measure();
    const requests = await storm(MANY, MANY);
    const grown = await isolate.measure();

    const faulty = requests.filter(({ answer }) => answer.outcome !== "payout");
    // One in each ten, the first and the last ten of which the storm has in part.
    assert.ok(Math.abs(faulty.length - requests.length / ONE_IN) < 2, `${faulty.length} of ${requests.length}`);
    assert.deepEqual(new Set(faulty.map(({ answer }) => answer.outcome)), new Set(FAULTS));
    assertFlat(calm, grown);
  });

  test(`of ${IMPATIENT} callers who went away before their answer nothing is left but their lines`, async () => {
    await goAway(0, IMPATIENT / 6);
    const before = await isolate.measure();
    await goAway(IMPATIENT, IMPATIENT);
    assertFlat(before, await isolate.measure());
  });
});
