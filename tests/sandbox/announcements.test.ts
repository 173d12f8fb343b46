/** Payouts that become final are told to the merchant, until it has heard. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { payoutJson, type RecordedNotification, startSandbox } from "../../dist/sandbox/index.js";
import { startWebhookReceiver } from "../fixtures/webhook-receiver.ts";
import { ACCOUNT, archive, fileSandbox, Merchant } from "./merchant.ts";

const endpoint = await startWebhookReceiver();
const heard: RecordedNotification[] = [];
const sandbox = await fileSandbox({
  notify: { to: endpoint.url, pauseMs: 20 },
  onNotification: (notification) => heard.push(notification),
});
const merchant = new Merchant(sandbox);
afterEach(async () => {
  await sandbox.notificationsSettled();
  endpoint.received.length = 0;
  endpoint.answers = [];
  heard.length = 0;
});

/** Asks so many times, and waits for all that is told thereupon. */
async function askTimes(order_id: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await merchant.ask({ order_id });
  await sandbox.notificationsSettled();
}

const told = () => endpoint.received.map(({ parameters }) => [parameters["order_id"], parameters["payment_status"]]);
const attempts = () => sandbox.notifications.map(({ attempt, status }) => [attempt, status]);

describe("the endpoint", () => {
  test("is notified once, when a payout becomes final", async () => {
    await askTimes("wait-2-told", 1);
    assert.deepEqual(told(), []);
    await askTimes("wait-2-told", 1);
    assert.deepEqual(told(), [["wait-2-told", "paid"]]);
    await askTimes("wait-2-told", 3);
    assert.deepEqual(attempts(), [[1, 200]]);
    assert.deepEqual(heard, sandbox.notifications);
  });

  test("is notified after the answer that is still «wait»", async () => {
    await merchant.ask({ order_id: "wait-1-order" });
    const answered = performance.now();
    await sandbox.notificationsSettled();
    const [{ time } = assert.fail()] = endpoint.received;
    // Both on this machine's one clock; what is told at once may overtake what is being read.
    assert.ok(time > answered - 50, `${answered - time} ms before`);
  });

  test("is notified of final statuses only", async () => {
    for (const status of ["paid", "cancel", "fail"]) await askTimes(`wait-1-${status}-told`, 2);
    const texts = ["wait", "new-one"].map((status) =>
      payoutJson({ id: "78", order_id: "on", statusJson: `"${status}"` }),
    );
    sandbox.addPayout(texts);
    await askTimes("on", 4);
    sandbox.script("wait-9", [{ body: payoutJson({ order_id: "wait-9" }) }, "message"]);
    await askTimes("wait-9", 2);
    assert.deepEqual(told(), [
      ["wait-1-paid-told", "paid"],
      ["wait-1-cancel-told", "cancel"],
      ["wait-1-fail-told", "fail"],
    ]);
  });

  test("is notified if a payout is replaced by a final one", async () => {
    const json = (status: string, id = "79") => payoutJson({ id, order_id: `new-${id}`, statusJson: `"${status}"` });
    sandbox.addPayout(json("wait"));
    sandbox.addPayout(json("wait"));
    sandbox.addPayout(json("cancel"));
    sandbox.addPayout(json("paid"));
    sandbox.addPayout(json("paid", "80"));
    await sandbox.notificationsSettled();
    assert.deepEqual(told(), [["new-79", "cancel"]]);
  });

  test("is notified again with growing pauses until it answers 200", async () => {
    endpoint.answers = [500, 302, 204];
    await askTimes("wait-1-again", 1);
    assert.deepEqual(attempts(), [
      [1, 500],
      [2, 302],
      [3, 204],
      [4, 200],
    ]);
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
    await askTimes("wait-1-never", 1);
    assert.deepEqual(
      sandbox.notifications.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5],
    );
  });

  test("may be changed or removed", async () => {
    sandbox.setEndpoint({ to: endpoint.url, as: "json", attempts: 1, digest: "sha256", status: "fail" });
    endpoint.answers = [500];
    await askTimes("wait-1-other", 1);
    sandbox.setEndpoint(undefined);
    await askTimes("wait-1-unannounced", 2);
    assert.deepEqual(attempts(), [[1, 500]]);
    assert.deepEqual(told(), [["wait-1-other", "fail"]]);
    assert.equal(endpoint.received[0]?.method, "POST");
    assert.throws(() => sandbox.setEndpoint({ to: "no URL" }), TypeError);
    sandbox.setEndpoint({ to: endpoint.url, pauseMs: 20 });
  });

  test("fails visibly for a payout that can't be in a notification", async () => {
    const texts = ["wait", "paid"].map((status) => payoutJson({ id: "x", order_id: "odd", statusJson: `"${status}"` }));
    sandbox.addPayout(texts);
    const { status, text } = await merchant.ask({ order_id: "odd" });
    assert.equal(status, 500);
    assert.match(text, /Sandbox: TypeError: a notification's id/);
  });
});

test("close() aborts notifications, and reset() removes their records", async () => {
  const own = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, notify: { to: endpoint.url } });
  endpoint.answers = [500];
  await new Merchant(own).ask({ order_id: "wait-1-pausing" });
  while (own.notifications.length === 0) await sleep(5);
  endpoint.answers = [null];
  await new Merchant(own).ask({ order_id: "wait-1-silent" });
  while (endpoint.received.length < 2) await sleep(5);
  const begin = performance.now();
  await own.close();
  assert.ok(performance.now() - begin < 900, "it waited");
  assert.deepEqual(
    own.notifications.map(({ order_id, status }) => [order_id, status]),
    [
      ["wait-1-pausing", 500],
      ["wait-1-silent", null],
    ],
  );
  own.reset();
  assert.deepEqual(own.notifications, []);
});
