/** `request`: how often AliKassa is asked, and what it answers. The rest is in tests/suite. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import { ACCOUNT, client, suiteSandbox, unknownOf } from "./support.ts";

describe("a request", () => {
  const sandbox = suiteSandbox();
  afterEach(() => sandbox().reset());

  test("answers with AliKassa's JSON, parsed", async () => {
    const balance = await client({ baseUrl: sandbox().url }).request("v1/account/balance", []);
    assert.equal((balance as { balance: string }).balance, "93.84000000");
    assert.equal(sandbox().requests[0]?.body.toString(), "[]");
    assert.equal(sandbox().requests[0]?.headers["account"], ACCOUNT);
  });

  test("is sent once and never again, for it may move money: 503", async () => {
    sandbox().script("6422494", [{ status: 503 }, { status: 503 }]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 5 });
    const error = await unknownOf(() => alikassa.request("v1/payout/status", { order_id: "6422494" }));
    assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_status", 503, 1]);
    assert.equal(sandbox().requests.length, 1);
  });

  test("is sent once and never again, for it may move money: a broken connection", async () => {
    sandbox().script("6422494", ["cut", "cut"]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 5 });
    const error = await unknownOf(() => alikassa.request("v1/payout/status", { order_id: "6422494" }));
    assert.deepEqual([error.code, error.attempts], ["upstream_unreachable", 1]);
    assert.equal(sandbox().requests.length, 1);
  });

  test("passes AliKassa's refusal on", async () => {
    const alikassa = client({ baseUrl: sandbox().url });
    const error = await unknownOf(() => alikassa.request("v1/account/balance", { a: 1 }));
    assert.deepEqual([error.upstreamStatus, error.upstreamMessage], [400, "The given data was invalid."]);
    assert.deepEqual(error.errors, { body: ["The body must be an empty JSON array."] });
    assert.equal(error.retryable, false);
  });
});
