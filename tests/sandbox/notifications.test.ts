/** Notifications: what is in one, what of it is signed, and how it is sent. The expected texts are written by hand. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  makeArchive,
  NOTIFICATION_FIELDS,
  type NotificationDelivery,
  payoutJson,
  SANDBOX_PAYOUTS,
  writeArchive,
} from "../../dist/sandbox/index.js";
import { startWebhookReceiver, verifies } from "../fixtures/webhook-receiver.ts";
import { ACCOUNT, fileSandbox } from "./merchant.ts";

const sandbox = await fileSandbox();
const notificationArchive = makeArchive({ bits: 1024 });
const own = await fileSandbox({ notificationArchive });
const endpoint = await startWebhookReceiver();
const publicPem = sandbox.notificationKey;
afterEach(() => {
  endpoint.received.length = 0;
});

const BEFORE_COMMISSION =
  '{"type":"payout","id":100000536,"order_id":"6422494","payment_status":"paid","amount":"300.00","payment_amount":"300.00",';
const AFTER_COMMISSION =
  '"is_partial_payment":"0","account":"93d5df06-996c-48c3-9847-348d6b580b80","service":"payment_card_rub",' +
  '"desc":"\\u0412\\u044b\\u043f\\u043b\\u0430\\u0442\\u0430 \\"6422494\\" \\/ 1"}';
/** The signed text of the specification's example. */
const TEXT = `${BEFORE_COMMISSION}"commission_amount":"10",${AFTER_COMMISSION}`;

/** The parameters of the URL with a notification of the specification's example. */
function parameters(options: Omit<NotificationDelivery, "to"> = {}, payout = "6422494"): Record<string, string> {
  const url = sandbox.notificationUrl(payout, { to: endpoint.url, ...options });
  return Object.fromEntries(url.searchParams);
}

