/** Payouts that get on: from one text to the next with each question, until they are final. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { assertInvalid, fileSandbox, Merchant, send } from "./merchant.ts";

const sandbox = await fileSandbox();
const merchant = new Merchant(sandbox);

/** The statuses that this many questions are answered with, one after the other. */
async function statuses(question: Readonly<Record<string, string>>, count: number): Promise<string[]> {
  const found: string[] = [];
  for (let i = 0; i < count; i++) {
    const { text } = await merchant.ask(question);
    found.push((JSON.parse(text) as { payment_status: string }).payment_status);
  }
  return found;
}

describe("a payout with a timeline", () => {
  test("waits for as many questions as its order_id says, and is paid", async () => {
    assert.deepEqual(await statuses({ order_id: "wait-3" }, 5), ["wait", "wait", "wait", "paid", "paid"]);
    assert.deepEqual(await statuses({ order_id: "wait-1-of-mine" }, 2), ["wait", "paid"]);
  });

  test("ends as its order_id says", async () => {
    for (const status of ["paid", "cancel", "fail"]) {
      assert.deepEqual(await statuses({ order_id: `wait-1-${status}` }, 2), ["wait", status]);
      assert.deepEqual(await statuses({ order_id: `wait-1-${status}-mine` }, 2), ["wait", status]);
    }
  });

  test("has an id of its own, under which it is the same payout", async () => {
    const [one, other] = ["wait-2-one", "wait-2-other"].map((order_id) => merchant.ask({ order_id }));
    const { id, order_id } = JSON.parse((await one)?.text ?? "") as { id: number; order_id: string };
    assert.equal(order_id, "wait-2-one");
    assert.notEqual((JSON.parse((await other)?.text ?? "") as { id: number }).id, id);
    assert.deepEqual(await statuses({ id: String(id) }, 2), ["wait", "paid"]);
    assert.deepEqual(await statuses({ order_id: "wait-2-one" }, 1), ["paid"]);
    assert.deepEqual(await statuses({ order_id: "wait-2-other" }, 2), ["wait", "paid"]);
  });

  test("is none under a name that only looks like it", async () => {
    for (const order_id of ["wait-0", "wait-", "wait-x", "wait-1000", "wait-1x", "wait", "await-1"]) {
      assertInvalid(await merchant.ask({ order_id }), "order_id", /selected/);
    }
    assertInvalid(await merchant.ask({ id: "wait-1" }), "id", /selected/);
  });

  test("takes on one text after the other", async () => {
    const texts = ["wait", "new-one", "cancel"].map((status) =>
      payoutJson({ id: "77", order_id: "mine", statusJson: `"${status}"` }),
    );
    sandbox.addPayout(texts);
    assert.deepEqual(await statuses({ id: "77" }, 1), ["wait"]);
    assert.deepEqual(await statuses({ order_id: "mine" }, 3), ["new-one", "cancel", "cancel"]);
    assert.deepEqual(
      sandbox.requests.map(({ payout }) => payout),
      [...texts, texts[2]],
    );
    assert.throws(() => sandbox.addPayout([]), TypeError);
  });

  test("does not get on by a question that it does not answer", async () => {
    const order_id = "wait-1-patient";
    sandbox.script(order_id, ["500", { status: 200 }]);
    assert.equal((await merchant.ask({ order_id }, { headers: { sign: "AAAA" } })).status, 400);
    assert.equal((await merchant.ask({ order_id })).status, 500);
    assert.match((await merchant.ask({ order_id })).text, /"wait"/);
    assert.deepEqual(await statuses({ order_id }, 2), ["wait", "paid"]);
    assert.deepEqual(
      sandbox.requests.map(({ payout }) => payout !== undefined),
      [false, false, false, true, true],
    );
  });

  test("answers each of many questions at once with what it was then", async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, () => send(sandbox.baseUrl, '{"order_id":"wait-5-many"}')),
    );
    const found = asked.map(({ text }) => (JSON.parse(text) as { payment_status: string }).payment_status);
    assert.deepEqual(found.sort(), ["paid", "paid", "paid", "wait", "wait", "wait", "wait", "wait"]);
  });
});
