/** Accepted and refused payout queries. */
import type { PayoutQuery } from "alikassa-edge";
import { assert } from "chai";
import { answering, echo } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

export function queryCases(context: SuiteContext): void {
  describe("a query", () => {
    const accepted: readonly (readonly [string, unknown, string])[] = [
      ["an id that is a string", { id: "100000536" }, '{"id":"100000536"}'],
      ["an id that is a number", { id: 100000536 }, '{"id":"100000536"}'],
      ["an id that is a bigint", { id: 100000536n }, '{"id":"100000536"}'],
      ["an id that is a bigint beyond all numbers", { id: 123456789012345678901n }, '{"id":"123456789012345678901"}'],
      ["the largest id that is a number", { id: Number.MAX_SAFE_INTEGER }, '{"id":"9007199254740991"}'],
      ["id 0", { id: 0 }, '{"id":"0"}'],
      ["an id with leading zeros", { id: "007" }, '{"id":"007"}'],
      ["an order_id", { order_id: "6422494" }, '{"order_id":"6422494"}'],
      ["an order_id that PHP escapes", { order_id: "a/б" }, '{"order_id":"a\\/\\u0431"}'],
      ["128 characters", { order_id: "ж".repeat(128) }, `{"order_id":"${"\\u0436".repeat(128)}"}`],
      ["128 emoji", { order_id: "🔑".repeat(128) }, `{"order_id":"${"\\ud83d\\udd11".repeat(128)}"}`],
      ["a property that is undefined", { id: "1", order_id: undefined }, '{"id":"1"}'],
      ["an unknown property that is undefined", { id: "1", note: undefined }, '{"id":"1"}'],
      ["an object without a prototype", Object.assign(Object.create(null), { id: "1" }), '{"id":"1"}'],
      ["an inherited property besides", Object.assign(Object.create({ order_id: "2" }), { id: "1" }), '{"id":"1"}'],
      ["a frozen object", Object.freeze({ id: "1" }), '{"id":"1"}'],
    ];
    for (const [name, query, body] of accepted) {
      test(`with ${name} is sent in PHP's JSON`, async () => {
        const { fetch, bodies } = echo("wait");
        const payout = await context.client({ fetch }).payoutStatus(query as PayoutQuery);
        assert.deepEqual(bodies, [body]);
        assert.strictEqual(payout.payment_status, "wait");
      });
    }

    const refused: readonly (readonly [string, unknown, RegExp])[] = [
      ["both keys", { id: "1", order_id: "2" }, /more than one/],
      ["neither key", {}, /names no payout/],
      ["both undefined", { id: undefined, order_id: undefined }, /names no payout/],
      ["null in place of it", null, /the query must be/],
      ["nothing in place of it", undefined, /the query must be/],
      ["a string in place of it", "100000536", /the query must be/],
      ["a number in place of it", 100000536, /the query must be/],
      ["an array in place of it", ["100000536"], /the query must be/],
      ["a Map in place of it", new Map([["id", "1"]]), /names no payout|the query/],
      ["a function in place of it", () => ({ id: "1" }), /the query must be/],
      ["an id that is null", { id: null }, /id must be/],
      ["an id that is a boolean", { id: true }, /id must be/],
      ["an id that is an object", { id: {} }, /id must be/],
      ["an id that is an array", { id: ["1"] }, /id must be/],
      ["an id that is a symbol", { id: Symbol("1") }, /id must be/],
      ["an id that is NaN", { id: Number.NaN }, /id must be/],
      ["an id that is infinite", { id: Number.POSITIVE_INFINITY }, /id must be/],
      ["an id with a fraction", { id: 1.5 }, /id must be/],
      ["a negative id", { id: -1 }, /id must be/],
      ["a negative id that is a bigint", { id: -1n }, /id must be/],
      ["an id of 2^53, which may stand for another", { id: 2 ** 53 }, /id must be/],
      ["an id that is a bigint of 129 digits", { id: 10n ** 128n }, /129 characters/],
      ["an empty id", { id: "" }, /empty/],
      ["an id of 129 characters", { id: "1".repeat(129) }, /129 characters/],
      ["an id with half of a surrogate pair", { id: "\ud800" }, /^id contains half/],
      ["an empty order_id", { order_id: "" }, /empty/],
      ["an order_id of 129 characters", { order_id: "ж".repeat(129) }, /129 characters/],
      ["an order_id that is a number", { order_id: 6422494 }, /order_id must be a string/],
      ["an order_id that is null", { order_id: null }, /order_id must be a string/],
      ["an order_id that is a String object", { order_id: Object("1") }, /order_id must be a string/],
      ["an order_id with half of a surrogate pair", { order_id: "a\udc00" }, /^order_id contains half/],
      ["orderId, which is not AliKassa's name", { orderId: "6422494" }, /\{ order_id \}/],
      ["an unknown property", { id: "1", note: "x" }, /without other fields/],
      ["an unknown property that is null", { id: "1", note: null }, /without other fields/],
    ];
    for (const [name, query, message] of refused) {
      test(`with ${name} is refused without a request`, async () => {
        const { fetch, count } = answering("{}");
        const error = await context.refusalOf(
          () => context.client({ fetch }).payoutStatus(query as PayoutQuery),
          "InvalidRequestError",
        );
        assert.strictEqual(error.code, "invalid_request");
        assert.match(error.message, message);
        assert.strictEqual(count(), 0);
      });
    }

    test("rejects rather than throws", async () => {
      const calling = context.client().payoutStatus({} as PayoutQuery);
      assert.instanceOf(calling, Promise);
      await calling.then(
        () => assert.fail("it went well"),
        () => {},
      );
    });
  });
}
