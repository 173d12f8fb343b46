/** Payouts whose status changes, with each request or after a time. */
import assert from "node:assert/strict";
import { afterEach, beforeEach, describe, mock, test } from "node:test";
import { startNotificationEndpoint } from "../fixtures/notification-endpoint.ts";
import { assertInvalid, inStatuses, openSandbox, statusIn } from "./client.ts";

const endpoint = await startNotificationEndpoint();
const { sandbox, client } = await openSandbox({ notify: { to: endpoint.url } });

describe("a payout that changes with each request", () => {
  const cases = [
    ["wait-3", ["wait", "wait", "wait", "paid", "paid"]],
    ["wait-1-of-mine", ["wait", "paid"]],
    ...["paid", "cancel", "fail"].flatMap((status) => [
      [`wait-1-${status}`, ["wait", status]] as const,
      [`wait-1-${status}-mine`, ["wait", status]] as const,
    ]),
  ] as const;
  for (const [order_id, expected] of cases) {
    test(`is ${expected.join(", ")} as ${order_id}`, async () => {
      assert.deepEqual(await client.statuses({ order_id }, expected.length), expected);
    });
  }

  test("has an id, under which it is the same payout", async () => {
    const [one, other] = await Promise.all(["wait-2-one", "wait-2-other"].map((order_id) => client.ask({ order_id })));
    const { id, order_id } = JSON.parse(one?.text ?? "") as { id: number; order_id: string };
    assert.equal(order_id, "wait-2-one");
    assert.notEqual((JSON.parse(other?.text ?? "") as { id: number }).id, id);
    assert.deepEqual(await client.statuses({ id: String(id) }, 2), ["wait", "paid"]);
    assert.deepEqual(await client.statuses({ order_id: "wait-2-one" }), ["paid"]);
    assert.deepEqual(await client.statuses({ order_id: "wait-2-other" }, 2), ["wait", "paid"]);
  });

  test("does not exist under a similar name", async () => {
    const names = [
      "wait-0",
      "wait-",
      "wait-x",
      "wait-1000",
      "wait-1x",
      "wait",
      "await-1",
      "wait-0s",
      "wait-1m",
      "wait-s",
    ];
    for (const order_id of names) assertInvalid(await client.ask({ order_id }), "order_id", /selected/);
    assertInvalid(await client.ask({ id: "wait-1" }), "id", /selected/);
  });

  test("has the texts that were added, by id and by order_id", async () => {
    const texts = inStatuses("77", "mine", "wait", "new-one", "cancel");
    sandbox.addPayout(texts);
    assert.deepEqual(await client.statuses({ id: "77" }), ["wait"]);
    assert.deepEqual(await client.statuses({ order_id: "mine" }, 3), ["new-one", "cancel", "cancel"]);
    assert.deepEqual(
      sandbox.requests.map(({ payout }) => payout),
      [...texts, texts[2]],
    );
  });

  test("does not change by an invalid, faulty or scripted request", async () => {
    const order_id = "wait-1-unchanged";
    sandbox.script(order_id, ["500", { status: 200 }]);
    assert.equal((await client.ask({ order_id }, { headers: { sign: "AAAA" } })).status, 400);
    assert.equal((await client.ask({ order_id })).status, 500);
    assert.deepEqual(await client.statuses({ order_id }, 3), ["wait", "wait", "paid"]);
    assert.deepEqual(
      sandbox.requests.map(({ payout }) => payout !== undefined),
      [false, false, false, true, true],
    );
  });

  test("answers each of many simultaneous requests once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => client.ask({ order_id: "wait-5-many" })));
    assert.deepEqual(answers.map(statusIn).sort(), ["paid", "paid", "paid", "wait", "wait", "wait", "wait", "wait"]);
  });
});

