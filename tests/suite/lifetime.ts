/** From the making of a client to its end. */
import { type AliKassa, AliKassaError } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { answering, everythingOf, type Merchant, sleep, thrownBy } from "./merchant.ts";

const PAYOUT = '{"payment_status":"paid","id":"1"}';

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

export function lifetimeCases(merchant: Merchant): void {
  describe("a client that is disposed of", () => {
    for (const [name, use] of Object.entries(USES)) {
      test(`says so when ${name} is used`, async () => {
        const { fetch, count } = answering(PAYOUT);
        const alikassa = merchant.client({ fetch });
        alikassa[Symbol.dispose]();
        const error = await thrownBy(() => use(alikassa));
        assert.instanceOf(error, AliKassaError);
        assert.deepEqual([error.name, error.code], ["AliKassaError", "disposed"]);
        assert.match(error.message, /make a new one/);
        assert.strictEqual(count(), 0);
      });
    }

    test("may be disposed of twice, as every Disposable", () => {
      const alikassa = merchant.client();
      alikassa[Symbol.dispose]();
      assert.doesNotThrow(() => alikassa[Symbol.dispose]());
    });

    test("lets a call that is under way end well", async () => {
      let answer: (response: Response) => void = () => assert.fail("not asked");
      const send: typeof fetch = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const alikassa = merchant.client({ fetch: send });
      const calling = alikassa.payoutStatus({ id: "1" });
      alikassa[Symbol.dispose]();
      await sleep(1);
      answer(new Response(PAYOUT));
      assert.strictEqual((await calling).payment_status, "paid");
    });

    test("lets the retries of a call that is under way sign and end well", async () => {
      let count = 0;
      const send: typeof fetch = async () => {
        count += 1;
        return count < 3 ? new Response("{}", { status: 503 }) : new Response(PAYOUT);
      };
      const alikassa = merchant.client({ fetch: send, retries: 2 });
      const calling = alikassa.payoutStatus({ id: "1" });
      alikassa[Symbol.dispose]();
      assert.strictEqual((await calling).payment_status, "paid");
    });

    test("takes none of another client's key with it", () => {
      const [first, second] = [merchant.client(), merchant.client()];
      const signature = second.sign("[]");
      first[Symbol.dispose]();
      assert.strictEqual(second.sign("[]"), signature);
    });
  });

  describe("a client that is looked at", () => {
    test("shows neither key nor password nor anything of the module's inside", () => {
      const alikassa = merchant.client();
      assert.strictEqual(JSON.stringify(alikassa), "{}");
      assert.deepEqual(Reflect.ownKeys(alikassa), []);
      assert.isFalse(everythingOf(alikassa).includes("__wbg_ptr"));
    });
  });
}
