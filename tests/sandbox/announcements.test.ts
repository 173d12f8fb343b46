/** Payouts that become final are told to the merchant, until it has heard. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { payoutJson, type RecordedNotification, startSandbox } from "../../dist/sandbox/index.js";
import { startEndpoint } from "./endpoint.ts";
import { ACCOUNT, archive, fileSandbox, Merchant } from "./merchant.ts";

const endpoint = await startEndpoint();
const heard: RecordedNotification[] = [];
const sandbox = await fileSandbox({
  notify: { to: endpoint.url, pauseMs: 20 },
  onNotification: (notification) => heard.push(notification),
});
const merchant = new Merchant(sandbox);
afterEach(async () => {
  await sandbox.notificationsEnded();
  endpoint.received.length = 0;
  endpoint.answers = [];
  heard.length = 0;
});

/** Asks so many times, and waits for all that is told thereupon. */
async function askTimes(order_id: string, count: number): Promise<void> {
  for (let i = 0; i < count; i++) await merchant.ask({ order_id });
  await sandbox.notificationsEnded();
}

const told = () => endpoint.received.map(({ parameters }) => [parameters["order_id"], parameters["payment_status"]]);
const attempts = () => sandbox.notifications.map(({ attempt, status }) => [attempt, status]);

describe("an endpoint that is told", () => {
  test("hears of a payout when it becomes final, and once", async () => {
    await askTimes("wait-2-told", 1);
    assert.deepEqual(told(), []);
    await askTimes("wait-2-told", 1);
    assert.deepEqual(told(), [["wait-2-told", "paid"]]);
    await askTimes("wait-2-told", 3);
    assert.deepEqual(attempts(), [[1, 200]]);
    assert.deepEqual(heard, sandbox.notifications);
  });

  test("hears after the answer that it was still waiting for", async () => {
    await merchant.ask({ order_id: "wait-1-order" });
    const answered = performance.now();
    await sandbox.notificationsEnded();
    const [{ time } = assert.fail()] = endpoint.received;
    // Both on this machine's one clock; what is told at once may overtake what is being read.
    assert.ok(time > answered - 50, `${answered - time} ms before`);
  });

  test("hears of every final status, and of no other", async () => {
    for (const status of ["paid", "cancel", "fail"]) await askTimes(`wait-1-${status}-told`, 2);
    const texts = ["wait", "new-one"].map((status) =>
      payoutJson({ id: "78", orderId: "on", statusJson: `"${status}"` }),
    );
    sandbox.addPayout(texts);
    await askTimes("on", 4);
    sandbox.script("wait-9", [{ body: payoutJson({ orderId: "wait-9" }) }, "message"]);
    await askTimes("wait-9", 2);
    assert.deepEqual(told(), [
      ["wait-1-paid-told", "paid"],
      ["wait-1-cancel-told", "cancel"],
      ["wait-1-fail-told", "fail"],
    ]);
  });

  test("hears of a payout that is replaced by a final one", async () => {
    const json = (status: string, id = "79") => payoutJson({ id, orderId: `new-${id}`, statusJson: `"${status}"` });
    sandbox.addPayout(json("wait"));
    sandbox.addPayout(json("wait"));
    sandbox.addPayout(json("cancel"));
    sandbox.addPayout(json("paid"));
    sandbox.addPayout(json("paid", "80"));
    await sandbox.notificationsEnded();
    assert.deepEqual(told(), [["new-79", "cancel"]]);
  });

  test("is told the same again, with growing pauses, until it answers with 200", async () => {
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

  test("that never answers with 200 is given up after five times", async () => {
    endpoint.answers = Array(9).fill(503);
    await askTimes("wait-1-never", 1);
    assert.deepEqual(
      sandbox.notifications.map(({ attempt }) => attempt),
      [1, 2, 3, 4, 5],
    );
  });

  test("may be another one, with other wishes, or nobody", async () => {
    sandbox.setEndpoint({ to: endpoint.url, as: "json", attempts: 1, digest: "sha256", status: "fail" });
    endpoint.answers = [500];
    await askTimes("wait-1-other", 1);
    sandbox.setEndpoint(undefined);
    await askTimes("wait-1-nobody", 2);
    assert.deepEqual(attempts(), [[1, 500]]);
    assert.deepEqual(told(), [["wait-1-other", "fail"]]);
    assert.equal(endpoint.received[0]?.method, "POST");
    assert.throws(() => sandbox.setEndpoint({ to: "no URL" }), TypeError);
    sandbox.setEndpoint({ to: endpoint.url, pauseMs: 20 });
  });

  test("of a payout that can't be told is a failure that is seen", async () => {
    const texts = ["wait", "paid"].map((status) => payoutJson({ id: "x", orderId: "odd", statusJson: `"${status}"` }));
    sandbox.addPayout(texts);
    const { status, text } = await merchant.ask({ order_id: "odd" });
    assert.equal(status, 500);
    assert.match(text, /Sandbox: TypeError: A notification's id/);
  });
});

test("closing gives up what is being told, and resetting forgets it", async () => {
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
    own.notifications.map(({ orderId, status }) => [orderId, status]),
    [
      ["wait-1-pausing", 500],
      ["wait-1-silent", null],
    ],
  );
  own.reset();
  assert.deepEqual(own.notifications, []);
});
