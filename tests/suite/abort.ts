/** Giving up on a call. */
import type { AliKassa } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { answering, type Merchant, sleep } from "./merchant.ts";

/** A `fetch` that never answers by itself, and that knows whether it was given up. */
function hanging() {
  const signals: AbortSignal[] = [];
  const send: typeof fetch = (_url, init) =>
    new Promise((_resolve, reject) => {
      const signal = init?.signal;
      if (signal === undefined || signal === null) throw new Error("no signal");
      signals.push(signal);
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return { fetch: send, signals };
}

export function abortCases(merchant: Merchant): void {
  describe(
    "a call that is given up",
    () => {
      for (const call of ["payoutStatus", "request"] as const) {
        const start = (alikassa: AliKassa, signal: AbortSignal) =>
          call === "request"
            ? alikassa.request("v1/payout", [], { signal })
            : alikassa.payoutStatus({ id: "1" }, { signal });

        test(`before it begins is aborted, and nothing is sent: ${call}`, async () => {
          const { fetch, count } = answering("{}");
          const reason = new Error("nobody waits");
          const error = await merchant.unknownOf(() => start(merchant.client({ fetch }), AbortSignal.abort(reason)));
          assert.deepEqual([error.code, error.cause, error.attempts], ["aborted", reason, undefined]);
          assert.strictEqual(count(), 0);
        });

        test(`under way is aborted, and ends its request: ${call}`, async () => {
          const { fetch, signals } = hanging();
          const controller = new AbortController();
          const calling = merchant.unknownOf(() => start(merchant.client({ fetch }), controller.signal));
          await sleep(10);
          controller.abort("enough");
          const error = await calling;
          assert.deepEqual([error.code, error.cause, error.retryable], ["aborted", "enough", true]);
          assert.deepEqual(
            signals.map(({ aborted }) => aborted),
            [true],
          );
        });
      }

      test("has a DOMException as its cause where no reason was given", async () => {
        const controller = new AbortController();
        const calling = merchant.unknownOf(() =>
          merchant.client(hanging()).payoutStatus({ id: "1" }, { signal: controller.signal }),
        );
        controller.abort();
        const { cause } = await calling;
        assert.instanceOf(cause, DOMException);
        assert.strictEqual(cause.name, "AbortError");
      });

      test("by AbortSignal.timeout has a TimeoutError as its cause", async () => {
        const signal = AbortSignal.timeout(50);
        const error = await merchant.unknownOf(() => merchant.client(hanging()).payoutStatus({ id: "1" }, { signal }));
        assert.strictEqual(error.code, "aborted");
        assert.strictEqual((error.cause as DOMException).name, "TimeoutError");
      });

      test("by AbortSignal.any is aborted too", async () => {
        const controller = new AbortController();
        const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
        const calling = merchant.unknownOf(() => merchant.client(hanging()).payoutStatus({ id: "1" }, { signal }));
        controller.abort("one of them");
        assert.strictEqual((await calling).cause, "one of them");
      });

      test("leaves other calls of the same client alone", async () => {
        const { fetch, signals } = hanging();
        const alikassa = merchant.client({ fetch, timeoutMs: 300 });
        const controller = new AbortController();
        const aborted = merchant.unknownOf(() => alikassa.payoutStatus({ id: "1" }, { signal: controller.signal }));
        const other = merchant.unknownOf(() => alikassa.payoutStatus({ id: "2" }));
        await sleep(20);
        controller.abort();
        assert.strictEqual((await aborted).code, "aborted");
        assert.deepEqual(
          signals.map(({ aborted }) => aborted),
          [true, false],
        );
        assert.strictEqual((await other).code, "upstream_timeout");
      });
    },
    { concurrent: true },
  );

  describe("a signal that lives long", () => {
    const payout = '{"payment_status":"wait","id":"1"}';

    test("that aborts after the answer changes nothing", async () => {
      const controller = new AbortController();
      const answer = await merchant.client(answering(payout)).payoutStatus({ id: "1" }, { signal: controller.signal });
      controller.abort();
      assert.strictEqual(answer.payment_status, "wait");
    });

    test("may be undefined", async () => {
      assert.strictEqual(
        (await merchant.client(answering(payout)).payoutStatus({ id: "1" }, { signal: undefined })).is_final,
        false,
      );
    });

    for (const signal of ["signal", 5, {}, new AbortController()]) {
      test(`that is no signal is refused, since the call could never be given up: ${Object.prototype.toString.call(signal)}`, async () => {
        const { fetch, count } = answering(payout);
        const options = { signal: signal as unknown as AbortSignal };
        await merchant.refusalOf(
          () => merchant.client({ fetch }).payoutStatus({ id: "1" }, options),
          "InvalidRequestError",
        );
        assert.strictEqual(count(), 0);
      });
    }
  });
}
