/** `verifyNotification`: what PHP verifies, and nothing else, from wherever its parameters are. */
import { AliKassaError, SignatureError, verifyNotification } from "alikassa-edge";
import { assert } from "chai";
import { describe, test } from "./cases.ts";
import { everythingOf, type Merchant, thrownBy } from "./merchant.ts";

/** The `SignatureError` that `call` ends with. */
async function assertRefused(call: () => unknown): Promise<void> {
  const error = await thrownBy(call);
  assert.instanceOf(error, SignatureError, everythingOf(error));
  assert.instanceOf(error, AliKassaError);
  assert.deepEqual([error.name, error.code], ["SignatureError", "invalid_signature"]);
  assert.isFalse("payment_status" in error);
  assert.notMatch(everythingOf(error), /unreachable|panicked|RuntimeError/);
}

export function notificationCases(merchant: Merchant): void {
  const { archive, notifications } = merchant.given;
  const sample = notifications[0] ?? assert.fail("no notification");
  const { pem, query, shown } = sample;
  const parameters = Object.fromEntries(new URLSearchParams(query));

  describe("a notification", () => {
    test("is shown as PHP has it, or is refused, for every vector", async () => {
      assert.isAbove(notifications.length, 200);
      for (const row of notifications) {
        const call = () => verifyNotification(`https://shop.example/?${row.query}`, row.pem);
        if (row.shown === undefined) await assertRefused(call);
        else assert.deepEqual<unknown>(call(), row.shown, row.name);
      }
    });

    const form = new FormData();
    for (const [name, value] of Object.entries(parameters)) form.append(name, value);
    const inputs: Readonly<Record<string, string | object>> = {
      "an absolute URL": `https://shop.example/hook?${query}#a?b=c`,
      "a URL as Node's http has it": `/hook?${query}`,
      "a bare query string": query,
      "a URL object": new URL(`https://shop.example/hook?${query}`),
      "a Request's URL": new Request(`https://shop.example/hook?${query}`).url,
      URLSearchParams: new URLSearchParams(query),
      FormData: form,
      "a Map": new Map(Object.entries(parameters)),
      "an object": parameters,
      "an object with other types": { ...parameters, id: BigInt(parameters["id"] ?? ""), is_partial_payment: false },
    };
    for (const [name, input] of Object.entries(inputs)) {
      test(`is taken from ${name}`, () => assert.deepEqual<unknown>(verifyNotification(input, pem), shown));
    }

    for (const name of Object.keys(parameters)) {
      test(`is refused for a change of ${name}, and for ${name} twice`, async () => {
        const value = name === "id" ? "100000537" : name === "sign" ? "QUJD" : `${parameters[name]}x`;
        await assertRefused(() => verifyNotification({ ...parameters, [name]: value }, pem));
        await assertRefused(() => verifyNotification(`${query}&${name}=${value}`, pem));
        await assertRefused(() => verifyNotification({ ...parameters, [name]: [value, value] }, pem));
      });
    }

    const nothing = [undefined, null, true, 5, 5n, "", "?", "{}", {}, [], [null], new Map([[{}, {}]]), { sign: {} }];
    for (const input of nothing) {
      test(`is refused where there is none: ${Object.prototype.toString.call(input)} ${String(input)}`, async () => {
        await assertRefused(() => verifyNotification(input as object, pem));
      });
    }

    test("is refused with a key of nobody's, and that key is not shown", async () => {
      for (const key of ["", "public.pem", archive.privatePem, pem.slice(0, 60)]) {
        const error = await merchant.refusalOf(() => verifyNotification(query, key), "KeyError");
        assert.strictEqual(error.code, "bad_key");
      }
      for (const key of [undefined, null, 5, {}]) {
        const call = () => verifyNotification(query, key as unknown as string);
        await merchant.refusalOf(call, "InvalidRequestError");
      }
    });
  });
}