describe("a notification", () => {
  test("has the payout's fields in AliKassa's order, and a signature over PHP's JSON of them", () => {
    const { sign, ...fields } = parameters();
    assert.deepEqual(Object.entries(fields), [
      ["type", "payout"],
      ["id", "100000536"],
      ["order_id", "6422494"],
      ["payment_status", "paid"],
      ["amount", "300.00"],
      ["payment_amount", "300.00"],
      ["commission_amount", "10"],
      ["is_partial_payment", "0"],
      ["account", ACCOUNT],
      ["service", "payment_card_rub"],
      ["desc", 'Выплата "6422494" / 1'],
    ]);
    assert.deepEqual(Object.keys(fields), NOTIFICATION_FIELDS);
    assert.ok(verifies(TEXT, sign, publicPem));
    assert.ok(!verifies(TEXT, sign, publicPem, "sha256"));
  });

  test("is signed with SHA-256 on request", () => {
    const { sign } = parameters({ digest: "sha256" });
    assert.ok(verifies(TEXT, sign, publicPem, "sha256"));
    assert.ok(!verifies(TEXT, sign, publicPem));
  });

  test("may be signed without commission_amount, and still have it", () => {
    const { sign, commission_amount } = parameters({ signCommissionAmount: false });
    assert.equal(commission_amount, "10");
    assert.ok(verifies(BEFORE_COMMISSION + AFTER_COMMISSION, sign, publicPem));
  });

  test("has null in the signed text for what is left out", () => {
    const { sign, ...fields } = parameters({ fields: { commission_amount: null } });
    assert.ok(!("commission_amount" in fields));
    assert.ok(verifies(`${BEFORE_COMMISSION}"commission_amount":null,${AFTER_COMMISSION}`, sign, publicPem));
  });

  test("may have another status, type or text with a valid signature", () => {
    const told = { status: "fail", type: "payment", fields: { desc: "a/b", amount: "1" } } as const;
    const { sign, ...fields } = parameters(told);
    assert.deepEqual(
      [fields["payment_status"], fields["type"], fields["desc"], fields["amount"]],
      ["fail", "payment", "a/b", "1"],
    );
    const text = TEXT.replace('"paid"', '"fail"')
      .replace('"payout"', '"payment"')
      .replace('"amount":"300.00"', '"amount":"1"')
      .replace(/"desc":.*/, '"desc":"a\\/b"}');
    assert.ok(verifies(text, sign, publicPem));
  });

  test("keeps the digits of amounts, and says 1 for a payment that is partial", () => {
    const fields = parameters({}, "sandbox-numbers");
    assert.deepEqual(
      [fields["amount"], fields["payment_amount"], fields["commission_amount"], fields["is_partial_payment"]],
      ["300", "300.00", "10.10", "1"],
    );
  });

  test("leaves out what the payout has not, and signs it as null", () => {
    const { sign, ...fields } = parameters({}, "sandbox-sparse");
    const names = ["type", "id", "order_id", "payment_status", "amount", "account", "desc"];
    assert.deepEqual(Object.keys(fields), names);
    const text =
      '{"type":"payout","id":100000607,"order_id":"sandbox-sparse","payment_status":"wait","amount":"10.00",' +
      `"payment_amount":null,"commission_amount":null,"is_partial_payment":null,"account":"${ACCOUNT}","service":null,` +
      '"desc":"\\u0412\\u044b\\u043f\\u043b\\u0430\\u0442\\u0430 \\"sandbox-sparse\\" \\/ 1"}';
    assert.ok(verifies(text, sign, publicPem));
  });

  test("has blanks in place of pluses where a proxy has been at it", () => {
    for (let turn = 0; turn < 20; turn++) {
      const order_id = `plus-${turn}`;
      sandbox.addPayout(payoutJson({ order_id, id: String(100_002_000 + turn) }));
      const { sign = "" } = parameters({ plusAsBlank: true }, order_id);
      assert.match(sign, / /);
      assert.doesNotMatch(sign, /\+/);
      assert.ok(sign.length > 300 && sign === sign.trim().padEnd(sign.length));
    }
    const { sign = "", desc = "" } = parameters({ plusAsBlank: true });
    const number = / \/ (\d+)$/.exec(desc)?.[1];
    assert.ok(verifies(TEXT.replace("\\/ 1", `\\/ ${number}`), sign.replaceAll(" ", "+"), publicPem));
  });

  test("may be changed after signing", () => {
    const { sign } = parameters();
    const tampered = parameters({ tamper: { payment_status: "cancel", id: "100000602", amount: null } });
    assert.deepEqual(
      [tampered["payment_status"], tampered["id"], "amount" in tampered, tampered["sign"]],
      ["cancel", "100000602", false, sign],
    );
    assert.ok(!("sign" in parameters({ tamper: { sign: null } })));
    assert.equal(parameters({ tamper: { sign: "AAAA" } })["sign"], "AAAA");
  });

  test("has an integer of PHP's as its id, or is none", () => {
    sandbox.addPayout('{"id":"9223372036854775807","order_id":"largest","payment_status":"paid"}');
    const { sign, ...fields } = parameters({}, "largest");
    assert.equal(fields["id"], "9223372036854775807");
    assert.match(String(sign), /=$/);
    for (const id of ["9223372036854775808", "07", "1e3", "-1", "x"]) {
      sandbox.addPayout(JSON.stringify({ id, order_id: "odd", payment_status: "paid" }));
      assert.throws(() => parameters({}, "odd"), TypeError, id);
    }
    assert.throws(() => parameters({}, "unlisted"), RangeError);
  });

  test("verifies in PHP", async (context) => {
    const root = await mkdtemp(join(tmpdir(), "sandbox-"));
    context.after(() => rm(root, { recursive: true }));
    await writeArchive(root, { publicPem: sandbox.notificationKey });
    assert.deepEqual(await readdir(root), ["public.pem"]);
    const script = fileURLToPath(new URL("verify-notifications.php", import.meta.url));
    const ask = (queries: readonly string[], withCommission: boolean) =>
      spawnSync("php", [script, join(root, "public.pem"), withCommission ? "1" : "0"], {
        input: queries.join("\n"),
        encoding: "utf8",
      });
    if (ask([], true).error !== undefined) {
      context.diagnostic("there is no php on the PATH, so it is not asked");
      return;
    }
    const kinds: readonly Omit<NotificationDelivery, "to">[] = [
      {},
      { plusAsBlank: true },
      { status: "fail" },
      { fields: { desc: "\u0000\u007f\u0080 \u2028 😀 \\/\"'<>&+%", commission_amount: null, service: null } },
    ];
    const payouts = SANDBOX_PAYOUTS.flatMap(({ order_id }) => order_id ?? []);
    for (const signCommissionAmount of [true, false]) {
      const queries = payouts.flatMap((payout) =>
        kinds.map(
          (kind) => sandbox.notificationUrl(payout, { to: endpoint.url, signCommissionAmount, ...kind }).search,
        ),
      );
      const tampered = sandbox.notificationUrl("6422494", { to: endpoint.url, tamper: { amount: "3000.00" } }).search;
      const { stdout, stderr } = ask(
        [...queries, tampered].map((search) => search.slice(1)),
        signCommissionAmount,
      );
      assert.deepEqual([stdout, stderr], ["1\n".repeat(queries.length).concat("0\n"), ""]);
    }
  });

  test("is signed with the key that the sandbox was given", () => {
    assert.equal(own.notificationKey, notificationArchive.publicPem);
    const sign = own.notificationUrl("6422494", { to: endpoint.url }).searchParams.get("sign");
    assert.ok(verifies(TEXT, sign, notificationArchive.publicPem));
    assert.ok(!verifies(TEXT, sign, publicPem));
  });
});

