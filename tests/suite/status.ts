/** `payoutStatus`, answered by the sandbox over HTTP: payouts in every status, and everything that goes wrong. */
import type { Payout } from "alikassa-edge";
import { assert } from "chai";
import { answering, inTurn } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

/** The payout that is expected for AliKassa's JSON: all numbers are strings with their digits. */
function expected(json: string): Payout {
  const quoted = json.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)/g, (_all, text, digits) => text ?? `"${digits}"`);
  const entries = Object.entries(JSON.parse(quoted) as Record<string, unknown>);
  const payout = Object.fromEntries(entries.map(([name, value]) => [name === "RRN" ? "rrn" : name, value])) as Payout;
  return { ...payout, is_final: ["paid", "cancel", "fail"].includes(payout.payment_status) };
}

export function statusCases(context: SuiteContext): void {
  describe("a payout's status", () => {
    test("is a plain object, even with a field named __proto__", async () => {
      const json = '{"payment_status":"wait","id":"1","__proto__":{"is_final":true,"polluted":1}}';
      const payout = await context.client(answering(json)).payoutStatus({ id: "1" });
      assert.strictEqual(Object.getPrototypeOf(payout), Object.prototype);
      assert.isFalse(payout.is_final);
      assert.isFalse("polluted" in {});
    });

    test("has the digits of every number as a string, also in undocumented fields", async () => {
      const numbers = ["0.0300", "1e3", "12345678901234567890", "-0", "1.10", "123456789012345678.90"];
      for (const number of numbers) {
        const json = `{"payment_status":"wait","id":1,"amount":${number},"fee":${number},"more":[{"a":${number}},true]}`;
        const payout = await context.client(answering(json)).payoutStatus({ id: "1" });
        assert.deepEqual([payout.id, payout.amount, payout["fee"]], ["1", number, number]);
        assert.deepEqual(payout["more"], [{ a: number }, true]);
      }
    });

    test("is final for paid, cancel and fail only", async () => {
      const final: Record<string, boolean> = {};
      for (const status of ["wait", "paid", "cancel", "fail", "refund", "PAID"])
        final[status] = (await context.client(inTurn(status)).payoutStatus({ id: "1" })).is_final;
      assert.deepEqual(final, { wait: false, paid: true, cancel: true, fail: true, refund: false, PAID: false });
    });

    test("is unknown with an error that survives JSON and begins a stack with its name", async () => {
      const { fetch } = answering('{"message":"Sandbox."}', 503);
      const error = await context.unknownOf(() => context.client({ fetch }).payoutStatus({ id: "1" }));
      assert.strictEqual(
        error.message,
        "the payout's state is unknown: AliKassa answered with HTTP status 503: Sandbox.",
      );
      const { code, payoutState, retryable, attempts, upstreamStatus } = JSON.parse(
        JSON.stringify(error),
      ) as typeof error;
      assert.deepEqual([code, payoutState, retryable], ["upstream_status", "unknown", true]);
      assert.deepEqual([attempts, upstreamStatus], [1, 503]);
      assert.match(String(error), /^GatewayError: the payout's state is unknown/);
    });

    test("is unknown if a refusal contains a payout, of which the error keeps nothing", async () => {
      const json = '{"message":"Invalid.","errors":{},"payment_status":"fail","id":"1","amount":"300.00"}';
      const error = await context.unknownOf(() => context.client(answering(json, 400)).payoutStatus({ id: "1" }));
      assert.notMatch(JSON.stringify(error), /payment_status|300\.00|fail"/);
      assert.deepEqual([error.upstreamMessage, error.errors], ["Invalid.", undefined]);
    });

    test("does not take an is_final of AliKassa's for its own", async () => {
      const json = '{"payment_status":"wait","id":"1","is_final":true}';
      assert.isFalse((await context.client(answering(json)).payoutStatus({ id: "1" })).is_final);
    });
  });

  const { sandbox } = context.data;
  if (sandbox !== undefined) askSandbox(context, sandbox);
}

function askSandbox(
  context: SuiteContext,
  { url: baseUrl, payouts, faults }: NonNullable<SuiteContext["data"]["sandbox"]>,
): void {
  describe("a payout's status over HTTP", () => {
    for (const { about, id, order_id, json } of payouts) {
      test(`comes with AliKassa's fields in AliKassa's order: ${about}`, async () => {
        const alikassa = context.client({ baseUrl });
        const answers: Payout[] = [];
        if (order_id !== undefined) answers.push(await alikassa.payoutStatus({ order_id }));
        if (id !== undefined) {
          answers.push(await alikassa.payoutStatus({ id }), await alikassa.payoutStatus({ id: Number(id) }));
          answers.push(await alikassa.payoutStatus({ id: BigInt(id) }));
        }
        assert.strictEqual(answers.length, 4);
        for (const payout of answers) {
          assert.deepEqual(payout, expected(json));
          assert.deepEqual(Object.keys(payout), Object.keys(expected(json)));
        }
      });
    }

    test("of a payout that AliKassa does not know is unknown, with what AliKassa says of it", async () => {
      const error = await context.unknownOf(() => context.client({ baseUrl }).payoutStatus({ order_id: "unlisted" }));
      assert.deepEqual([error.code, error.upstreamStatus, error.retryable], ["upstream_status", 400, false]);
      assert.deepEqual(error.errors, { order_id: ["The selected order_id is invalid."] });
    });

    test("may be asked for forty times at once", async () => {
      const alikassa = context.client({ baseUrl });
      const ids = Array.from({ length: 40 }, (_, at) => payouts[at % payouts.length]?.id ?? "");
      const answers = await Promise.all(ids.map((id) => alikassa.payoutStatus({ id })));
      assert.deepEqual(
        answers.map(({ id }) => id),
        ids,
      );
    });

    test("is accepted with the digest of the account alone", async () => {
      const alikassa = context.client({ baseUrl, digest: "sha256" });
      const error = await context.requestErrorOf(() => alikassa.request("v1/account/balance", []));
      assert.strictEqual(error.upstreamStatus, 400);
      const reason = "The sign is invalid. It was made with sha256; this account signs with sha1.";
      assert.deepEqual(error.errors, { sign: [reason] });
    });
  });

  describe(
    "the state is unknown, whatever AliKassa does instead of answering",
    () => {
      for (const { name, about, code, status, retryable } of faults) {
        test(`${name}, ${about}: ${code}`, async () => {
          // Faults that never end wait for the time limit; the others must not come near it.
          const timeoutMs = code === "upstream_timeout" ? 2000 : 20_000;
          const call = () => context.client({ baseUrl, timeoutMs }).payoutStatus({ order_id: `fault-${name}` });
          const error = await context.unknownOf(call);
          assert.deepEqual(
            [error.code, error.upstreamStatus ?? null, error.retryable, error.attempts],
            [code, status, retryable, 1],
          );
        });
      }
    },
    { concurrent: true },
  );
}
