/** Retries of a status request, and the time limit. */
import { assert } from "chai";
import { echo, hanging, inTurn, type MockAnswer, sending } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

const BUSY = { status: 429, headers: { "Retry-After": "0" } };

export function retryCases(context: SuiteContext): void {
  const ask = (fetch: typeof globalThis.fetch, options = {}) =>
    context.client({ fetch, retries: undefined, ...options }).payoutStatus({ id: "1" });

  describe(
    "a status request",
    () => {
      for (const [name, answer] of Object.entries<MockAnswer>({
        429: BUSY,
        502: 502,
        503: 503,
        504: 504,
        "a broken connection": new Error("broken"),
      })) {
        test(`is retried, twice by default: ${name}`, async () => {
          const { fetch, count } = inTurn(answer, answer, "paid");
          assert.deepEqual([(await ask(fetch)).payment_status, count()], ["paid", 3]);
        });
      }

      for (const [retries, attempts] of [
        [undefined, 3],
        [0, 1],
      ] as const) {
        test(`fails after the last retry, with the number of attempts: ${attempts}`, async () => {
          const { fetch, count } = inTurn(503);
          const error = await context.unknownOf(() => ask(fetch, { retries }));
          assert.deepEqual([error.code, error.upstreamStatus], ["upstream_status", 503]);
          assert.deepEqual([error.attempts, count()], [attempts, attempts]);
        });
      }

      for (const status of [400, 401, 404, 408, 500]) {
        test(`is not retried after HTTP ${status}`, async () => {
          const { fetch, count } = inTurn(status);
          const error = await context.unknownOf(() => ask(fetch, { retries: 5 }));
          assert.deepEqual([error.upstreamStatus, error.attempts, count()], [status, 1, 1]);
        });
      }

      test("sends the same bytes and the same signature each time", async () => {
        const requests: unknown[] = [];
        const { fetch } = inTurn(503, new Error("broken"), "paid");
        await ask(
          sending((url, init) => {
            requests.push([init.body, new Headers(init.headers).get("sign")]);
            return fetch(url, init);
          }),
        );
        assert.strictEqual(requests.length, 3);
        for (const request of requests) assert.deepEqual(request, requests[0]);
      });

      test("waits as long as Retry-After says", async () => {
        const begin = performance.now();
        const { fetch } = inTurn({ status: 429, headers: { "Retry-After": "1" } }, "paid");
        assert.strictEqual((await ask(fetch)).payment_status, "paid");
        assert.isAtLeast(performance.now() - begin, 950);
      });

      test("fails at once if Retry-After exceeds the time limit", async () => {
        const begin = performance.now();
        const { fetch } = inTurn({ status: 429, headers: { "Retry-After": "3600" } });
        const error = await context.unknownOf(() => ask(fetch, { timeoutMs: 20_000 }));
        assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_status", 429, 1]);
        assert.isBelow(performance.now() - begin, 10_000);
      });

      test("fails with upstream_timeout after timeoutMs, and aborts its fetch", async () => {
        const begin = performance.now();
        const { fetch, signals } = hanging();
        const error = await context.unknownOf(() => ask(fetch, { timeoutMs: 300 }));
        assert.deepEqual([error.code, error.upstreamStatus], ["upstream_timeout", undefined]);
        assert.match(error.message, /within 300 ms/);
        assert.isAtLeast(performance.now() - begin, 290);
        assert.isTrue(signals[0]?.aborted);
      });

      test("has one time limit for all attempts, and the error contains the last status", async () => {
        const [first, second] = [inTurn(503), hanging()];
        const fetch = sending((url, init) => (first.count() === 0 ? first : second).fetch(url, init));
        const error = await context.unknownOf(() => ask(fetch, { timeoutMs: 1500, retries: 5 }));
        assert.deepEqual([error.code, error.upstreamStatus, error.attempts], ["upstream_timeout", 503, 2]);
      });
    },
    { concurrent: true },
  );

  describe("a request", () => {
    for (const [name, answer, code] of [
      ["HTTP 503", 503, "upstream_status"],
      ["a broken connection", new Error("broken"), "upstream_unreachable"],
    ] as const) {
      test(`is never retried, since it may move money: ${name}`, async () => {
        const { fetch, count } = inTurn(answer);
        const alikassa = context.client({ fetch, retries: 5 });
        const error = await context.requestErrorOf(() => alikassa.request("v1/payout", { order_id: "1" }));
        assert.deepEqual([error.code, error.attempts, count()], [code, 1, 1]);
      });
    }

    test("sends its data once if it succeeds", async () => {
      const { fetch, bodies } = echo();
      await context.client({ fetch }).request("v1/payout", { order_id: "1" });
      assert.deepEqual(bodies, ['{"order_id":"1"}']);
    });
  });
}
