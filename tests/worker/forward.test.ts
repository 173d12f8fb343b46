/** The merchant is told of a payout within AliKassa's request, where there is no queue. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge, jsonOf } from "./edge.ts";
import { newArchive, openSandbox, requestsFor, soundBindings, startWorkers, type Workers } from "./harness.ts";
import { Merchant } from "./merchant.ts";
import { newPayout, notificationKey, notify, payoutOf } from "./notify.ts";

const newSecret = (bytes = 32) => `whsec_${randomBytes(bytes).toString("base64")}`;
const OLD_SECRET = newSecret(64);
const SECRET = newSecret(24);
const FORWARD_FAILED = { status: 502, code: "forward_failed", retryable: true };

let sandbox: Sandbox;
let merchant: Merchant;
let workers: Workers<"sound" | "rotating" | "hurried" | "another" | "nobody">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem, notificationKey });
  merchant = await Merchant.open(SECRET);
  const bindings = (changes: Record<string, string>) =>
    soundBindings(archive, sandbox, {
      ALIKASSA_NOTIFICATION_KEY: notificationKey.publicPem,
      FORWARD_URL: `${merchant.url}?key=let-me-in-12345`,
      FORWARD_SECRET: SECRET,
      ...changes,
    });
  workers = await startWorkers({
    sound: bindings({}),
    rotating: bindings({ FORWARD_SECRET: ` ${OLD_SECRET},\n${SECRET}\n`, FORWARD_URL: `${merchant.url}\n` }),
    hurried: bindings({ ALIKASSA_TIMEOUT_MS: "400" }),
    another: bindings({ FORWARD_SECRET: OLD_SECRET }),
    nobody: bindings({ FORWARD_URL: "http://127.0.0.1:9/" }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await merchant.close();
  await workers.stop();
});

describe("the merchant is told", () => {
  test("of the payout as it was read again, signed by the Standard Webhooks scheme", async () => {
    const payout = newPayout(sandbox);
    const { id } = payout;
    const before = Date.now();
    const answer = await notify(sandbox, edge, id);
    assert.equal(answer.status, 200, answer.text);
    const [delivery, ...more] = merchant.about(id);
    assert.ok(delivery);
    assert.deepEqual([more, merchant.refused], [[], []]);
    const { event, headers, method, path } = delivery;
    assert.deepEqual([method, path], ["POST", "/hooks/alikassa/?key=let-me-in-12345"]);
    assert.equal(headers["content-type"], "application/json");
    assert.match(headers["user-agent"] ?? "", /^alikassa-edge\/\d/);
    assert.equal(delivery.id, `payout_${id}_paid`);
    // What the answer has, and all of the payout.
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
    test(`by the type ${type}`, async () => {
      const { id } = newPayout(sandbox, status);
      assert.equal((await notify(sandbox, edge, id, { status: "paid" })).status, 200);
      const [delivery] = merchant.about(id);
      const { agrees, payout } = delivery?.event.data ?? {};
      assert.deepEqual([delivery?.event.type, payout?.["payment_status"], agrees], [type, status, status === "paid"]);
      // No full stop in it, as the scheme has it, and nothing that a header does not take.
      assert.match(delivery?.id ?? "", new RegExp(`^payout_${id}_[\\w-]+$`));
    });
  }

  test("under the same id when a notification comes again, and under another when the status is another", async () => {
    const { id, orderId } = newPayout(sandbox, "wait");
    const told = async () => {
      await notify(sandbox, edge, id, { status: "paid" });
      return merchant.about(id).at(-1);
    };
    const first = [await told(), await told()];
    sandbox.addPayout(`{"id":${id},"order_id":"${orderId}","payment_status":"paid"}`, { id, orderId });
    const second = [await told(), await told()];
    const ids = [...first, ...second].map((delivery) => delivery?.id);
    assert.deepEqual(ids, [`payout_${id}_wait`, `payout_${id}_wait`, `payout_${id}_paid`, `payout_${id}_paid`]);
  });

  test("with each secret, while one is replaced by another", async () => {
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, workers.edges.rotating, id)).status, 200);
    const signatures = String(merchant.about(id)[0]?.headers["webhook-signature"]).split(" ");
    assert.equal(signatures.length, 2);
    for (const signature of signatures) assert.match(signature, /^v1,[\w+/]{43}=$/);
  });

  for (const status of [200, 201, 202, 299]) {
    test(`and has it when it answers with ${status}`, async () => {
      const { id } = newPayout(sandbox);
      merchant.plan(status);
      assert.equal((await notify(sandbox, edge, id)).status, 200);
    });
  }

  test("of nothing that is not a payout, that does not verify, or that can't be read again", async () => {
    const before = merchant.deliveries.length;
    const { id } = newPayout(sandbox);
    assert.equal((await notify(sandbox, edge, id, { type: "payment" })).status, 200);
    assert.equal((await notify(sandbox, edge, id, { tamper: { amount: "1" } })).status, 403);
    sandbox.script(id, [{ status: 500 }]);
    assert.equal((await notify(sandbox, edge, id)).status, 502);
    assert.equal(merchant.deliveries.length, before);
  });
});

describe("AliKassa gets no 200 until the merchant has been told", () => {
  test("and then gets one, however long that takes", async () => {
    const { id } = newPayout(sandbox);
    const plans = [500, 404, 410, 429, 100 + 400, "cut", 300] as const;
    merchant.plan(...plans);
    for (const plan of plans) {
      const detail = plan === "cut" ? /could not be reached/ : new RegExp(`HTTP status ${plan}`);
      assertProblem(await notify(sandbox, edge, id), { ...FORWARD_FAILED, detail });
    }
    assert.equal((await notify(sandbox, edge, id)).status, 200);
    const told = merchant.about(id);
    assert.equal(told.length, plans.length + 1);
    assert.deepEqual(new Set(told.map((delivery) => delivery.id)), new Set([`payout_${id}_paid`]));
    // Each time it is read again.
    assert.equal(requestsFor(sandbox, id).length, plans.length + 1);
  });

  test("if nobody is there", async () => {
    const { id } = newPayout(sandbox);
    const expected = { ...FORWARD_FAILED, detail: /could not be reached/ };
    assertProblem(await notify(sandbox, workers.edges.nobody, id), expected);
  });

  test("if it does not answer in the time that there is for all", async () => {
    const { id } = newPayout(sandbox);
    const { hurried } = workers.edges;
    merchant.plan("hang");
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

  test("if it does not know the secret", async () => {
    const { id } = newPayout(sandbox);
    const expected = { ...FORWARD_FAILED, detail: /HTTP status 401/ };
    assertProblem(await notify(sandbox, workers.edges.another, id), expected);
    assert.match(merchant.refused.splice(0).join(), /No matching signature/);
  });

  test("if it sends somewhere else, where nothing is sent", async () => {
    let followed = 0;
    const elsewhere = createServer((_, response) => {
      followed += 1;
      response.end();
    });
    await new Promise<void>((resolve) => elsewhere.listen(0, "127.0.0.1", resolve));
    const location = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
    for (const status of [301, 302, 303, 307, 308]) {
      const { id } = newPayout(sandbox);
      merchant.plan({ status, headers: { Location: location } });
      const detail = new RegExp(`HTTP status ${status}`);
      assertProblem(await notify(sandbox, edge, id), { ...FORWARD_FAILED, detail });
    }
    assert.equal(followed, 0);
    await new Promise((resolve) => elsewhere.close(resolve));
  });
});

describe("many notifications at once", () => {
  test("are each delivered once, with their own payout", async () => {
    const payouts = Array.from({ length: 60 }, (_, number) => {
      const status = ["paid", "cancel", "fail"][number % 3] ?? "";
      return { ...newPayout(sandbox, status), status };
    });
    const answers = await Promise.all(payouts.map(({ id }) => notify(sandbox, edge, id)));
    payouts.forEach(({ id, orderId, status }, number) => {
      const answer = answers[number];
      assert.ok(answer);
      assert.equal(answer.status, 200, answer.text);
      const [delivery, ...more] = merchant.about(id);
      assert.deepEqual(more, []);
      const payout = payoutOf({ id, orderId }, status);
      assert.deepEqual(delivery?.event.data, { ...(jsonOf(answer) as object), payout });
      assert.equal(delivery?.event.type, `payout.${status}`);
    });
  });
});
