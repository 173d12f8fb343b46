/** The answer with a payout. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { assertPayout } from "./client.ts";
import { requestsFor, setUp } from "./harness.ts";

/** The specification's fields, all but the status and the two ids. */
const REST =
  '"amount":"300.00","payment_amount":"300.00","is_partial_payment":false,"account_payment_amount":"290",' +
  '"commission_amount":"10","service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"1290",' +
  '"account_new_balance":"1000"';

/** The answers for the sandbox's payouts, by `order_id`. Written by hand from the sandbox's raw text. */
const EXPECTED: Readonly<Record<string, string>> = {
  "6422494": `{"payment_status":"paid","id":"100000536","order_id":"6422494",${REST},"is_final":true}`,
  "sandbox-wait": `{"payment_status":"wait","id":"100000601","order_id":"sandbox-wait",${REST},"is_final":false}`,
  "sandbox-paid": `{"payment_status":"paid","id":"100000602","order_id":"sandbox-paid",${REST},"is_final":true}`,
  "sandbox-cancel": `{"payment_status":"cancel","id":"100000603","order_id":"sandbox-cancel",${REST},"is_final":true}`,
  "sandbox-fail": `{"payment_status":"fail","id":"100000604","order_id":"sandbox-fail",${REST},"is_final":true}`,
  "sandbox-refund": `{"payment_status":"refund","id":"100000605","order_id":"sandbox-refund",${REST},"is_final":false}`,
  "sandbox-numbers":
    '{"payment_status":"paid","id":"100000606","order_id":"sandbox-numbers","amount":"300","payment_amount":"300.00",' +
    '"is_partial_payment":true,"account_payment_amount":"93.84000000","commission_amount":"10.10",' +
    '"service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"123456789012345678.90",' +
    '"account_new_balance":"-0.00","is_final":true}',
  "sandbox-sparse":
    '{"payment_status":"wait","id":"100000607","order_id":"sandbox-sparse","card_mask":null,"amount":"10.00",' +
    '"payment_amount":null,"is_partial_payment":null,"service_code":null,"rrn":null,"is_final":false}',
  "sandbox-new-fields":
    '{"order_id":"sandbox-new-fields","id":"100000608","payment_status":"paid","card_mask":"220220******1234",' +
    '"amount":"1500.50","payment_amount":"1500.50","is_partial_payment":false,"account_payment_amount":"1455.48",' +
    '"commission_amount":"45.02","service_code":"payment_card_rub","rrn":"422212345678","account_old_balance":"9000.00",' +
    '"account_new_balance":"7499.50","receipt_url":"https:\\/\\/example.com\\/r\\/1","customer":{"name":"\\u0418\\u0432\\u0430\\u043d",' +
    '"limits":[{"day":150000.00},{"month":null}]},"fee_rate":0.0300,"is_final":true}',
};

const { sandbox, clients } = await setUp({ sound: {} }, { bits: 2048 });
const client = clients.sound;

describe("a payout's status", () => {
  test("is answered by POST, by id and by order_id", async () => {
    const expected = EXPECTED["6422494"] ?? "";
    assertPayout(await client.post({ id: "100000536" }), expected);
    assertPayout(await client.post({ order_id: "6422494" }), expected);
  });

  test("is answered by GET, by id and by order_id", async () => {
    const expected = EXPECTED["6422494"] ?? "";
    assertPayout(await client.get("?id=100000536"), expected);
    assertPayout(await client.get("?order_id=6422494"), expected);
  });

  test("keeps all digits of an id that is a JSON number", async () => {
    const digits = "123456789012345678901234567890";
    sandbox.addPayout(`{"payment_status":"wait","id":${digits}}`, { id: digits });
    assertPayout(await client.post(`{"id":${digits}}`), `{"payment_status":"wait","id":"${digits}","is_final":false}`);
    assert.equal(requestsFor(sandbox, digits)[0]?.body.toString(), `{"id":"${digits}"}`);
  });

  for (const { about, id = "", order_id = "" } of SANDBOX_PAYOUTS) {
    test(`keeps every digit, name and the order of fields: ${about}`, async () => {
      const expected = EXPECTED[order_id];
      assert.ok(expected, `EXPECTED has no ${order_id}`);
      assertPayout(await client.post({ order_id }), expected);
      assertPayout(await client.get(`?id=${id}`), expected);
    });
  }

  test("is answered by HEAD without a body", async () => {
    const before = requestsFor(sandbox, "sandbox-wait").length;
    const get = await client.get("?order_id=sandbox-wait");
    const head = await client.get("?order_id=sandbox-wait", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.text, "");
    assert.equal(head.headers.get("Content-Type"), get.headers.get("Content-Type"));
    assert.equal(head.headers.get("Cache-Control"), "no-store");
    assert.equal(requestsFor(sandbox, "sandbox-wait").length, before + 2);
  });

  test("has X-Content-Type-Options: nosniff", async () => {
    assert.equal((await client.get("?id=100000536")).headers.get("X-Content-Type-Options"), "nosniff");
  });

  test("is final if it is paid, cancel or fail", async () => {
    for (const [word, final] of Object.entries({ paid: true, cancel: true, fail: true, Paid: false, failed: false })) {
      const name = `final-${word}`;
      sandbox.addPayout(`{"is_final":"perhaps","payment_status":"${word}","order_id":"${name}"}`);
      const expected = `{"payment_status":"${word}","order_id":"${name}","is_final":${final}}`;
      assertPayout(await client.post({ order_id: name }), expected);
    }
  });

  test("is read each time if it is not final", async () => {
    sandbox.addPayout('{"payment_status":"wait","order_id":"moves"}');
    assertPayout(await client.get("?order_id=moves"), '{"payment_status":"wait","order_id":"moves","is_final":false}');
    sandbox.addPayout('{"payment_status":"paid","order_id":"moves"}');
    assertPayout(await client.get("?order_id=moves"), '{"payment_status":"paid","order_id":"moves","is_final":true}');
  });
});
