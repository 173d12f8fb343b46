/** Aborted calls. */
import type { AliKassa } from "alikassa-edge";
import { assert } from "chai";
import { answering, collect, countingSignal, hanging, inTurn, PAID, sleep, WAIT } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

type Call = (alikassa: AliKassa, signal: AbortSignal) => Promise<unknown>;

const CALLS: Readonly<Record<string, Call>> = {
  payoutStatus: (alikassa, signal) => alikassa.payoutStatus({ id: "1" }, { signal }),
  request: (alikassa, signal) => alikassa.request("v1/payout", [], { signal }),
  waitForPayout: (alikassa, signal) => alikassa.waitForPayout({ id: "1" }, { signal }),
  payoutStatuses: (alikassa, signal) => collect(alikassa.payoutStatuses([{ id: "1" }], { signal })),
};

export function abortCases(context: SuiteContext): void {
  const errorOf = (name: string, call: () => unknown) =>
    name === "request" ? context.requestErrorOf(call) : context.unknownOf(call);

  describe(
    "an aborted call",
    () => {
      for (const [name, call] of Object.entries(CALLS)) {
        test(`sends nothing if its signal has aborted: ${name}`, async () => {
          const { fetch, count } = answering(PAID);
          const reason = new Error("not needed");
          const error = await errorOf(name, () => call(context.client({ fetch }), AbortSignal.abort(reason)));
          assert.deepEqual([error.name, error.code, error.cause], ["AbortError", "aborted", reason]);
          assert.deepEqual([error.attempts, count()], [undefined, 0]);
        });

        test(`aborts its fetch, and leaves no listener: ${name}`, async () => {
          const { fetch, signals } = hanging();
          const { controller, signal, listeners } = countingSignal();
          const calling = errorOf(name, () => call(context.client({ fetch }), signal));
          while (signals.length === 0) await sleep(1);
          controller.abort("enough");
          const error = await calling;
          assert.deepEqual([error.name, error.code, error.cause], ["AbortError", "aborted", "enough"]);
          assert.isTrue(error.retryable);
          assert.isTrue(signals[0]?.aborted);
          assert.strictEqual(listeners(), 0);
        });

        test(`keeps no listener after a call that was not aborted: ${name}`, async () => {
          const { signal, listeners } = countingSignal();
          for (const body of [PAID, "{}"])
            await call(context.client(answering(body, body === PAID ? 200 : 404)), signal).catch(() => {});
          assert.strictEqual(listeners(), 0);
        });
      }

      test("has a DOMException as its cause if no reason was given", async () => {
        const controller = new AbortController();
        const calling = context.unknownOf(() => CALLS["payoutStatus"]?.(context.client(hanging()), controller.signal));
        controller.abort();
        const { cause } = await calling;
        assert.instanceOf(cause, DOMException);
        assert.strictEqual(cause.name, "AbortError");
      });

      test("has a TimeoutError as its cause after AbortSignal.timeout", async () => {
        const signal = AbortSignal.timeout(50);
        const error = await context.unknownOf(() => context.client(hanging()).payoutStatus({ id: "1" }, { signal }));
        assert.strictEqual(error.code, "aborted");
        assert.strictEqual((error.cause as DOMException).name, "TimeoutError");
      });

      test("may be aborted by AbortSignal.any", async () => {
        const controller = new AbortController();
        const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
        const calling = context.unknownOf(() => context.client(hanging()).payoutStatus({ id: "1" }, { signal }));
        controller.abort("one of them");
        assert.strictEqual((await calling).cause, "one of them");
      });

      test("does not affect other calls of the same client", async () => {
        const { fetch, signals } = hanging();
        const alikassa = context.client({ fetch, timeoutMs: 300 });
        const controller = new AbortController();
        const aborted = context.unknownOf(() => alikassa.payoutStatus({ id: "1" }, { signal: controller.signal }));
        const other = context.unknownOf(() => alikassa.payoutStatus({ id: "2" }));
        await sleep(20);
        controller.abort();
        assert.strictEqual((await aborted).code, "aborted");
        assert.deepEqual(
          signals.map(({ aborted }) => aborted),
          [true, false],
        );
        assert.strictEqual((await other).code, "upstream_timeout");
      });

      test("ends at once between two attempts, and sends nothing more", async () => {
        const { fetch, count } = inTurn({ status: 503, headers: { "Retry-After": "5" } });
        const controller = new AbortController();
        const alikassa = context.client({ fetch, retries: 3 });
        const calling = context.unknownOf(() => alikassa.payoutStatus({ id: "1" }, { signal: controller.signal }));
        while (count() === 0) await sleep(1);
        await sleep(20);
        const begin = performance.now();
        controller.abort("in the pause");
        assert.strictEqual((await calling).cause, "in the pause");
        assert.isBelow(performance.now() - begin, 1000);
        assert.strictEqual(count(), 1);
      });
    },
    { concurrent: true },
  );

  describe("a signal", () => {
    test("may abort after the answer, or be undefined", async () => {
      const controller = new AbortController();
      for (const signal of [controller.signal, undefined]) {
        const payout = await context.client(answering(WAIT)).payoutStatus({ id: "1" }, { signal });
        controller.abort();
        assert.strictEqual(payout.payment_status, "wait");
      }
    });

    for (const [name, call] of Object.entries(CALLS)) {
      test(`must be an AbortSignal: ${name}`, async () => {
        for (const signal of ["signal", 5, {}, new AbortController()] as unknown as AbortSignal[]) {
          const { fetch, count } = answering(PAID);
          const error = await context.refusalOf(() => call(context.client({ fetch }), signal), "InvalidRequestError");
          assert.match(error.message, /^signal must be/);
          assert.strictEqual(count(), 0);
        }
      });
    }
  });
}
