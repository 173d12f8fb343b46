/** A queue between AliKassa and the merchant: each notification is delivered at least once. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { type Answer, assertProblem, jsonOf, type Problem } from "./client.ts";
import { fake } from "./fakes.ts";
import { type Bindings, notificationQueue, requestsFor, secrets, setUp, until } from "./harness.ts";
import type { LogLine } from "./log-lines.ts";
import { messageOf, newPayout, notificationKey, notificationPath, notify, payoutOf } from "./notifications.ts";
import { newSecret, type Plan, WebhookReceiver } from "./webhook-receiver.ts";

const FORWARD_SECRET = newSecret();
/** A clock may run this much behind a timer. */
const SLACK_MS = 20;

const receiver = await WebhookReceiver.start(FORWARD_SECRET);
/** An endpoint that is closed for a while. */
const down = await WebhookReceiver.start(FORWARD_SECRET);
const own: Bindings = {
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  FORWARD_URL: receiver.url,
  FORWARD_SECRET,
};
const noEndpoint: Bindings = { FORWARD_URL: undefined, FORWARD_SECRET: undefined };
const dead = { maxRetries: 0, deadLetterQueue: "dead" };
const { sandbox, workers, clients } = await setUp(
  {
    sound: { ...own, NOTIFICATIONS: notificationQueue("sound") },
    down: { ...own, NOTIFICATIONS: notificationQueue("down"), FORWARD_URL: down.url },
    // These two fail, and their messages go to the dead-letter queue, whose consumer is `rescue`.
    few: { ...own, NOTIFICATIONS: notificationQueue("few", dead), FORWARD_URL: "http://127.0.0.1:9/" },
    nowhere: { ...own, NOTIFICATIONS: notificationQueue("nowhere", dead), ...noEndpoint },
    rescue: { ...own, NOTIFICATIONS: notificationQueue("dead") },
    failing: { ...own, NOTIFICATIONS: fake("FailingQueue") },
    hanging: { ...own, NOTIFICATIONS: fake("HangingQueue") },
    // Less time than the queue has to accept a message.
    hasty: { ...own, NOTIFICATIONS: fake("HangingQueue"), ALIKASSA_TIMEOUT_MS: "2500" },
    unread: { ...own, NOTIFICATIONS: notificationQueue("unread"), ALIKASSA_TIMEOUT_MS: "300" },
    slow: { ...own, NOTIFICATIONS: notificationQueue("slow"), ALIKASSA_TIMEOUT_MS: "8000" },
    crowded: { ...own, NOTIFICATIONS: notificationQueue("crowded", { maxBatchSize: 30, maxBatchTimeout: 5 }) },
    lonely: { ...own, NOTIFICATIONS: notificationQueue("lonely"), ...noEndpoint },
    text: { ...own, NOTIFICATIONS: "sound" },
  },
  { notificationArchive: notificationKey },
);
const client = clients.sound;

/** The lines about the messages of one payout. */
const messagesOf = (id: string) => workers.lines((line) => line["event"] === "message" && line["payout_id"] === id);

/** Waits until a message of one payout is delivered, and returns the lines about all of them. */
async function delivered(id: string): Promise<readonly LogLine[]> {
  await until(`${id} is delivered`, async () => (await messagesOf(id)).at(-1)?.["outcome"] === "ok");
  return messagesOf(id);
}

function assertEnqueued(answer: Answer): void {
  assert.equal(answer.status, 200, answer.text);
  const { agrees, payout } = jsonOf(answer) as { agrees: boolean; payout: Record<string, unknown> };
  assert.deepEqual([agrees, payout["is_final"]], [true, true]);
}

