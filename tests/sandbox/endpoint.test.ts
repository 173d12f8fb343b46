/** Notifications of payouts that become final. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { RecordedNotification } from "../../dist/sandbox/index.js";
import { startNotificationEndpoint } from "../fixtures/notification-endpoint.ts";
import { inStatuses, openSandbox } from "./client.ts";

const endpoint = await startNotificationEndpoint();
const reported: RecordedNotification[] = [];
const { sandbox, client } = await openSandbox({
  notify: { to: endpoint.url, pauseMs: 20 },
  onNotification: (notification) => reported.push(notification),
});
afterEach(() => {
  reported.length = 0;
});

/** Sends so many status requests, and waits for the notifications that follow. */
async function askTimes(order_id: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await client.ask({ order_id });
  await sandbox.notificationsSettled();
}

const received = () =>
  endpoint.received.map(({ parameters }) => [parameters["order_id"], parameters["payment_status"]]);
const attempts = () => sandbox.notifications.map(({ attempt, status }) => `${attempt}: ${status}`);

describe("the endpoint", () => {
  test("is notified once, when a payout becomes final", async () => {
    await askTimes("wait-2-once", 1);
    assert.deepEqual(received(), []);
    await askTimes("wait-2-once", 1);
    assert.deepEqual(received(), [["wait-2-once", "paid"]]);
    await askTimes("wait-2-once", 3);
    assert.deepEqual(attempts(), ["1: 200"]);
    assert.deepEqual(reported, sandbox.notifications);
  });

  test("is notified after the last answer with wait", async () => {
    await client.ask({ order_id: "wait-1-order" });
    const answered = performance.now();
    await sandbox.notificationsSettled();
    const [{ time } = assert.fail()] = endpoint.received;
    // The notification may arrive while the answer is read.
    assert.ok(time > answered - 50, `${answered - time} ms before`);
  });

  test("is notified of final statuses only", async () => {
    const final = ["paid", "cancel", "fail"].map((status) => [`wait-1-${status}-only`, status] as const);
    for (const [order_id] of final) await askTimes(order_id, 2);
    sandbox.addPayout(inStatuses("78", "on", "wait", "new-one"));
    await askTimes("on", 4);
    sandbox.script("wait-9", [{ body: inStatuses("9", "wait-9", "paid")[0] ?? "" }, "message"]);
    await askTimes("wait-9", 2);
    assert.deepEqual(received(), final);
  });

  test("is notified if a final payout replaces one that is not final", async () => {
    const texts = inStatuses("79", "new-79", "wait", "wait", "cancel", "paid");
    for (const json of [...texts, ...inStatuses("80", "new-80", "paid")]) sandbox.addPayout(json);
    await sandbox.notificationsSettled();
    assert.deepEqual(received(), [["new-79", "cancel"]]);
  });

  test("is notified again with growing pauses until it answers 200", async () => {
    endpoint.answers = [500, 302, 204];
    await askTimes("wait-1-again", 1);
    assert.deepEqual(attempts(), ["1: 500", "2: 302", "3: 204", "4: 200"]);
    assert.equal(new Set(endpoint.received.map(({ path }) => path)).size, 1);
    const times = endpoint.received.map(({ time }) => time);
    for (const [place, pause] of [20, 40, 80].entries()) {
      const taken = (times[place + 1] ?? 0) - (times[place] ?? 0);
      // A timer may end a millisecond early, on a clock with finer steps.
      assert.ok(taken >= pause - 2, `${taken} ms before attempt ${place + 2}`);
    }
  });

  test("is notified five times at most", async () => {
    endpoint.answers = Array(9).fill(503);
    await askTimes("wait-1-refused", 1);
    assert.deepEqual(attempts(), ["1: 503", "2: 503", "3: 503", "4: 503", "5: 503"]);
  });

  test("may be changed or removed", async () => {
    sandbox.setEndpoint({ to: endpoint.url, as: "json", attempts: 1, digest: "sha256", status: "fail" });
    endpoint.answers = [500];
    await askTimes("wait-1-other", 1);
    sandbox.setEndpoint(undefined);
    await askTimes("wait-1-unannounced", 2);
    assert.deepEqual(attempts(), ["1: 500"]);
    assert.deepEqual(received(), [["wait-1-other", "fail"]]);
    assert.equal(endpoint.received[0]?.method, "POST");
    assert.throws(() => sandbox.setEndpoint({ to: "no URL" }), TypeError);
    sandbox.setEndpoint({ to: endpoint.url, pauseMs: 20 });
  });

  test("gets no notification of a payout without an integer id, and the request answers 500", async () => {
    sandbox.addPayout(inStatuses("x", "odd", "wait", "paid"));
    const { status, text } = await client.ask({ order_id: "odd" });
    assert.equal(status, 500);
    assert.match(text, /Sandbox: TypeError: a notification's id/);
  });
});

test("close() aborts notifications, and reset() removes their records", async () => {
  const { sandbox: own, client } = await openSandbox({ notify: { to: endpoint.url } });
  endpoint.answers = [500];
  await client.ask({ order_id: "wait-1-pausing" });
  while (own.notifications.length === 0) await sleep(5);
  endpoint.answers = [null];
  await client.ask({ order_id: "wait-1-silent" });
  while (endpoint.received.length < 2) await sleep(5);
  const start = performance.now();
  await own.close();
  assert.ok(performance.now() - start < 900, "it waited");
  const records = own.notifications.map(({ order_id, status }) => `${order_id}: ${status}`);
  assert.deepEqual(records, ["wait-1-pausing: 500", "wait-1-silent: null"]);
  own.reset();
  assert.deepEqual(own.notifications, []);
});
