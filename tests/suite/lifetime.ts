/** Closing a client. */
import { type AliKassa, AliKassaError, ClosedError } from "alikassa-edge";
import { assert } from "chai";
import { everythingOf, thrownBy } from "../fixtures/errors.ts";
import { answering, PAID, sleep } from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

const USES: Readonly<Record<string, (alikassa: AliKassa) => unknown>> = {
  payoutStatus: (alikassa) => alikassa.payoutStatus({ id: "1" }),
  request: (alikassa) => alikassa.request("v1/account/balance", []),
  waitForPayout: (alikassa) => alikassa.waitForPayout({ id: "1" }),
  payoutStatuses: (alikassa) => alikassa.payoutStatuses([{ id: "1" }]).next(),
  signedRequest: (alikassa) => alikassa.signedRequest("v1/account/balance", []),
  sign: (alikassa) => alikassa.sign("[]"),
  keyBits: (alikassa) => alikassa.keyBits,
  keyFingerprint: (alikassa) => alikassa.keyFingerprint,
};

export function lifetimeCases(context: SuiteContext): void {
  describe("a closed client", () => {
    for (const [name, use] of Object.entries(USES)) {
      test(`throws a ClosedError: ${name}`, async () => {
        const { fetch, count } = answering(PAID);
        const alikassa = context.client({ fetch });
        alikassa[Symbol.dispose]();
        const error = await thrownBy(() => use(alikassa));
        assert.instanceOf(error, ClosedError);
        assert.isTrue(error instanceof AliKassaError);
        assert.deepEqual([error.name, error.code], ["ClosedError", "disposed"]);
        assert.match(error.message, /create a new AliKassa/);
        assert.strictEqual(count(), 0);
      });
    }

    test("may be closed twice", () => {
      const alikassa = context.client();
      alikassa[Symbol.dispose]();
      assert.doesNotThrow(() => alikassa[Symbol.dispose]());
    });

    test("does not end a call in progress", async () => {
      let answer: (response: Response) => void = () => assert.fail("not asked");
      const send: typeof fetch = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const alikassa = context.client({ fetch: send });
      const calling = alikassa.payoutStatus({ id: "1" });
      alikassa[Symbol.dispose]();
      await sleep(1);
      answer(new Response(PAID));
      assert.strictEqual((await calling).payment_status, "paid");
    });

    test("does not end the retries of a call in progress", async () => {
      let count = 0;
      const send: typeof fetch = async () => {
        count += 1;
        return count < 3 ? new Response("{}", { status: 503 }) : new Response(PAID);
      };
      const alikassa = context.client({ fetch: send, retries: 2 });
      const calling = alikassa.payoutStatus({ id: "1" });
      alikassa[Symbol.dispose]();
      assert.strictEqual((await calling).payment_status, "paid");
    });

    test("does not affect another client with the same key", () => {
      const [first, second] = [context.client(), context.client()];
      const signature = second.sign("[]");
      first[Symbol.dispose]();
      assert.strictEqual(second.sign("[]"), signature);
    });
  });

  describe("an inspected client", () => {
    test("shows neither key nor password nor internals of the module", () => {
      const alikassa = context.client();
      assert.strictEqual(JSON.stringify(alikassa), "{}");
      assert.deepEqual(Reflect.ownKeys(alikassa), []);
      assert.isFalse(everythingOf(alikassa).includes("__wbg_ptr"));
    });
  });
}
