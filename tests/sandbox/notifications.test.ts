/** The fields of notifications, their signature and their requests. The expected texts are written by hand. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import {
  makeArchive,
  NOTIFICATION_FIELDS,
  type NotificationDelivery,
  payoutJson,
  SANDBOX_PAYOUTS,
  writeArchive,
} from "../../dist/sandbox/index.js";
import { ACCOUNT } from "../fixtures/keys.ts";
import { startNotificationEndpoint, verifies } from "../fixtures/notification-endpoint.ts";
import { openSandbox, temporaryFolder } from "./client.ts";

const { sandbox } = await openSandbox();
const endpoint = await startNotificationEndpoint();
const publicPem = sandbox.notificationKey;

const BEFORE_COMMISSION =
  '{"type":"payout","id":100000536,"order_id":"6422494","payment_status":"paid","amount":"300.00","payment_amount":"300.00",';
const AFTER_COMMISSION =
  '"is_partial_payment":"0","account":"93d5df06-996c-48c3-9847-348d6b580b80","service":"payment_card_rub",' +
  '"desc":"\\u0412\\u044b\\u043f\\u043b\\u0430\\u0442\\u0430 \\"6422494\\" \\/ 1"}';
/** The signed text of the specification's example. */
const TEXT = `${BEFORE_COMMISSION}"commission_amount":"10",${AFTER_COMMISSION}`;

type Options = Omit<NotificationDelivery, "to">;

/** The parameters of the URL with a notification of the specification's example. */
function parameters(options: Options = {}, payout = "6422494"): Record<string, string> {
  const url = sandbox.notificationUrl(payout, { to: endpoint.url, ...options });
  return Object.fromEntries(url.searchParams);
}

