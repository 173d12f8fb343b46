/** `waitForPayout`. */
import {
  ClosedError,
  GatewayError,
  type PayoutAnswer,
  type PayoutQuery,
  type WaitOptions,
  WaitTimeoutError,
} from "alikassa-edge";
import { assert } from "chai";
import { everythingOf, thrownBy } from "../fixtures/errors.ts";
import { answering, hanging, inTurn, type MockAnswer, PAID, sleep, WAIT } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

/** Records the updates in one word each. */
function recorder() {
  const updates: string[] = [];
  const onUpdate = ({ payout, error }: PayoutAnswer<PayoutQuery, GatewayError>) => {
    updates.push(payout === undefined ? error.code : payout.payment_status);
  };
  return { updates, onUpdate };
}

export function waitingCases(context: SuiteContext): void {
  const wait = (fetch: typeof globalThis.fetch, options: WaitOptions = {}) =>
    context.client({ fetch }).waitForPayout({ id: "1" }, { intervalMs: 1, ...options });
  const timeoutOf = async (fetch: typeof globalThis.fetch, options: WaitOptions) => {
    const error = await context.unknownOf(() => wait(fetch, options), "WaitTimeoutError");
    assert.instanceOf(error, WaitTimeoutError);
    assert.deepEqual([error.code, error.retryable, error.attempts], ["wait_timeout", true, undefined]);
    return error;
  };

  describe(
    "waiting for a payout",
    () => {
      const courses: Readonly<Record<string, readonly [answers: MockAnswer[], updates: string[]]>> = {
        "paid at once": [["paid"], ["paid"]],
        "paid after waiting": [
          ["wait", "wait", "paid"],
          ["wait", "paid"],
        ],
        "canceled after waiting": [
          ["wait", "cancel"],
          ["wait", "cancel"],
        ],
        "failed after waiting": [
          ["wait", "fail"],
          ["wait", "fail"],
        ],
        "with undocumented statuses, which are not final": [
          ["new", "new", "other", "paid"],
          ["new", "other", "paid"],
        ],
        "through retryable errors, with an update for each new one": [
          ["wait", 500, 500, { body: "<html>" }, new Error("broken"), 502, 503, "paid"],
          [
            "wait",
            "upstream_status",
            "upstream_invalid",
            "upstream_unreachable",
            "upstream_status",
            "upstream_status",
            "paid",
          ],
        ],
        "with an update when an error has gone": [
          ["wait", 500, "wait", "wait", "paid"],
          ["wait", "upstream_status", "wait", "paid"],
        ],
      };
      for (const [name, [answers, expected]] of Object.entries(courses)) {
        test(`ends when it is final: ${name}`, async () => {
          const { fetch, count } = inTurn(...answers);
          const { updates, onUpdate } = recorder();
          const payout = await wait(fetch, { onUpdate });
          assert.deepEqual([payout.payment_status, payout.is_final], [expected.at(-1) as string, true]);
          assert.deepEqual([count(), updates], [answers.length, expected]);
        });
      }

      test("updates with the query and the payout that is returned, also for a changed field", async () => {
        const bodies = ['"wait","amount":"1"', '"wait","amount":"2"', '"paid","amount":"2"'];
        const { fetch } = inTurn(...bodies.map((fields) => ({ body: `{"id":"1","payment_status":${fields}}` })));
        const updates: PayoutAnswer[] = [];
        const query = { id: "1" };
        const options = { intervalMs: 1, onUpdate: (update: PayoutAnswer) => void updates.push(update) };
        const payout = await context.client({ fetch }).waitForPayout(query, options);
        assert.deepEqual(
          updates.map((update) => [update.payout?.amount, Object.keys(update)]),
          ["1", "2", "2"].map((amount) => [amount, ["query", "payout"]]),
        );
        assert.strictEqual(updates.at(-1)?.payout, payout);
        for (const update of updates) assert.strictEqual(update.query, query);
      });

      for (const status of [400, 404, 302]) {
        test(`ends with an error that is not retryable, as unknown: ${status}`, async () => {
          const { fetch, count } = inTurn(status);
          const { updates, onUpdate } = recorder();
          const error = await context.unknownOf(() => wait(fetch, { onUpdate }));
          assert.deepEqual([error.code, error.retryable, count()], ["upstream_status", false, 1]);
          assert.deepEqual(updates, ["upstream_status"]);
        });
      }

      test("retries each request like a single one", async () => {
        const { fetch, count } = inTurn({ status: 503, headers: { "Retry-After": "0" } }, new Error("broken"), "paid");
        const { updates, onUpdate } = recorder();
        await context.client({ fetch, retries: 2 }).waitForPayout({ id: "1" }, { onUpdate });
        assert.deepEqual([updates, count()], [["paid"], 3]);
      });

      test("refuses an invalid query without a request or an update", async () => {
        const { updates, onUpdate } = recorder();
        const { fetch, count } = answering(PAID);
        for (const query of [{}, { id: "" }, { id: "1", order_id: "2" }, null] as unknown as PayoutQuery[]) {
          const call = () => context.client({ fetch }).waitForPayout(query, { onUpdate });
          await context.refusalOf(call, "InvalidRequestError");
        }
        assert.deepEqual([updates, count()], [[], 0]);
      });

      test("ends with the exception of onUpdate", async () => {
        const mine = new Error("mine");
        const { fetch, count } = answering(WAIT);
        const onUpdate = () => {
          throw mine;
        };
        assert.strictEqual(await thrownBy(() => wait(fetch, { onUpdate })), mine);
        assert.strictEqual(count(), 1);
      });

      test("ends when the client is closed", async () => {
        const alikassa = context.client(answering(WAIT));
        const waiting = thrownBy(() => alikassa.waitForPayout({ id: "1" }, { intervalMs: 10 }));
        alikassa[Symbol.dispose]();
        assert.instanceOf(await waiting, ClosedError);
      });

      const invalid: Readonly<Record<string, readonly unknown[]>> = {
        intervalMs: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001, "10", null],
        timeoutMs: [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "10", null],
        onUpdate: [5, "log", {}, null],
      };
      for (const [name, values] of Object.entries(invalid)) {
        test(`refuses an invalid ${name}`, async () => {
          const { fetch, count } = answering(PAID);
          for (const value of values) {
            const error = await context.refusalOf(() => wait(fetch, { [name]: value }), "InvalidRequestError");
            assert.match(error.message, new RegExp(`^${name} must be`));
          }
          assert.strictEqual(count(), 0);
        });
      }
    },
    { concurrent: true },
  );

  describe(
    "waiting past the time limit",
    () => {
      test("fails as unknown, with the last payout, which no log shows", async () => {
        const begin = performance.now();
        const { fetch, count } = answering(WAIT);
        const error = await timeoutOf(fetch, { intervalMs: 20, timeoutMs: 1000 });
        // The last request comes one interval before the end.
        assert.isAtLeast(performance.now() - begin, 960);
        assert.isAbove(count(), 2);
        assert.strictEqual(error.message, "the payout's state is unknown: it was not final within 1000 ms");
        assert.deepEqual([error.lastPayout()?.payment_status, error.cause], ["wait", undefined]);
        assert.notMatch(everythingOf(error), /payment_status|wait"|'wait'/);
      });

      for (const [answers, lastStatus, code] of [
        [[500], undefined, "upstream_status"],
        [["wait", 500], "wait", "upstream_status"],
        [[500, "wait"], "wait", undefined],
      ] as const) {
        test(`has the last payout, and as its cause the error of the last request: ${answers}`, async () => {
          const { fetch, count } = inTurn(...answers);
          const error = await timeoutOf(fetch, { intervalMs: 200, timeoutMs: 1000 });
          assert.isAtLeast(count(), 2);
          assert.strictEqual(error.lastPayout()?.payment_status, lastStatus);
          assert.strictEqual((error.cause as GatewayError | undefined)?.code, code);
          assert.isTrue(code === undefined || error.cause instanceof GatewayError);
        });
      }

      test("aborts the request in progress, without an update", async () => {
        const { fetch, signals } = hanging();
        const { updates, onUpdate } = recorder();
        await timeoutOf(fetch, { timeoutMs: 150, onUpdate });
        assert.deepEqual([signals.length, signals[0]?.aborted, updates], [1, true, []]);
      });

      test("sends one request however short the time is", async () => {
        const { fetch, count } = answering(WAIT);
        await timeoutOf(fetch, { intervalMs: 2000, timeoutMs: 500 });
        assert.strictEqual(count(), 1);
        assert.strictEqual(
          (await wait(answering(PAID).fetch, { intervalMs: 2000, timeoutMs: 500 })).payment_status,
          "paid",
        );
      });
    },
    { concurrent: true },
  );

  describe("waiting that is aborted", () => {
    test("ends at once in a pause, and sends nothing more", async () => {
      const { fetch, count } = answering(WAIT);
      const controller = new AbortController();
      const waiting = context.unknownOf(() => wait(fetch, { intervalMs: 60_000, signal: controller.signal }));
      while (count() === 0) await sleep(5);
      await sleep(20);
      const begin = performance.now();
      controller.abort("enough");
      const error = await waiting;
      assert.deepEqual([error.name, error.code, error.cause], ["AbortError", "aborted", "enough"]);
      assert.isBelow(performance.now() - begin, 1000);
      assert.strictEqual(count(), 1);
    });

    test("ends without an update in a request, and before the next request if onUpdate aborts", async () => {
      const { updates, onUpdate } = recorder();
      const { fetch, signals } = hanging();
      const controller = new AbortController();
      const waiting = context.unknownOf(() => wait(fetch, { signal: controller.signal, onUpdate }));
      while (signals.length === 0) await sleep(5);
      controller.abort();
      assert.deepEqual([(await waiting).code, updates], ["aborted", []]);
      const own = new AbortController();
      const { fetch: answer, count } = answering(WAIT);
      const options = { intervalMs: 60_000, signal: own.signal, onUpdate: () => own.abort() };
      const error = await context.unknownOf(() => wait(answer, options));
      assert.deepEqual([error.code, count()], ["aborted", 1]);
    });
  });
}
