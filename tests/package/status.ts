/** `payoutStatus`, answered by the sandbox. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { Payout } from "../../dist/index.js";
import { SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { ACCOUNT, answering, client, suiteSandbox, unknownOf } from "./support.ts";

const TEXTS = new Set([
  ...["id", "order_id", "payment_status", "card_mask", "amount", "payment_amount", "account_payment_amount"],
  ...["commission_amount", "service_code", "rrn", "account_old_balance", "account_new_balance"],
]);

/** The payout that the contract makes of AliKassa's JSON: documented fields are strings with the digits that were sent. */
function expected(json: string): Payout {
  const digits = (key: string, value: unknown, context?: { source?: string }): unknown =>
    typeof value === "number" && TEXTS.has(key) ? context?.source : value;
  const entries = Object.entries(JSON.parse(json, digits) as Record<string, unknown>);
  const fields = entries.map(([name, value]) => [name === "RRN" ? "rrn" : name, value]);
  const payout = Object.fromEntries(fields) as Payout;
  return { ...payout, is_final: ["paid", "cancel", "fail"].includes(payout.payment_status) };
}

describe("a payout's status", () => {
  const sandbox = suiteSandbox();
  afterEach(() => sandbox().reset());

  for (const { about, id, orderId, json } of SANDBOX_PAYOUTS) {
    test(`comes with AliKassa's fields in AliKassa's order: ${about}`, async () => {
      const alikassa = client({ baseUrl: sandbox().url });
      const answers: Payout[] = [];
      if (orderId !== undefined) answers.push(await alikassa.payoutStatus({ orderId }));
      if (id !== undefined)
        answers.push(await alikassa.payoutStatus({ id }), await alikassa.payoutStatus({ id: Number(id) }));
      if (id !== undefined) answers.push(await alikassa.payoutStatus({ id: BigInt(id) }));
      assert.equal(answers.length, 4);
      for (const payout of answers) {
        assert.deepEqual(payout, expected(json));
        assert.deepEqual(Object.keys(payout), Object.keys(expected(json)));
      }
    });
  }

  test("is final for paid, cancel and fail alone", async () => {
    const alikassa = client({ baseUrl: sandbox().url });
    const final: Record<string, boolean> = {};
    for (const status of ["wait", "paid", "cancel", "fail", "refund"]) {
      const payout = await alikassa.payoutStatus({ orderId: `sandbox-${status}` });
      assert.equal(payout.payment_status, status);
      final[status] = payout.is_final;
    }
    assert.deepEqual(final, { wait: false, paid: true, cancel: true, fail: true, refund: false });
  });

  test("is asked for as AliKassa's page says", async () => {
    await client({ baseUrl: sandbox().url }).payoutStatus({ id: "100000536" });
    const [request, ...more] = sandbox().requests;
    assert.deepEqual(more, []);
    assert.equal(request?.method, "POST");
    assert.equal(request.path, "/v1/payout/status");
    assert.equal(request.body.toString(), '{"id":"100000536"}');
    assert.equal(request.headers["account"], ACCOUNT);
    assert.equal(request.headers["content-type"], "application/json");
    assert.equal(request.headers["content-length"], "18");
  });

  test("keeps the digits of amounts that no number of JavaScript holds", async () => {
    const payout = await client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "sandbox-numbers" });
    assert.equal(payout.account_old_balance, "123456789012345678.90");
    assert.equal(payout.account_payment_amount, "93.84000000");
    assert.equal(payout.account_new_balance, "-0.00");
  });

  test("is a plain object, even with a field named __proto__", async () => {
    const json = '{"payment_status":"wait","id":"1","__proto__":{"is_final":true,"polluted":1}}';
    const payout = await client(answering(json)).payoutStatus({ id: "1" });
    assert.equal(Object.getPrototypeOf(payout), Object.prototype);
    assert.equal(payout.is_final, false);
    assert.equal("polluted" in {}, false);
  });

  test("does not take an is_final of AliKassa's for its own", async () => {
    const json = '{"payment_status":"wait","id":"1","is_final":true}';
    assert.equal((await client(answering(json)).payoutStatus({ id: "1" })).is_final, false);
  });

  test("of a payout that AliKassa does not know is unknown, with what AliKassa says of it", async () => {
    const error = await unknownOf(() => client({ baseUrl: sandbox().url }).payoutStatus({ orderId: "nobody's" }));
    assert.deepEqual([error.code, error.upstreamStatus, error.retryable], ["upstream_status", 400, false]);
    assert.deepEqual(error.errors, { order_id: ["The selected order_id is invalid."] });
    assert.equal(error.upstreamMessage, "The given data was invalid.");
  });

  test("of an account that AliKassa does not know is unknown", async () => {
    const alikassa = client({ baseUrl: sandbox().url, account: "00000000-0000-4000-8000-000000000009" });
    const error = await unknownOf(() => alikassa.payoutStatus({ id: "100000536" }));
    assert.deepEqual(error.errors, { account: ["The selected account is invalid."] });
  });

  test("may be asked for forty times at once", async () => {
    const alikassa = client({ baseUrl: sandbox().url });
    const ids = Array.from({ length: 40 }, (_, at) => SANDBOX_PAYOUTS[at % SANDBOX_PAYOUTS.length]?.id ?? "");
    const payouts = await Promise.all(ids.map((id) => alikassa.payoutStatus({ id })));
    assert.deepEqual(
      payouts.map(({ id }) => id),
      ids,
    );
  });
});