describe("a notification", () => {
  test("has the payout's fields in AliKassa's order, and a signature over PHP's JSON of them", () => {
    const { sign, ...fields } = parameters();
    assert.equal(
      decodeURIComponent(new URLSearchParams(fields).toString()),
      "type=payout&id=100000536&order_id=6422494&payment_status=paid&amount=300.00&payment_amount=300.00" +
        `&commission_amount=10&is_partial_payment=0&account=${ACCOUNT}&service=payment_card_rub` +
        '&desc=Выплата+"6422494"+/+1',
    );
    assert.deepEqual([...Object.keys(fields), "card_brand"], NOTIFICATION_FIELDS);
    assert.ok(verifies(TEXT, sign, publicPem));
    assert.ok(!verifies(TEXT, sign, publicPem, "sha256"));
  });

  const SPARSE =
    '{"type":"payout","id":100000607,"order_id":"sandbox-sparse","payment_status":"wait","amount":"10.00",' +
    `"payment_amount":null,"commission_amount":null,"is_partial_payment":null,"account":"${ACCOUNT}","service":null,` +
    '"desc":"\\u0412\\u044b\\u043f\\u043b\\u0430\\u0442\\u0430 \\"sandbox-sparse\\" \\/ 1"}';
  const changed = { status: "fail", type: "payment", fields: { desc: "a/b", amount: "1" } } as const;
  const CHANGED = TEXT.replace('"paid"', '"fail"')
    .replace('"payout"', '"payment"')
    .replace('"amount":"300.00"', '"amount":"1"')
    .replace(/"desc":.*/, '"desc":"a\\/b"}');
  const UNSIGNED_COMMISSION = BEFORE_COMMISSION + AFTER_COMMISSION;
  const NULL_COMMISSION = `${BEFORE_COMMISSION}"commission_amount":null,${AFTER_COMMISSION}`;
  /** Checks the text that is signed, and some of the fields; `undefined` is left out. */
  function signs(how: string, options: Options, text: string, expected: object, payout?: string): void {
    test(`is signed ${how}`, () => {
      const { sign, ...fields } = parameters(options, payout);
      for (const [name, value] of Object.entries(expected)) assert.equal(fields[name], value, name);
      const { digest = "sha1" } = options;
      assert.ok(verifies(text, sign, publicPem, digest));
      assert.ok(!verifies(text, sign, publicPem, digest === "sha1" ? "sha256" : "sha1"));
    });
  }
  signs("with SHA-256 on request", { digest: "sha256" }, TEXT, {});
  const unsigned = { form: "without_commission" } as const;
  signs("without commission_amount on request", unsigned, UNSIGNED_COMMISSION, { commission_amount: "10" });
  const absent = { fields: { commission_amount: null } };
  signs("with null for a field that is left out", absent, NULL_COMMISSION, { commission_amount: undefined });
  const expected = { payment_status: "fail", type: "payment", ...changed.fields };
  signs("with another status, type and text", changed, CHANGED, expected);
  const lacking = { payment_amount: undefined, commission_amount: undefined, is_partial_payment: undefined };
  signs("with null for what the payout lacks", {}, SPARSE, { ...lacking, service: undefined }, "sandbox-sparse");

  test("keeps the digits of amounts, and has 1 for a partial payment", () => {
    const expected = { amount: "300", payment_amount: "300.00", commission_amount: "10.10", is_partial_payment: "1" };
    assert.partialDeepStrictEqual(parameters({}, "sandbox-numbers"), expected);
  });

  test("may be signed with card_brand, with a boolean, and with unescaped slashes", () => {
    const brand = (text: string) => text.replace(/}$/, ',"card_brand":"VISA"}');
    const boolean = (text: string) => text.replace('"is_partial_payment":"0"', '"is_partial_payment":false');
    const unescaped = (text: string) => text.replaceAll("\\/", "/");
    for (const [form, text] of [
      ["card_brand", brand(TEXT)],
      ["card_brand_without_commission", brand(BEFORE_COMMISSION + AFTER_COMMISSION)],
      ["documented_boolean", boolean(TEXT)],
      ["documented_unescaped", unescaped(TEXT)],
      ["card_brand_boolean_unescaped", unescaped(boolean(brand(TEXT)))],
    ] as const) {
      const { sign, ...fields } = parameters({ form });
      assert.ok(verifies(text, sign, publicPem), form);
      assert.equal(fields["card_brand"], form.startsWith("card_brand") ? "VISA" : undefined);
    }
  });

  test("may have its whole body signed, as it is sent, with types", async () => {
    await sandbox.notify("6422494", { to: endpoint.url, as: "json", form: "whole_body_unescaped" });
    const { sign, ...fields } = endpoint.received[0]?.parameters ?? assert.fail();
    const { id, is_partial_payment, card_brand } = fields as Record<string, unknown>;
    assert.deepEqual([id, is_partial_payment, card_brand], [100000536, false, "VISA"]);
    const text = JSON.stringify(fields).replace(/[^ -~]/g, (unit) => `\\u0${unit.charCodeAt(0).toString(16)}`);
    assert.ok(verifies(text, sign, publicPem), text);
  });

  test("has blanks in place of pluses on request", () => {
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

  test("can't have blanks in place of pluses if its desc leaves no signature with a plus", async () => {
    // 1 in 15 signatures of 1024 bits has no plus.
    const { sandbox: own } = await openSandbox({ notificationArchive: makeArchive({ bits: 1024 }) });
    const url = (desc: string, plusAsBlank: boolean) =>
      own.notificationUrl("6422494", { to: endpoint.url, fields: { desc }, plusAsBlank });
    let n = 0;
    while (url(`${n}`, false).searchParams.get("sign")?.includes("+")) n++;
    assert.throws(() => url(`${n}`, true), RangeError);
  });

  test("may be changed after signing", () => {
    const { sign } = parameters();
    const tampered = parameters({ tamper: { payment_status: "cancel", id: "100000602", amount: null } });
    assert.partialDeepStrictEqual(tampered, { payment_status: "cancel", id: "100000602", sign });
    assert.ok(!("amount" in tampered));
    assert.ok(!("sign" in parameters({ tamper: { sign: null } })));
    assert.equal(parameters({ tamper: { sign: "AAAA" } })["sign"], "AAAA");
  });

  test("requires an integer of PHP as its id", () => {
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
    const root = await temporaryFolder(context);
    await writeArchive(root, { publicPem: sandbox.notificationKey });
    assert.deepEqual(await readdir(root), ["public.pem"]);
    const script = fileURLToPath(new URL("verify-notifications.php", import.meta.url));
    const ask = (queries: readonly string[], withCommission: boolean) =>
      spawnSync("php", [script, join(root, "public.pem"), withCommission ? "1" : "0"], {
        input: queries.join("\n"),
        encoding: "utf8",
      });
    if (ask([], true).error !== undefined) {
      context.diagnostic("php is not on the PATH: skipped");
      return;
    }
    const kinds: readonly Options[] = [
      {},
      { plusAsBlank: true },
      { status: "fail" },
      { fields: { desc: "\u0000\u007f\u0080 \u2028 😀 \\/\"'<>&+%", commission_amount: null, service: null } },
    ];
    const payouts = SANDBOX_PAYOUTS.flatMap(({ order_id }) => order_id ?? []);
    for (const form of ["documented", "without_commission"] as const) {
      const query = (payout: string, kind: Options) =>
        sandbox.notificationUrl(payout, { to: endpoint.url, form, ...kind }).search.slice(1);
      const queries = payouts.flatMap((payout) => kinds.map((kind) => query(payout, kind)));
      const tampered = query("6422494", { tamper: { amount: "3000.00" } });
      const { stdout, stderr } = ask([...queries, tampered], form === "documented");
      assert.deepEqual([stdout, stderr], ["1\n".repeat(queries.length).concat("0\n"), ""]);
    }
  });

  test("is signed with the key in the options", async () => {
    const notificationArchive = makeArchive({ bits: 1024 });
    const { sandbox: own } = await openSandbox({ notificationArchive });
    assert.equal(own.notificationKey, notificationArchive.publicPem);
    const sign = own.notificationUrl("6422494", { to: endpoint.url }).searchParams.get("sign");
    assert.ok(verifies(TEXT, sign, notificationArchive.publicPem));
    assert.ok(!verifies(TEXT, sign, publicPem));
  });
});

describe("notify()", () => {
  test("sends a GET request and returns the answer", async () => {
    endpoint.answers = [418];
    const { status, headers, body } = await sandbox.notify("6422494", { to: endpoint.url });
    assert.deepEqual([status, headers.get("Content-Type"), body], [418, "text/plain", "answer 418"]);
    const received = endpoint.received.map(({ method, parameters }) => ({ method, parameters }));
    assert.deepEqual(received, [{ method: "GET", parameters: parameters() }]);
  });

  for (const as of ["form", "json"] as const) {
    test(`sends a POST request as ${as}`, async () => {
      assert.equal((await sandbox.notify("6422494", { to: endpoint.url, as })).status, 200);
      const [{ time, ...received } = assert.fail()] = endpoint.received;
      assert.deepEqual(received, { method: "POST", path: "/webhooks/alikassa", parameters: parameters() });
    });
  }

  test("keeps the query of the endpoint", async () => {
    await sandbox.notify("6422494", { to: `${endpoint.url}?shop=7&sort=%D1%91` });
    await sandbox.notify("6422494", { to: `${endpoint.url}?shop=7`, as: "json" });
    const [first, second] = endpoint.received;
    assert.deepEqual(first?.parameters, { shop: "7", sort: "ё", ...parameters() });
    assert.equal(second?.path, "/webhooks/alikassa?shop=7");
  });

  test("is recorded, without signature and query", async () => {
    endpoint.answers = [500];
    await sandbox.notify("100000603", { to: `${endpoint.url}?token=1`, status: "paid" });
    const [{ time, ...record } = assert.fail(), ...more] = sandbox.notifications;
    assert.deepEqual(more, []);
    assert.ok(time instanceof Date);
    const payout = { id: "100000603", order_id: "sandbox-cancel", payment_status: "paid" };
    assert.deepEqual(record, { to: endpoint.url, ...payout, attempt: 1, status: 500 });
  });

  test("rejects without an answer, and is recorded", async () => {
    endpoint.answers = [null];
    await assert.rejects(sandbox.notify("6422494", { to: endpoint.url, timeoutMs: 100 }), { name: "TimeoutError" });
    // No other program may take this port.
    await assert.rejects(sandbox.notify("6422494", { to: "http://127.0.0.1:2" }), TypeError);
    const statuses = sandbox.notifications.map(({ status }) => status);
    assert.deepEqual(statuses, [null, null]);
    await assert.rejects(sandbox.notify("unlisted", { to: endpoint.url }), RangeError);
    await assert.rejects(sandbox.notify("6422494", { to: "no URL" }), TypeError);
  });

  test("does not follow redirects", async () => {
    endpoint.answers = [302];
    assert.equal((await sandbox.notify("6422494", { to: endpoint.url })).status, 302);
    assert.equal(endpoint.received.length, 1);
  });
});
