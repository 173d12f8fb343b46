/** Asking again, and the total time. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import type { Step } from "../../dist/sandbox/index.js";
import { client, silentServer, suiteSandbox, unknownOf } from "./support.ts";

async function timed<T>(work: Promise<T>): Promise<{ readonly result: T; readonly milliseconds: number }> {
  const begin = performance.now();
  const result = await work;
  return { result, milliseconds: performance.now() - begin };
}

describe("reading a status", { concurrency: true }, () => {
  const sandbox = suiteSandbox();
  /** A payout of this test's own that is answered in these steps, and how often it was asked for. */
  const scripted = (orderId: string, steps: readonly Step[]) => {
    sandbox().script(orderId, steps);
    return () =>
      sandbox().requests.filter(({ key }) => key !== undefined && "orderId" in key && key.orderId === orderId);
  };

  for (const step of [
    { status: 429, headers: { "Retry-After": "0" } },
    { status: 502 },
    { status: 503 },
    { status: 504 },
    "cut",
    "reset",
    "cut-body",
  ] as const) {
    const name = typeof step === "string" ? step : String(step.status);
    test(`is tried again, twice unless told otherwise: ${name}`, async () => {
      const requests = scripted(`twice-${name}`, [step, step, "payout"]);
      const payout = await client({ baseUrl: sandbox().url, retries: undefined }).payoutStatus({
        orderId: `twice-${name}`,
      });
      assert.equal(payout.payment_status, "paid");
      assert.equal(requests().length, 3);
    });
  }

  test("is given up after the last retry, and the error counts the attempts", async () => {
    const requests = scripted(
      "given-up",
      Array.from({ length: 9 }, () => ({ status: 503 })),
    );
    const alikassa = client({ baseUrl: sandbox().url, retries: undefined });
    const error = await unknownOf(() => alikassa.payoutStatus({ orderId: "given-up" }));
    assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_status", 503, 3]);
    assert.equal(requests().length, 3);
  });

  test("is not tried again with retries 0", async () => {
    const requests = scripted("none", [{ status: 503 }]);
    const error = await unknownOf(() =>
      client({ baseUrl: sandbox().url, retries: 0 }).payoutStatus({ orderId: "none" }),
    );
    assert.equal(error.attempts, 1);
    assert.equal(requests().length, 1);
  });

  for (const status of [400, 401, 404, 408, 500, 302]) {
    test(`is not tried again after HTTP ${status}`, async () => {
      const requests = scripted(`once-${status}`, [{ status }]);
      const alikassa = client({ baseUrl: sandbox().url, retries: 5 });
      const error = await unknownOf(() => alikassa.payoutStatus({ orderId: `once-${status}` }));
      assert.deepEqual([error.upstreamStatus, error.attempts, requests().length], [status, 1, 1]);
    });
  }

  test("sends the same bytes and the same signature each time", async () => {
    const requests = scripted("same", [{ status: 503 }, "cut", "payout"]);
    await client({ baseUrl: sandbox().url, retries: 2 }).payoutStatus({ orderId: "same" });
    const [first, ...others] = requests().map(({ headers, body }) => [headers["sign"], body.toString()]);
    assert.equal(others.length, 2);
    for (const other of others) assert.deepEqual(other, first);
  });

  test("waits as long as Retry-After says", async () => {
    scripted("wait", ["429", "payout"]);
    const asking = client({ baseUrl: sandbox().url, retries: 1 }).payoutStatus({ orderId: "wait" });
    const { result, milliseconds } = await timed(asking);
    assert.equal(result.payment_status, "paid");
    assert.ok(milliseconds >= 950, `${milliseconds} ms`);
  });

  test("does not wait for a Retry-After beyond the time limit, but says at once what AliKassa said", async () => {
    scripted("busy", [{ status: 429, headers: { "Retry-After": "3600" } }]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 2, timeoutMs: 20_000 });
    const { result: error, milliseconds } = await timed(unknownOf(() => alikassa.payoutStatus({ orderId: "busy" })));
    assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_status", 429, 1]);
    assert.ok(milliseconds < 10_000, `${milliseconds} ms`);
  });

  test("ends with upstream_timeout when timeoutMs is over, and closes the connection", {
    timeout: 5000,
  }, async (context) => {
    const server = await silentServer();
    context.after(server.close);
    const alikassa = client({ baseUrl: server.url, timeoutMs: 300 });
    const { result: error, milliseconds } = await timed(unknownOf(() => alikassa.payoutStatus({ id: "1" })));
    assert.equal(error.code, "upstream_timeout");
    assert.match(error.message, /within 300 ms/);
    assert.ok(milliseconds >= 290, `${milliseconds} ms`);
    await server.left;
  });

  test("has the time limit for all attempts together, and the error remembers what was answered before", async () => {
    scripted("together", [{ status: 503 }, "hang"]);
    const alikassa = client({ baseUrl: sandbox().url, timeoutMs: 3000, retries: 5 });
    const { result: error, milliseconds } = await timed(
      unknownOf(() => alikassa.payoutStatus({ orderId: "together" })),
    );
    assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_timeout", 503, 2]);
    assert.ok(milliseconds >= 2990 && milliseconds < 15_000, `${milliseconds} ms`);
  });
});
