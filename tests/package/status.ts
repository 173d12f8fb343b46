/** `payoutStatus`, answered by the sandbox: what it was asked. The rest is in tests/suite. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { ACCOUNT, client, suiteSandbox, unknownOf } from "./support.ts";

describe("a payout's status", () => {
  const sandbox = suiteSandbox();
  afterEach(() => sandbox().reset());

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

  test("of an account that AliKassa does not know is unknown", async () => {
    const alikassa = client({ baseUrl: sandbox().url, account: "00000000-0000-4000-8000-000000000009" });
    const error = await unknownOf(() => alikassa.payoutStatus({ id: "100000536" }));
    assert.deepEqual(error.errors, { account: ["The selected account is invalid."] });
  });
});