describe("sending a notification", () => {
  test("requests the endpoint with GET and returns its answer", async () => {
    endpoint.answers = [418];
    const { status, headers, body } = await sandbox.notify("6422494", { to: endpoint.url });
    assert.deepEqual([status, headers.get("Content-Type"), body], [418, "text/plain", "said 418"]);
    const [received, ...more] = endpoint.received;
    assert.deepEqual(more, []);
    assert.equal(received?.method, "GET");
    assert.deepEqual(received.parameters, parameters());
  });

  for (const as of ["form", "json"] as const) {
    test(`posts it as ${as}`, async () => {
      const { status } = await sandbox.notify("6422494", { to: endpoint.url, as });
      assert.equal(status, 200);
      const [received] = endpoint.received;
      assert.deepEqual([received?.method, received?.path], ["POST", "/webhooks/alikassa"]);
      assert.deepEqual(received?.parameters, parameters());
    });
  }

  test("leaves the endpoint's own query as it is", async () => {
    await sandbox.notify("6422494", { to: `${endpoint.url}?shop=7&sort=%D1%91` });
    await sandbox.notify("6422494", { to: `${endpoint.url}?shop=7`, as: "json" });
    const [first, second] = endpoint.received;
    assert.deepEqual(first?.parameters, { shop: "7", sort: "ё", ...parameters() });
    assert.equal(second?.path, "/webhooks/alikassa?shop=7");
  });

  test("is remembered, without signature and query", async () => {
    endpoint.answers = [500];
    await sandbox.notify("100000603", { to: `${endpoint.url}?token=1`, status: "paid" });
    const [{ time, ...record } = assert.fail(), ...more] = sandbox.notifications;
    assert.deepEqual(more, []);
    assert.ok(time instanceof Date);
    const told = { id: "100000603", order_id: "sandbox-cancel", payment_status: "paid" };
    assert.deepEqual(record, { to: endpoint.url, ...told, attempt: 1, status: 500 });
  });

  test("to an endpoint that does not answer, or is not there, is rejected, and remembered", async () => {
    endpoint.answers = [null];
    await assert.rejects(sandbox.notify("6422494", { to: endpoint.url, timeoutMs: 100 }), { name: "TimeoutError" });
    // No other program may take this port.
    await assert.rejects(sandbox.notify("6422494", { to: "http://127.0.0.1:2" }), TypeError);
    assert.deepEqual(
      sandbox.notifications.map(({ status }) => status),
      [null, null],
    );
    await assert.rejects(sandbox.notify("unlisted", { to: endpoint.url }), RangeError);
    await assert.rejects(sandbox.notify("6422494", { to: "no URL" }), TypeError);
  });

  test("follows no redirection", async () => {
    endpoint.answers = [302];
    assert.equal((await sandbox.notify("6422494", { to: endpoint.url })).status, 302);
    assert.equal(endpoint.received.length, 1);
  });
});
