/** `verifyNotification` with the sandbox's notifications, in a server of Node's, and with other forms of the key. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, test } from "node:test";
import { VerificationError, verifyNotification } from "alikassa-edge";
import { type NotificationDelivery, SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { ACCOUNT } from "../fixtures/keys.ts";
import { useSandbox } from "../fixtures/sandbox.ts";
import { vectorFile, vectors } from "../fixtures/vectors.ts";
import { context } from "./context.ts";

interface Vector {
  readonly name: string;
  readonly query: string;
}

const sample = vectors<Vector>("notifications").find(({ name }) => name === "the sample, 1024, sha1") ?? assert.fail();

describe("the sandbox's notifications", () => {
  const sandbox = useSandbox();
  const read = (options: Omit<NotificationDelivery, "to" | "as">, payout = "6422494") => {
    const url = sandbox().notificationUrl(payout, { to: "https://shop.example/webhooks/alikassa?shop=7", ...options });
    return verifyNotification(url, sandbox().notificationKey);
  };

  test("verify for each payout, with both digests, in several forms, with a plus as a blank", () => {
    for (const { id, order_id = "", json } of SANDBOX_PAYOUTS) {
      const { payment_status } = JSON.parse(json) as { payment_status: string };
      for (const digest of ["sha1", "sha256"] as const) {
        for (const form of ["documented", "without_commission", "card_brand_boolean_unescaped"] as const) {
          const found = read({ digest, form, plusAsBlank: true }, order_id);
          const expected = ["payout", id, order_id, payment_status, ACCOUNT];
          assert.deepEqual([found.type, found.id, found.order_id, found.payment_status, found.account], expected);
          assert.match(found.desc ?? "", /^Выплата "[\w-]+" \/ \d+$/);
          if (form === "without_commission") assert.equal(found.commission_amount, undefined);
          assert.equal(found.card_brand, form.startsWith("card_brand") ? "VISA" : undefined);
        }
      }
    }
    assert.equal(read({}).commission_amount, "10");
  });

  test("have the given fields, and are refused after a change", () => {
    const found = read({ type: "payment", status: "cancel", fields: { desc: null, amount: "1/2" } });
    const expected = ["payment", "cancel", undefined, "1/2"];
    assert.deepEqual([found.type, found.payment_status, found.desc, found.amount], expected);
    for (const tamper of [{ payment_status: "fail" }, { amount: null }, { id: "1" }, { sign: "AAAA" }, { sign: null }])
      assert.throws(() => read({ tamper }), VerificationError);
  });
});

test("a notification is accepted from a request to a server of Node's", async () => {
  const found: unknown[] = [];
  const server = createServer((request, response) => {
    found.push(verifyNotification(request.url ?? "", vectorFile("public/spki-1024.pem")).id);
    response.end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  await fetch(`http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?${sample.query}`);
  server.close();
  assert.deepEqual(found, ["100000536"]);
});

test("the key may be in a certificate, and is refused if it is weak", async () => {
  assert.equal(verifyNotification(sample.query, vectorFile("public/certificate-1024.pem")).id, "100000536");
  const weak = () => verifyNotification(sample.query, vectorFile("public_refused/e-1.pem"));
  assert.equal((await context.refusalOf(weak, "KeyError")).code, "bad_key");
});