describe("a queue", { concurrency: true }, () => {
  test("gets a notification, AliKassa a 200, and the merchant the payout", async () => {
    const payout = newPayout(sandbox);
    const { id } = payout;
    const answer = await notify(sandbox, client, id);
    assertEnqueued(answer);
    const [delivery, ...more] = await receiver.accepted(id);
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
    // One for the answer to AliKassa, one for the merchant.
    assert.equal(requestsFor(sandbox, id).length, 2);
  });

  test("retries until an endpoint that is down is up again, with the status at that time", async () => {
    const payouts = Array.from({ length: 12 }, () => newPayout(sandbox));
    const changed = newPayout(sandbox, "wait");
    const ids = [...payouts.map(({ id }) => id), changed.id];
    const failed = (id: string, fields: LogLine) =>
      until(`a delivery of ${id} fails`, async () => {
        const isOne = (line: LogLine) => Object.entries(fields).every(([name, value]) => line[name] === value);
        return (await messagesOf(id)).some(isOne);
      });
    // It refuses connections, then answers 503, then accepts.
    await down.close();
    const answers = await Promise.all(ids.map((id) => notify(sandbox, clients.down, id, { status: "paid" })));
    for (const { status, text } of answers) assert.equal(status, 200, text);
    for (const id of ids) await failed(id, { outcome: "forward_failed", forwarded: "none" });
    down.defaultPlan = 503;
    await down.reopen();
    for (const id of ids) await failed(id, { outcome: "forward_failed", forward_status: 503, forwarded: "none" });
    assert.equal(down.deliveriesOf(changed.id)[0]?.id, `payout_${changed.id}_wait`);
    sandbox.addPayout(`{"id":${changed.id},"payment_status":"paid"}`, { id: changed.id });
    down.defaultPlan = 204;
    for (const id of ids) {
      const accepted = await down.accepted(id);
      assert.equal(accepted.length, 1, `${id} was accepted more than once`);
      assert.deepEqual([accepted[0]?.id, accepted[0]?.event.type], [`payout_${id}_paid`, "payout.paid"]);
      const lines = await delivered(id);
      const attempts = lines.map((line) => line["message_attempt"]);
      assert.deepEqual(
        attempts,
        Array.from(lines, (_, index) => index + 1),
      );
      for (const line of lines.slice(0, -1)) assert.equal(line["outcome"], "forward_failed");
    }
    assert.deepEqual(down.rejected, []);
  });

  /** The times between the deliveries of a payout, in milliseconds. */
  async function pausesOf(id: string, plans: readonly Plan[]): Promise<readonly number[]> {
    receiver.planFor(id, ...plans);
    assertEnqueued(await notify(sandbox, client, id));
    await receiver.accepted(id);
    const times = receiver.deliveriesOf(id).map(({ time }) => time);
    return times.slice(1).map((time, index) => time - (times[index] ?? Number.NaN));
  }

  test("retries after a second, and then after up to twice as long", async () => {
    const [first = Number.NaN, second = Number.NaN] = await pausesOf(newPayout(sandbox).id, [500, "cut"]);
    assert.ok(first >= 1000 - SLACK_MS && first < 5000, `${first} ms`);
    assert.ok(second >= 1000 - SLACK_MS && second < 6000, `${second} ms`);
  });

  test("respects Retry-After", async () => {
    const plan = { status: 429, headers: { "Retry-After": "3" } };
    const [pause = Number.NaN] = await pausesOf(newPayout(sandbox).id, [plan]);
    assert.ok(pause >= 3000 - SLACK_MS, `${pause} ms`);
  });

  test("retries a payout that can't be read, and AliKassa gets its 200", async () => {
    const { id } = newPayout(sandbox);
    // One for the answer, one for the first delivery of the message.
    sandbox.script(id, [{ status: 500 }, { status: 500 }]);
    const answer = await notify(sandbox, client, id);
    assert.equal(answer.status, 200, answer.text);
    const { notification, problem, ...more } = jsonOf(answer) as Record<"notification" | "problem", Problem>;
    assert.deepEqual([notification["id"], notification["payment_status"], more], [id, "paid", {}]);
    const { code, payout_state, upstream_status, retryable } = problem;
    assert.deepEqual([code, payout_state, upstream_status, retryable], ["upstream_status", "unknown", 500, true]);
    assert.equal(JSON.stringify(problem).includes("payment_status"), false);
    await receiver.accepted(id);
    const lines = await delivered(id);
    assert.deepEqual(
      lines.map((line) => [line["outcome"], line["payout_state"], line["forwarded"]]),
      [
        ["upstream_status", "unknown", "none"],
        ["ok", undefined, "merchant"],
      ],
    );
  });

  test("retries a payout that is not read in time", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang", "hang"]);
    const { status, text } = await notify(sandbox, clients.unread, id);
    assert.equal(status, 200, text);
    assert.equal((JSON.parse(text) as { problem: Problem }).problem.code, "upstream_timeout");
    await receiver.accepted(id);
  });

  test("limits reading for AliKassa's answer to five seconds", async () => {
    const { id } = newPayout(sandbox);
    sandbox.script(id, ["hang", "hang"]);
    const { status, text } = await notify(sandbox, clients.slow, id);
    assert.equal(status, 200, text);
    const { code, detail } = (JSON.parse(text) as { problem: Problem }).problem;
    assert.deepEqual([code, detail], ["upstream_timeout", "AliKassa did not answer within 5000 ms"]);
    await receiver.accepted(id);
    // A message has all of ALIKASSA_TIMEOUT_MS.
    assert.equal((await delivered(id))[0]?.["outcome"], "upstream_timeout");
  });

  test("gives the endpoint its full time, whatever ALIKASSA_TIMEOUT_MS is", async () => {
    const { id } = newPayout(sandbox);
    receiver.planFor(id, { status: 200, delayMs: 1500 });
    assert.equal((await notify(sandbox, clients.unread, id)).status, 200);
    // On a busy machine, reading may take more than one attempt.
    const forwarded = (await delivered(id)).filter((line) => "forward_ms" in line);
    assert.deepEqual([forwarded.length, forwarded[0]?.["outcome"], receiver.deliveriesOf(id).length], [1, "ok", 1]);
  });

  test("retries messages beyond the limit of subrequests later", async () => {
    const ids = Array.from({ length: 30 }, () => newPayout(sandbox).id);
    const queue = await workers.queue("crowded");
    for (const id of ids) {
      await queue.send(messageOf(sandbox, id), { contentType: "json" });
    }
    const lines: LogLine[] = [];
    for (const id of ids) lines.push(...(await delivered(id)));
    const attempts = lines.map((line) => line["message_attempt"]);
    assert.deepEqual(attempts.sort(), [...Array(25).fill(1), ...Array(5).fill(2)]);
    for (const id of ids) assert.equal(receiver.deliveriesOf(id).length, 1);
    assert.equal((await workers.lines(({ event }) => event === "queue_batch_too_large")).length, 1);
  });

  test("moves messages to the dead-letter queue, which a Worker can consume", async () => {
    const { id } = newPayout(sandbox);
    assertEnqueued(await notify(sandbox, clients.few, id));
    const [delivery] = await receiver.accepted(id);
    assert.equal(delivery?.id, `payout_${id}_paid`);
    const lines = await delivered(id);
    assert.deepEqual(
      lines.map((line) => line["outcome"]),
      ["forward_failed", "ok"],
    );
  });

  test("keeps messages without a FORWARD_URL", async () => {
    const { id } = newPayout(sandbox);
    await (await workers.queue("nowhere")).send(messageOf(sandbox, id), { contentType: "json" });
    await receiver.accepted(id);
    const lines = await workers.lines((line) => line["event"] === "message" && line["outcome"] === "not_configured");
    assert.equal(lines.length, 1);
  });

  test("does not forward messages that do not verify", async () => {
    const { id } = newPayout(sandbox);
    const before = (await workers.lines((line) => line["outcome"] === "invalid_signature")).length;
    const queue = await workers.queue("few");
    for (const message of [messageOf(sandbox, id, { tamper: { amount: "1.00" } }), {}, [], "text", 1, null])
      await queue.send(message, { contentType: "json" });
    // Each by its consumer, and by the consumer of the dead-letter queue, which retries.
    const refused = () => workers.lines((line) => line["outcome"] === "invalid_signature");
    await until("all are refused", async () => (await refused()).length >= before + 12);
    assert.deepEqual(receiver.deliveriesOf(id), []);
    assert.equal(requestsFor(sandbox, id).length, 0);
    assert.ok(secrets.hasRecorded("the log", "to dead letter queue"));
  });

  test("gets no payment, and no notification that does not verify", async () => {
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, client, id, { type: "payment" })).status, 200);
    assertProblem(await notify(sandbox, client, id, { tamper: { amount: "1.00" } }), {
      status: 403,
      code: "invalid_signature",
    });
    await sleep(200);
    assert.deepEqual([receiver.deliveriesOf(id), await messagesOf(id)], [[], []]);
  });

  for (const name of ["failing", "hanging", "hasty"] as const) {
    test(`that fails is replaced by forwarding within the request (${name})`, async () => {
      const { id } = newPayout(sandbox);
      const path = notificationPath(sandbox, id);
      const { answer, line, incidents } = await workers.withLog((headers) =>
        clients[name].ask({ path, headers, token: null }),
      );
      assertEnqueued(answer);
      assert.equal((await receiver.accepted(id)).length, 1);
      assert.deepEqual([line["forwarded"], line["forward_status"]], ["merchant", 204]);
      assert.deepEqual(
        incidents.map(({ event }) => event),
        ["queue_send_failed"],
      );
    });
  }

  test("gets nothing without an endpoint", async () => {
    const { id } = newPayout(sandbox);
    assertEnqueued(await notify(sandbox, clients.lonely, id));
    await sleep(200);
    assert.deepEqual([await messagesOf(id), requestsFor(sandbox, id).length], [[], 1]);
  });

  test("that is no queue is 503, and named", async () => {
    const { id } = newPayout(sandbox);
    const expected = { status: 503, code: "not_configured", detail: /^NOTIFICATIONS must be/, retryable: false };
    assertProblem(await notify(sandbox, clients.text, id), expected);
    assertProblem(await clients.text.ask({ path: "/healthz", token: null }), expected);
  });
});
