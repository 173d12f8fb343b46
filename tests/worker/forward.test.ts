/** Forwarding to the merchant within AliKassa's request, without a ledger. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { assertProblem, jsonOf } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";
import { newPayout, notificationKey, notify, payoutOf } from "./notifications.ts";
import { newSecret, WebhookReceiver } from "./webhook-receiver.ts";

const OLD_SECRET = newSecret(64);
const FORWARD_SECRET = newSecret(24);
const FORWARD_FAILED = { status: 502, code: "forward_failed", retryable: true };

const receiver = await WebhookReceiver.start(FORWARD_SECRET);
const own = {
  ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
  FORWARD_URL: `${receiver.url}?key=let-me-in-12345`,
  FORWARD_SECRET,
};
const { sandbox, clients } = await setUp(
  {
    sound: own,
    rotating: { ...own, FORWARD_SECRET: ` ${OLD_SECRET},\n${FORWARD_SECRET}\n`, FORWARD_URL: `${receiver.url}\n` },
    hurried: { ...own, ALIKASSA_TIMEOUT_MS: "400" },
    another: { ...own, FORWARD_SECRET: OLD_SECRET },
    unreachable: { ...own, FORWARD_URL: "http://127.0.0.1:9/" },
  },
  { notificationArchive: notificationKey },
);
const client = clients.sound;

describe("the merchant's endpoint", () => {
  test("gets the payout, signed by the Standard Webhooks scheme", async () => {
    const payout = newPayout(sandbox);
    const { id } = payout;
    const before = Date.now();
    const answer = await notify(sandbox, client, id);
    assert.equal(answer.status, 200, answer.text);
    const [delivery, ...more] = receiver.deliveriesOf(id);
    assert.ok(delivery);
    assert.deepEqual([more, receiver.rejected], [[], []]);
    const { event, headers, method, path } = delivery;
    assert.deepEqual([method, path], ["POST", "/hooks/alikassa/?key=let-me-in-12345"]);
    assert.equal(headers["content-type"], "application/json");
    assert.match(headers["user-agent"] ?? "", /^alikassa-edge\/\d/);
    assert.equal(delivery.id, `payout_${id}_paid`);
    // The answer's data, with the whole payout.
    const data = { ...(jsonOf(answer) as object), payout: payoutOf(payout) };
    assert.deepEqual([event.type, event.data], ["payout.paid", data]);
    assert.match(event.timestamp, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    const time = Date.parse(event.timestamp);
    assert.ok(before - 1000 <= time && time <= Date.now() + 1000, event.timestamp);
    assert.deepEqual(Object.keys(event), ["type", "timestamp", "data"]);
  });

  for (const [status, type] of [
    ["paid", "payout.paid"],
    ["cancel", "payout.cancel"],
    ["fail", "payout.fail"],
    ["wait", "payout.wait"],
    ["refund.é 1", "payout.other"],
  ] as const) {
    test(`gets the type ${type}`, async () => {
      const { id } = newPayout(sandbox, status);
      assert.equal((await notify(sandbox, client, id, { status: "paid" })).status, 200);
      const [delivery] = receiver.deliveriesOf(id);
      const { agrees, payout } = delivery?.event.data ?? {};
      assert.deepEqual([delivery?.event.type, payout?.["payment_status"], agrees], [type, status, status === "paid"]);
      // The scheme forbids full stops, and a header many characters.
      assert.match(delivery?.id ?? "", new RegExp(`^payout_${id}_[\\w-]+$`));
    });
  }

  test("gets the same id for the same status, and another for another status", async () => {
    const { id, order_id } = newPayout(sandbox, "wait");
    const forwarded = async () => {
      await notify(sandbox, client, id, { status: "paid" });
      return receiver.deliveriesOf(id).at(-1);
    };
    const first = [await forwarded(), await forwarded()];
    sandbox.addPayout(`{"id":${id},"order_id":"${order_id}","payment_status":"paid"}`, { id, order_id });
    const second = [await forwarded(), await forwarded()];
    const ids = [...first, ...second].map((delivery) => delivery?.id);
    assert.deepEqual(ids, [`payout_${id}_wait`, `payout_${id}_wait`, `payout_${id}_paid`, `payout_${id}_paid`]);
  });

  test("gets a signature for each secret", async () => {
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, clients.rotating, id)).status, 200);
    const signatures = String(receiver.deliveriesOf(id)[0]?.headers["webhook-signature"]).split(" ");
    assert.equal(signatures.length, 2);
    for (const signature of signatures) assert.match(signature, /^v1,[\w+/]{43}=$/);
  });

  for (const status of [200, 201, 202, 299]) {
    test(`accepts with ${status}`, async () => {
      const { id } = newPayout(sandbox);
      receiver.plan(status);
      assert.equal((await notify(sandbox, client, id)).status, 200);
    });
  }

  test("gets nothing of a payment, an invalid notification, or an unknown payout", async () => {
    const before = receiver.deliveries.length;
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, client, id, { type: "payment" })).status, 200);
    assert.equal((await notify(sandbox, client, id, { tamper: { amount: "1" } })).status, 403);
    sandbox.script(id, [{ status: 500 }]);
    assert.equal((await notify(sandbox, client, id)).status, 502);
    assert.equal(receiver.deliveries.length, before);
  });
});

describe("AliKassa gets no 200 until the endpoint accepts", () => {
  test("whatever it answers before", async () => {
    const { id } = newPayout(sandbox);
    const plans = [500, 404, 410, 429, 100 + 400, "cut", 300] as const;
    receiver.plan(...plans);
    for (const plan of plans) {
      const detail = plan === "cut" ? /could not be reached/ : new RegExp(`HTTP status ${plan}`);
      assertProblem(await notify(sandbox, client, id), { ...FORWARD_FAILED, detail });
    }
    assert.equal((await notify(sandbox, client, id)).status, 200);
    const deliveries = receiver.deliveriesOf(id);
    assert.equal(deliveries.length, plans.length + 1);
    assert.deepEqual(new Set(deliveries.map((delivery) => delivery.id)), new Set([`payout_${id}_paid`]));
    assert.equal(requestsFor(sandbox, id).length, plans.length + 1);
  });

  test("if it refuses connections", async () => {
    const { id } = newPayout(sandbox);
    const expected = { ...FORWARD_FAILED, detail: /could not be reached/ };
    assertProblem(await notify(sandbox, clients.unreachable, id), expected);
  });

  test("if it does not answer within ALIKASSA_TIMEOUT_MS", async () => {
    const { id } = newPayout(sandbox);
    const { hurried } = clients;
    receiver.plan("hang");
    sandbox.script(id, [{ delayMs: 200 }]);
    const began = Date.now();
    assertProblem(await notify(sandbox, hurried, id), {
      ...FORWARD_FAILED,
      detail: /did not answer within (?:1\d\d|200) ms/,
    });
    const took = Date.now() - began;
    assert.ok(took >= 380 && took < 2000, `${took} ms`);
    assert.equal((await notify(sandbox, hurried, id)).status, 200);
  });

  test("if it has another secret", async () => {
    const { id } = newPayout(sandbox);
    const expected = { ...FORWARD_FAILED, detail: /HTTP status 401/ };
    assertProblem(await notify(sandbox, clients.another, id), expected);
    assert.match(receiver.rejected.splice(0).join(), /No matching signature/);
  });

  test("if it redirects, which is not followed", async () => {
    let followed = 0;
    const elsewhere = createServer((_, response) => {
      followed += 1;
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 303, 307, 308]) {
      const { id } = newPayout(sandbox);
      receiver.plan({ status, headers: { Location: location } });
      const detail = new RegExp(`HTTP status ${status}`);
      assertProblem(await notify(sandbox, client, id), { ...FORWARD_FAILED, detail });
    }
    assert.equal(followed, 0);
    await new Promise((resolve) => elsewhere.close(resolve));
  });
});

describe("many concurrent notifications", () => {
  test("are each forwarded once, with their own payout", async () => {
    const payouts = Array.from({ length: 60 }, (_, number) => {
      const status = ["paid", "cancel", "fail"][number % 3] ?? "";
      return { ...newPayout(sandbox, status), status };
    });
    const answers = await Promise.all(payouts.map(({ id }) => notify(sandbox, client, id)));
    payouts.forEach(({ id, order_id, status }, number) => {
      const answer = answers[number];
      assert.ok(answer);
      assert.equal(answer.status, 200, answer.text);
      const [delivery, ...more] = receiver.deliveriesOf(id);
      assert.deepEqual(more, []);
      const payout = payoutOf({ id, order_id }, status);
      assert.deepEqual(delivery?.event.data, { ...(jsonOf(answer) as object), payout });
      assert.equal(delivery?.event.type, `payout.${status}`);
    });
  });
});
