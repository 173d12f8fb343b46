/** Between AliKassa and the merchant is a queue: each notification arrives at least once, and none is dropped. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, type Edge, jsonOf, type Problem } from "./edge.ts";
import {
  newArchive,
  notificationQueue,
  openSandbox,
  requestsFor,
  secrets,
  soundBindings,
  startWorkers,
  type Workers,
} from "./harness.ts";
import type { Line } from "./lines.ts";
import { Merchant, type Plan } from "./merchant.ts";
import { newPayout, notificationKey, notify, payoutOf } from "./notify.ts";
import { standIn } from "./stand-ins.ts";

const SECRET = `whsec_${randomBytes(32).toString("base64")}`;
/** A clock may run this much behind a timer. */
const SLACK_MS = 20;

let sandbox: Sandbox;
let merchant: Merchant;
/** One who is not always there. */
let down: Merchant;
let workers: Workers<
  | "sound"
  | "down"
  | "few"
  | "nowhere"
  | "rescue"
  | "unread"
  | "slow"
  | "failing"
  | "hanging"
  | "hasty"
  | "crowded"
  | "lonely"
  | "text"
>;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  merchant = await Merchant.open(SECRET);
  down = await Merchant.open(SECRET);
  const bindings = (changes: Parameters<typeof soundBindings>[2]) =>
    soundBindings(archive, sandbox, {
      ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
      FORWARD_URL: merchant.url,
      FORWARD_SECRET: SECRET,
      ...changes,
    });
  const dead = { maxRetries: 0, deadLetterQueue: "dead" };
  workers = await startWorkers({
    sound: bindings({ NOTIFICATIONS: notificationQueue("sound") }),
    down: bindings({ NOTIFICATIONS: notificationQueue("down"), FORWARD_URL: down.url }),
    // Nobody is at this address, and the queue has no patience: what comes out of it goes to the dead-letter queue, …
    few: bindings({ NOTIFICATIONS: notificationQueue("few", dead), FORWARD_URL: "http://127.0.0.1:9/" }),
    // … as does what comes to a Worker that knows no address, …
    nowhere: bindings({
      NOTIFICATIONS: notificationQueue("nowhere", dead),
      FORWARD_URL: undefined,
      FORWARD_SECRET: undefined,
    }),
    // … and that is what this Worker is the consumer of.
    rescue: bindings({ NOTIFICATIONS: notificationQueue("dead") }),
    failing: bindings({ NOTIFICATIONS: standIn("FailingQueue") }),
    hanging: bindings({ NOTIFICATIONS: standIn("HangingQueue") }),
    // Less than the queue is given to take a notification.
    hasty: bindings({ NOTIFICATIONS: standIn("HangingQueue"), ALIKASSA_TIMEOUT_MS: "2500" }),
    unread: bindings({ NOTIFICATIONS: notificationQueue("unread"), ALIKASSA_TIMEOUT_MS: "300" }),
    slow: bindings({ NOTIFICATIONS: notificationQueue("slow"), ALIKASSA_TIMEOUT_MS: "8000" }),
    crowded: bindings({ NOTIFICATIONS: notificationQueue("crowded", { maxBatchSize: 30, maxBatchTimeout: 5 }) }),
    lonely: bindings({ NOTIFICATIONS: notificationQueue("lonely"), FORWARD_URL: undefined, FORWARD_SECRET: undefined }),
    text: bindings({ NOTIFICATIONS: "sound" }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await merchant.close();
  await down.close();
  await workers.stop();
});

/** The lines about the messages of one payout. */
const messagesOf = (id: string) => workers.lines((line) => line["event"] === "message" && line["payout_id"] === id);

/** Waits for something that must come to be. */
async function until(what: string, isSo: () => Promise<boolean>): Promise<void> {
  for (let patience = 1000; !(await isSo()); patience -= 1) {
    assert.ok(patience > 0, `it never came to be that ${what}`);
    await sleep(20);
  }
}

/** The lines about the messages of one payout, once the last of them tells of a delivery. */
async function delivered(id: string): Promise<readonly Line[]> {
  await until(`a line tells of a delivery of ${id}`, async () => (await messagesOf(id)).at(-1)?.["outcome"] === "ok");
  return messagesOf(id);
}

function assertHeld(answer: Answer): void {
  assert.equal(answer.status, 200, answer.text);
  const { agrees, payout } = jsonOf(answer) as { agrees: boolean; payout: Record<string, unknown> };
  assert.deepEqual([agrees, payout["is_final"]], [true, true]);
}

describe("a queue", { concurrency: true }, () => {
  test("AliKassa gets its 200 when the queue has the notification, and the merchant is told of the payout", async () => {
    const payout = newPayout(sandbox);
    const { id } = payout;
    const answer = await notify(sandbox, edge, id);
    assertHeld(answer);
    const [delivery, ...more] = await merchant.taken(id);
    const data = { ...(jsonOf(answer) as object), payout: payoutOf(payout) };
    assert.deepEqual([delivery?.event.data, delivery?.id, more], [data, `payout_${id}_paid`, []]);
    const [line, ...others] = await delivered(id);
    assert.deepEqual(others, []);
    const { total_ms, upstream_ms, sign_ms, forward_ms, ...rest } = line ?? {};
    for (const time of [total_ms, upstream_ms, sign_ms, forward_ms])
      assert.ok(Number.isSafeInteger(time), String(time));
    assert.deepEqual(rest, {
      event: "message",
      message_attempt: 1,
      outcome: "ok",
      upstream_status: 200,
      payout_id: id,
      notification: "payout",
      agrees: true,
      forward_status: 204,
      forwarded: "merchant",
      attempts: 1,
    });
    // For the answer to AliKassa, and for the merchant.
    assert.equal(requestsFor(sandbox, id).length, 2);
  });

  test("a merchant who is down for a while is told of each payout, and of the status that it has then", async () => {
    const payouts = Array.from({ length: 12 }, () => newPayout(sandbox));
    const changed = newPayout(sandbox, "wait");
    const ids = [...payouts.map(({ id }) => id), changed.id];
    const failed = (id: string, fields: Line) =>
      until(`a delivery of ${id} fails`, async () => {
        const isOne = (line: Line) => Object.entries(fields).every(([name, value]) => line[name] === value);
        return (await messagesOf(id)).some(isOne);
      });
    // At first nobody is there, then it is not ready, and then it is.
    await down.close();
    const answers = await Promise.all(ids.map((id) => notify(sandbox, workers.edges.down, id, { status: "paid" })));
    for (const { status, text } of answers) assert.equal(status, 200, text);
    for (const id of ids) await failed(id, { outcome: "forward_failed", forwarded: "none" });
    down.usual = 503;
    await down.reopen();
    for (const id of ids) await failed(id, { outcome: "forward_failed", forward_status: 503, forwarded: "none" });
    assert.equal(down.about(changed.id)[0]?.id, `payout_${changed.id}_wait`);
    sandbox.addPayout(`{"id":${changed.id},"payment_status":"paid"}`, { id: changed.id });
    down.usual = 204;
    for (const id of ids) {
      const taken = await down.taken(id);
      assert.equal(taken.length, 1, `${id} was taken more than once`);
      assert.deepEqual([taken[0]?.id, taken[0]?.event.type], [`payout_${id}_paid`, "payout.paid"]);
      const lines = await delivered(id);
      const attempts = lines.map((line) => line["message_attempt"]);
      assert.deepEqual(
        attempts,
        Array.from(lines, (_, index) => index + 1),
      );
      for (const line of lines.slice(0, -1)) assert.equal(line["outcome"], "forward_failed");
    }
    assert.deepEqual(down.refused, []);
  });

  /** How long after each other the attempts to tell of a payout came, in milliseconds. */
  async function pausesOf(id: string, plans: readonly Plan[]): Promise<readonly number[]> {
    merchant.planFor(id, ...plans);
    assertHeld(await notify(sandbox, edge, id));
    await merchant.taken(id);
    const times = merchant.about(id).map(({ time }) => time);
    return times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));
  }

  test("what fails comes again after a second, and then after up to twice as long", async () => {
    const [first = Number.NaN, second = Number.NaN] = await pausesOf(newPayout(sandbox).id, [500, "cut"]);
    assert.ok(first >= 1000 - SLACK_MS && first < 5000, `${first} ms`);
    assert.ok(second >= 1000 - SLACK_MS && second < 6000, `${second} ms`);
  });

  test("a merchant who says when to come again is not told before", async () => {
    const plan = { status: 429, headers: { "Retry-After": "3" } };
    const [pause = Number.NaN] = await pausesOf(newPayout(sandbox).id, [plan]);
    assert.ok(pause >= 3000 - SLACK_MS, `${pause} ms`);
  });

  test("a payout that can't be read now is read and told later, and AliKassa gets its 200", async () => {
    const { id } = newPayout(sandbox);
    // For the answer, and for the first attempt out of the queue.
    sandbox.script(id, [{ status: 500 }, { status: 500 }]);
    const answer = await notify(sandbox, edge, id);
    assert.equal(answer.status, 200, answer.text);
    const { notification, problem, ...more } = jsonOf(answer) as Record<"notification" | "problem", Problem>;
    assert.deepEqual([notification["id"], notification["payment_status"], more], [id, "paid", {}]);
    const { code, payout_state, upstream_status, retryable } = problem;
    assert.deepEqual([code, payout_state, upstream_status, retryable], ["upstream_status", "unknown", 500, true]);
    assert.equal(JSON.stringify(problem).includes("payment_status"), false);
    await merchant.taken(id);
    const lines = await delivered(id);
    assert.deepEqual(
      lines.map((line) => [line["outcome"], line["payout_state"], line["forwarded"]]),
      [
        ["upstream_status", "unknown", "none"],
        ["ok", undefined, "merchant"],
      ],
    );
  });

  test("a payout that is not read in time is told later too", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang", "hang"]);
    const { status, text } = await notify(sandbox, workers.edges.unread, id);
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { problem: Problem }).problem.code, "upstream_timeout");
    await merchant.taken(id);
  });

  test("AliKassa waits no longer than five seconds for the payout to be read, which the queue sees to", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang", "hang"]);
    const { status, text } = await notify(sandbox, workers.edges.slow, id);
    assert.equal(status, 200, text);
    const { code, detail } = (JSON.parse(text) as { problem: Problem }).problem;
    assert.deepEqual([code, detail], ["upstream_timeout", "AliKassa did not answer within 5000 ms"]);
    await merchant.taken(id);
    // Out of the queue there is all the time.
    assert.equal((await delivered(id))[0]?.["outcome"], "upstream_timeout");
  });

  test("a merchant has the same time out of the queue, however little there is for reading", async () => {
    const { id } = newPayout(sandbox);
    merchant.planFor(id, { status: 200, delayMs: 1500 });
    assert.equal((await notify(sandbox, workers.edges.unread, id)).status, 200);
    // On a busy machine it may take more than one message until the payout is read.
    const told = (await delivered(id)).filter((line) => "forward_ms" in line);
    assert.deepEqual([told.length, told[0]?.["outcome"], merchant.about(id).length], [1, "ok", 1]);
  });

  test("of more messages than there may be requests for, those beyond are put off", async () => {
    const ids = Array.from({ length: 30 }, () => newPayout(sandbox).id);
    const queue = await workers.queue("crowded");
    for (const id of ids) {
      const { searchParams } = sandbox.notificationUrl(id, { to: "http://localhost" });
      await queue.send(Object.fromEntries(searchParams), { contentType: "json" });
    }
    const lines: Line[] = [];
    for (const id of ids) lines.push(...(await delivered(id)));
    const attempts = lines.map((line) => line["message_attempt"]);
    assert.deepEqual(attempts.sort(), [...Array(25).fill(1), ...Array(5).fill(2)]);
    for (const id of ids) assert.equal(merchant.about(id).length, 1);
    assert.equal((await workers.lines(({ event }) => event === "queue_batch_too_large")).length, 1);
  });

  test("what the queue gives up is in the dead-letter queue, out of which it is told", async () => {
    const { id } = newPayout(sandbox);
    assertHeld(await notify(sandbox, workers.edges.few, id));
    const [delivery] = await merchant.taken(id);
    assert.equal(delivery?.id, `payout_${id}_paid`);
    const lines = await delivered(id);
    assert.deepEqual(
      lines.map((line) => line["outcome"]),
      ["forward_failed", "ok"],
    );
  });

  test("what has no address to go to is not dropped", async () => {
    const { id } = newPayout(sandbox);
    const { search } = sandbox.notificationUrl(id, { to: "http://localhost" });
    const queue = await workers.queue("nowhere");
    await queue.send(Object.fromEntries(new URLSearchParams(search)), { contentType: "json" });
    await merchant.taken(id);
    const lines = await workers.lines((line) => line["event"] === "message" && line["outcome"] === "not_configured");
    assert.equal(lines.length, 1);
  });

  test("what AliKassa did not sign is told to nobody", async () => {
    const { id } = newPayout(sandbox);
    const before = (await workers.lines((line) => line["outcome"] === "invalid_signature")).length;
    const { searchParams } = sandbox.notificationUrl(id, { to: "http://localhost", tamper: { amount: "1.00" } });
    const queue = await workers.queue("few");
    for (const message of [Object.fromEntries(searchParams), {}, [], "text", 1, null])
      await queue.send(message, { contentType: "json" });
    // Each by its own consumer, and by that of the dead-letter queue, which goes on trying.
    const refused = () => workers.lines((line) => line["outcome"] === "invalid_signature");
    await until("all have been refused", async () => (await refused()).length >= before + 12);
    assert.deepEqual(merchant.about(id), []);
    assert.equal(requestsFor(sandbox, id).length, 0);
    assert.ok(secrets.heard("the log", "to dead letter queue"));
  });

  test("what is not about a payout, or does not verify, is not put into it", async () => {
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, edge, id, { type: "payment" })).status, 200);
    assertProblem(await notify(sandbox, edge, id, { tamper: { amount: "1.00" } }), {
      status: 403,
      code: "invalid_signature",
    });
    await sleep(200);
    assert.deepEqual([merchant.about(id), await messagesOf(id)], [[], []]);
  });

  for (const name of ["failing", "hanging", "hasty"] as const) {
    test(`that does not take a notification is done without: the merchant is told within the request (${name})`, async () => {
      const { id } = newPayout(sandbox);
      const { pathname, search } = sandbox.notificationUrl(id, { to: new URL("/webhooks/alikassa", edge.url) });
      const { answer, line, incidents } = await workers.told((headers) =>
        workers.edges[name].ask({ path: pathname + search, headers, token: null }),
      );
      assertHeld(answer);
      assert.equal((await merchant.taken(id)).length, 1);
      assert.deepEqual([line["forwarded"], line["forward_status"]], ["merchant", 204]);
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["queue_send_failed"],
      );
    });
  }

  test("is left alone where there is nobody to tell", async () => {
    const { id } = newPayout(sandbox);
    assertHeld(await notify(sandbox, workers.edges.lonely, id));
    await sleep(200);
    assert.deepEqual([await messagesOf(id), requestsFor(sandbox, id).length], [[], 1]);
  });

  test("must be one", async () => {
    const { id } = newPayout(sandbox);
    const expected = { status: 503, code: "not_configured", detail: /^NOTIFICATIONS must be/, retryable: false };
    assertProblem(await notify(sandbox, workers.edges.text, id), expected);
    assertProblem(await workers.edges.text.ask({ path: "/healthz", token: null }), expected);
  });
});