describe("a payout that changes after a time", () => {
  // In the process of the sandbox.
  beforeEach(() => mock.timers.enable({ apis: ["setTimeout"] }));
  afterEach(() => mock.timers.reset());
  const received = () =>
    endpoint.received.map(({ parameters }) => [parameters["order_id"], parameters["payment_status"]]);

  test("changes at its time, however often it is requested, and the endpoint is notified then", async () => {
    const [wait = "", fail = ""] = inStatuses("201", "timed", "wait", "fail");
    sandbox.addPayout([wait, { json: fail, afterMs: 200 }]);
    assert.deepEqual(await client.statuses({ id: "201" }, 3), ["wait", "wait", "wait"]);
    mock.timers.tick(199);
    assert.deepEqual(await client.statuses({ order_id: "timed" }), ["wait"]);
    await sandbox.notificationsSettled();
    assert.deepEqual(received(), []);
    mock.timers.tick(1);
    await sandbox.notificationsSettled();
    assert.deepEqual(received(), [["timed", "fail"]]);
    for (const query of [{ id: "201" }, { order_id: "timed" }])
      assert.deepEqual(await client.statuses(query), ["fail"]);
  });

  test("may change by requests and by time in turn", async () => {
    const [wait = "", next = "", other = "", paid = ""] = inStatuses("202", "mixed", "wait", "new-one", "wait", "paid");
    sandbox.addPayout([wait, next, { json: other, afterMs: 50 }, { json: next, afterMs: 50 }, paid]);
    mock.timers.tick(50);
    assert.deepEqual(await client.statuses({ id: "202" }, 3), ["wait", "new-one", "new-one"]);
    mock.timers.tick(50);
    assert.deepEqual(await client.statuses({ id: "202" }, 2), ["wait", "wait"]);
    mock.timers.tick(50);
    assert.deepEqual(await client.statuses({ id: "202" }, 2), ["new-one", "paid"]);
    await sandbox.notificationsSettled();
    assert.deepEqual(received(), [["mixed", "paid"]]);
  });

  for (const [order_id, afterMs, final] of [
    ["wait-50ms", 50, "paid"],
    ["wait-2s-of-mine", 2000, "paid"],
    ["wait-999999s-fail", 999_999_000, "fail"],
    ["wait-1s-cancel-mine", 1000, "cancel"],
  ] as const) {
    test(`is ${final} ${afterMs} ms after the first request as ${order_id}`, async () => {
      assert.deepEqual(await client.statuses({ order_id }, 2), ["wait", "wait"]);
      mock.timers.tick(afterMs - 1);
      assert.deepEqual(await client.statuses({ order_id }), ["wait"]);
      mock.timers.tick(1);
      assert.deepEqual(await client.statuses({ order_id }), [final]);
    });
  }

  test("does not change any more once it is replaced, by either name", async () => {
    const [wait = "", fail = ""] = inStatuses("203", "old", "wait", "fail");
    for (const replacement of [{ id: "203" }, { order_id: "old" }]) {
      sandbox.addPayout([wait, { json: fail, afterMs: 30 }]);
      sandbox.addPayout(wait, replacement);
      mock.timers.tick(60);
      for (const query of [{ id: "203" }, { order_id: "old" }])
        assert.deepEqual(await client.statuses(query), ["wait"]);
    }
    await sandbox.notificationsSettled();
    assert.deepEqual(received(), []);
  });

  test("records why it can't be in a notification", () => {
    const [wait = "", paid = ""] = inStatuses("x", "odd-timed", "wait", "paid");
    const change = () => {
      sandbox.addPayout([wait, { json: paid, afterMs: 1 }]);
      mock.timers.tick(1);
    };
    change();
    const [{ time, error = "", ...record } = assert.fail()] = sandbox.notifications;
    assert.match(error, /^TypeError: a notification's id must be an integer/);
    const { url: to } = endpoint;
    assert.deepEqual(record, { to, id: "x", order_id: "odd-timed", payment_status: "paid", attempt: 1, status: null });
    assert.ok(time instanceof Date);
    sandbox.setEndpoint(undefined);
    change();
    sandbox.setEndpoint({ to: endpoint.url });
    assert.equal(sandbox.notifications.length, 1);
  });

  test("does not change after close()", async () => {
    const { sandbox: own } = await openSandbox({ notify: { to: endpoint.url } });
    const [wait = "", paid = ""] = inStatuses("204", "closed", "wait", "paid");
    own.addPayout([wait, { json: paid, afterMs: 40 }]);
    await own.close();
    mock.timers.tick(40);
    await own.notificationsSettled();
    assert.deepEqual([received(), own.notifications], [[], []]);
  });

  test("is refused without a text to begin with, or with an invalid time", () => {
    const [wait = "", paid = ""] = inStatuses("205", "refused", "wait", "paid");
    assert.throws(() => sandbox.addPayout([]), TypeError);
    assert.throws(() => sandbox.addPayout([{ json: wait, afterMs: 1 }]), TypeError);
    for (const afterMs of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31])
      assert.throws(() => sandbox.addPayout([wait, { json: paid, afterMs }]), RangeError);
  });
});
