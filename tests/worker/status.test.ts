/** A payout's status, as the Worker answers it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { SANDBOX_PAYOUTS, type Sandbox } from "../../dist/sandbox/index.js";
import { assertPayout, type Edge } from "./edge.ts";
import { newArchive, openSandbox, requestsFor, soundBindings, startWorkers, type Workers } from "./harness.ts";

/** The specification's fields, all but the status and the two ids. */
const REST =
  '"amount":"300.00","payment_amount":"300.00","is_partial_payment":false,"account_payment_amount":"290",' +
  '"commission_amount":"10","service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"1290",' +
  '"account_new_balance":"1000"';

/** By `order_id`, what the Worker must make of each payout of the sandbox. Written by hand from the sandbox's raw text. */
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

let sandbox: Sandbox;
let workers: Workers<"sound">;
let edge: Edge;

before(async () => {
  const archive = newArchive(2048);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({ sound: soundBindings(archive, sandbox) });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

describe("a payout's status", () => {
  test("is answered by POST, by id and by order_id, as the specification's example has it", async () => {
    const expected = EXPECTED["6422494"] ?? "";
    assertPayout(await edge.post({ id: "100000536" }), expected);
    assertPayout(await edge.post({ order_id: "6422494" }), expected);
  });

  test("is answered by GET just the same", async () => {
    const expected = EXPECTED["6422494"] ?? "";
    assertPayout(await edge.get("?id=100000536"), expected);
    assertPayout(await edge.get("?order_id=6422494"), expected);
  });

  test("is answered for an id that is a JSON number, with all its digits", async () => {
    const digits = "123456789012345678901234567890";
    sandbox.addPayout(`{"payment_status":"wait","id":${digits}}`, { id: digits });
    assertPayout(await edge.post(`{"id":${digits}}`), `{"payment_status":"wait","id":"${digits}","is_final":false}`);
    assert.equal(requestsFor(sandbox, digits)[0]?.body.toString(), `{"id":"${digits}"}`);
  });

  for (const { about, id = "", orderId = "" } of SANDBOX_PAYOUTS) {
    test(`keeps every digit, name and place of the payout «${about}»`, async () => {
      const expected = EXPECTED[orderId];
      assert.ok(expected, `there is a new payout in the sandbox, ${orderId}: write down what the Worker must answer`);
      assertPayout(await edge.post({ order_id: orderId }), expected);
      assertPayout(await edge.get(`?id=${id}`), expected);
    });
  }

  test("is asked for by HEAD, and answered without a body", async () => {
    const before = requestsFor(sandbox, "sandbox-wait").length;
    const get = await edge.get("?order_id=sandbox-wait");
    const head = await edge.get("?order_id=sandbox-wait", { method: "HEAD" });
    assert.equal(head.status, 200);
    assert.equal(head.text, "");
    assert.equal(head.headers.get("Content-Type"), get.headers.get("Content-Type"));
    assert.equal(head.headers.get("Cache-Control"), "no-store");
    assert.equal(requestsFor(sandbox, "sandbox-wait").length, before + 2);
  });

  test("tells a browser not to guess what it is", async () => {
    assert.equal((await edge.get("?id=100000536")).headers.get("X-Content-Type-Options"), "nosniff");
  });

  test("is final for paid, cancel and fail alone, whatever AliKassa says of it", async () => {
    for (const [word, final] of Object.entries({ paid: true, cancel: true, fail: true, Paid: false, failed: false })) {
      const name = `final-${word}`;
      sandbox.addPayout(`{"is_final":"perhaps","payment_status":"${word}","order_id":"${name}"}`);
      const expected = `{"payment_status":"${word}","order_id":"${name}","is_final":${final}}`;
      assertPayout(await edge.post({ order_id: name }), expected);
    }
  });

  test("is asked for anew each time, and never from a cache", async () => {
    sandbox.addPayout('{"payment_status":"wait","order_id":"moves"}');
    assertPayout(await edge.get("?order_id=moves"), '{"payment_status":"wait","order_id":"moves","is_final":false}');
    sandbox.addPayout('{"payment_status":"paid","order_id":"moves"}');
    assertPayout(await edge.get("?order_id=moves"), '{"payment_status":"paid","order_id":"moves","is_final":true}');
  });
});
