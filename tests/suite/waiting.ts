/** `waitForPayout` and `payoutStatuses`. */
import { type PayoutQuery, WaitTimeoutError } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { type Merchant, sending, thrownBy } from "./merchant.ts";

/** A `fetch` that answers with these statuses in turn, the last one for ever; a number is an HTTP status. */
function inTurn(...answers: readonly (string | number)[]): {
  readonly fetch: typeof fetch;
  readonly count: () => number;
} {
  let count = 0;
  const send = sending(async () => {
    const answer = answers[Math.min(count, answers.length - 1)] ?? 500;
    count += 1;
    if (typeof answer === "number") return new Response("{}", { status: answer });
    return new Response(JSON.stringify({ payment_status: answer, id: "1" }));
  });
  return { fetch: send, count: () => count };
}

/** A `fetch` that answers with the payout that was asked for; `unknown` is no answer. */
const ECHO = sending(async (_url, { body }) => {
  const asked = JSON.parse(String(body)) as { id: string };
  return new Response(JSON.stringify({ payment_status: asked.id === "unknown" ? undefined : "paid", ...asked }));
});

export function waitingCases(merchant: Merchant): void {
  describe("waiting for a payout", () => {
    test("asks until it is final, and tells of each change", async () => {
      const { fetch, count } = inTurn("wait", "wait", 500, "paid");
      const seen: unknown[] = [];
      const payout = await merchant
        .client({ fetch })
        .waitForPayout(
          { id: "1" },
          { intervalMs: 1, onUpdate: ({ payout, error }) => seen.push(payout?.payment_status ?? error?.code) },
        );
      assert.strictEqual(payout.payment_status, "paid");
      assert.deepEqual(seen, ["wait", "upstream_status", "paid"]);
      assert.strictEqual(count(), 4);
    });

    test("is given up as unknown, never as failed", async () => {
      const call = () => merchant.client(inTurn("wait")).waitForPayout({ id: "1" }, { intervalMs: 20, timeoutMs: 100 });
      const error = await thrownBy(call);
      assert.instanceOf(error, WaitTimeoutError);
      assert.deepEqual([error.name, error.code, error.payoutState], ["WaitTimeoutError", "wait_timeout", "unknown"]);
      assert.notMatch(JSON.stringify(error), /payment_?status|is_?final/i);
    });

    test("ends at once when its signal does", async () => {
      const controller = new AbortController();
      const { fetch } = inTurn("wait");
      const options = { intervalMs: 60_000, signal: controller.signal, onUpdate: () => controller.abort("enough") };
      const error = await merchant.unknownOf(() => merchant.client({ fetch }).waitForPayout({ id: "1" }, options));
      assert.deepEqual([error.code, error.cause], ["aborted", "enough"]);
    });
  });

  describe("asking for many payouts", () => {
    test("answers in order, each with its payout or its error", async () => {
      const queries: PayoutQuery[] = ["1", "unknown", "3", ""].map((id) => ({ id }));
      const seen: unknown[] = [];
      for await (const { query, payout, error } of merchant.client({ fetch: ECHO }).payoutStatuses(queries))
        seen.push([query.id, payout?.payment_status ?? error?.code]);
      const expected = [
        ["1", "paid"],
        ["unknown", "upstream_invalid"],
        ["3", "paid"],
        ["", "invalid_request"],
      ];
      assert.deepEqual(seen, expected);
    });

    test("has no more under way than it may, and reads an endless source only as far", async () => {
      let [underWay, most, read] = [0, 0, 0];
      const send = sending(async (url, init) => {
        underWay += 1;
        most = Math.max(most, underWay);
        await new Promise((resolve) => setTimeout(resolve, 1));
        underWay -= 1;
        return ECHO(url, init);
      });
      async function* endless(): AsyncGenerator<PayoutQuery> {
        for (;;) {
          read += 1;
          yield { id: String(read) };
        }
      }
      let got = 0;
      for await (const { payout } of merchant.client({ fetch: send }).payoutStatuses(endless(), { concurrency: 3 })) {
        assert.strictEqual(payout?.payment_status, "paid");
        got += 1;
        if (got === 10) break;
      }
      assert.strictEqual(most, 3);
      assert.isBelow(read, 20);
    });
  });
}
