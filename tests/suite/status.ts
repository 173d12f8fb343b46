/** `payoutStatus`, answered by the sandbox over HTTP: payouts in every status, and everything that goes wrong. */
import type { Payout } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { answering, type Merchant } from "./merchant.ts";

const TEXTS = new Set([
  ...["id", "order_id", "payment_status", "card_mask", "amount", "payment_amount", "account_payment_amount"],
  ...["commission_amount", "service_code", "rrn", "account_old_balance", "account_new_balance"],
]);

/** The payout that the contract makes of AliKassa's JSON: documented fields are strings with the digits that were sent. */
function expected(json: string): Payout {
  // Each number as a text with a mark, since not every engine tells what JSON.parse saw.
  const marked = json.replace(/("(?:[^"\\]|\\.)*")|(-?\d[\d.eE+-]*)/g, (_all, text, digits) => text ?? `"\0${digits}"`);
  const unmark = (key: string, value: unknown): unknown => {
    if (typeof value !== "string" || !value.startsWith("\0")) return value;
    return TEXTS.has(key) ? value.slice(1) : Number(value.slice(1));
  };
  const entries = Object.entries(JSON.parse(marked.replaceAll("\0", "\\u0000"), unmark) as Record<string, unknown>);
  const payout = Object.fromEntries(entries.map(([name, value]) => [name === "RRN" ? "rrn" : name, value])) as Payout;
  return { ...payout, is_final: ["paid", "cancel", "fail"].includes(payout.payment_status) };
}

export function statusCases(merchant: Merchant): void {
  describe("a payout's status", () => {
    test("is a plain object, even with a field named __proto__", async () => {
      const json = '{"payment_status":"wait","id":"1","__proto__":{"is_final":true,"polluted":1}}';
      const payout = await merchant.client(answering(json)).payoutStatus({ id: "1" });
      assert.strictEqual(Object.getPrototypeOf(payout), Object.prototype);
      assert.isFalse(payout.is_final);
      assert.isFalse("polluted" in {});
    });

    test("has the digits of documented fields, and JavaScript's numbers in all others", async () => {
      const json = '{"payment_status":"wait","id":"1","amount":0.0300,"fee":0.0300}';
      const payout = await merchant.client(answering(json)).payoutStatus({ id: "1" });
      assert.deepEqual([payout.amount, payout["fee"]], ["0.0300", 0.03]);
    });

    test("does not take an is_final of AliKassa's for its own", async () => {
      const json = '{"payment_status":"wait","id":"1","is_final":true}';
      assert.isFalse((await merchant.client(answering(json)).payoutStatus({ id: "1" })).is_final);
    });
  });

  const { sandbox } = merchant.given;
  if (sandbox !== undefined) askSandbox(merchant, sandbox);
}

function askSandbox(
  merchant: Merchant,
  { url: baseUrl, payouts, faults }: NonNullable<Merchant["given"]["sandbox"]>,
): void {
  describe("a payout's status over HTTP", () => {
    for (const { about, id, orderId, json } of payouts) {
      test(`comes with AliKassa's fields in AliKassa's order: ${about}`, async () => {
        const alikassa = merchant.client({ baseUrl });
        const answers: Payout[] = [];
        if (orderId !== undefined) answers.push(await alikassa.payoutStatus({ orderId }));
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
      const error = await merchant.unknownOf(() => merchant.client({ baseUrl }).payoutStatus({ orderId: "nobody's" }));
      assert.deepEqual([error.code, error.upstreamStatus, error.retryable], ["upstream_status", 400, false]);
      assert.deepEqual(error.errors, { order_id: ["The selected order_id is invalid."] });
    });

    test("may be asked for forty times at once", async () => {
      const alikassa = merchant.client({ baseUrl });
      const ids = Array.from({ length: 40 }, (_, at) => payouts[at % payouts.length]?.id ?? "");
      const answers = await Promise.all(ids.map((id) => alikassa.payoutStatus({ id })));
      assert.deepEqual(
        answers.map(({ id }) => id),
        ids,
      );
    });

    test("is accepted with the digest of the account alone", async () => {
      const alikassa = merchant.client({ baseUrl, digest: "sha256" });
      const error = await merchant.unknownOf(() => alikassa.request("v1/account/balance", []));
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
          const call = () => merchant.client({ baseUrl, timeoutMs }).payoutStatus({ orderId: `fault-${name}` });
          const error = await merchant.unknownOf(call);
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
