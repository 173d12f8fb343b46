/**
 * The sandbox, asked by a client that is made of Node's own crypto and http: what it accepts, what it refuses, and what it
 * answers.
 */
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { describe, test } from "node:test";
import { payoutJson, SANDBOX_PAYOUTS, startSandbox } from "../../dist/sandbox/index.js";
import {
  ACCOUNT,
  archive,
  assertInvalid,
  fileSandbox,
  Merchant,
  SECOND_ACCOUNT,
  STATUS,
  send,
  signature,
} from "./merchant.ts";

const sandbox = await fileSandbox();
const merchant = new Merchant(sandbox);

describe("payouts", () => {
  test("the specification's example, field by field", async () => {
    const answer = await merchant.send('{"id":"100000536"}');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.deepEqual(Object.entries(JSON.parse(answer.text) as object), [
      ["payment_status", "paid"],
      ["id", 100000536],
      ["order_id", "6422494"],
      ["amount", "300.00"],
      ["payment_amount", "300.00"],
      ["is_partial_payment", false],
      ["account_payment_amount", "290"],
      ["commission_amount", "10"],
      ["service_code", "payment_card_rub"],
      ["rrn", "11111111111"],
      ["account_old_balance", "1290"],
      ["account_new_balance", "1000"],
    ]);
  });

  test("each by id and by order_id, byte for byte", async () => {
    const statuses = new Set<string>();
    for (const { about, id, order_id, json } of SANDBOX_PAYOUTS) {
      assert.equal((await merchant.ask({ id })).text, json, about);
      assert.equal((await merchant.ask({ order_id })).text, json, about);
      statuses.add((JSON.parse(json) as { payment_status: string }).payment_status);
    }
    assert.deepEqual([...statuses].sort(), ["cancel", "fail", "paid", "refund", "wait"]);
  });

  test("digits of amounts survive", async () => {
    assert.match(
      (await merchant.ask({ order_id: "sandbox-numbers" })).text,
      /"amount":300,.*:93\.84000000,.*:123456789012345678\.90,/,
    );
  });

  test("added ones", async () => {
    sandbox.addPayout('{"id":77,"order_id":"mine \u00e9/1","amount":1.10}');
    assert.equal((await merchant.ask({ id: "77" })).text, '{"id":77,"order_id":"mine \u00e9/1","amount":1.10}');
    assert.equal((await merchant.ask({ order_id: "mine \u00e9/1" })).status, 200);
    sandbox.addPayout("not JSON", { order_id: "broken" });
    assert.equal((await merchant.ask({ order_id: "broken" })).text, "not JSON");
    assert.throws(() => sandbox.addPayout('{"id":12345678901234567890}'), /safe integer/);
    assert.throws(() => sandbox.addPayout('{"id":null}'), /neither id nor order_id/);
  });

  test("an unknown one is a 400 that names the field", async () => {
    assertInvalid(await merchant.ask({ id: "1" }), "id");
    assertInvalid(await merchant.ask({ order_id: "1" }), "order_id");
    assertInvalid(await merchant.ask({ order_id: "fault-nonsense" }), "order_id", /has no fault/);
  });
});

describe("checks", () => {
  const body = '{"id":"100000536"}';

  test("method and path", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const answer = await merchant.send(body, { method });
      assert.equal(answer.status, 405);
      assert.equal(answer.headers.allow, "POST");
    }
    for (const path of ["/", "/v1/payout", "/v1/payout/status/", "//v1/payout/status"]) {
      const answer = await merchant.send(body, { path: sandbox.baseUrl + path });
      assert.equal(answer.status, 404, path);
      assert.equal(answer.headers["content-type"], "application/json");
    }
  });

  test("Content-Type", async () => {
    for (const type of [null, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"]) {
      assertInvalid(await merchant.send(body, { headers: { "content-type": type } }), "content-type");
    }
    for (const type of ["Application/JSON", "application/json; charset=utf-8"]) {
      assert.equal((await merchant.send(body, { headers: { "content-type": type } })).status, 200);
    }
  });

  test("Account", async () => {
    assertInvalid(await merchant.send(body, { headers: { account: null } }), "account", /required/);
    assertInvalid(await merchant.send(body, { headers: { account: ACCOUNT.toUpperCase() } }), "account", /invalid/);
    assert.equal((await merchant.send(body, { headers: { account: SECOND_ACCOUNT } })).status, 200);
  });

  test("Sign", async () => {
    const good = signature(body);
    const sign = (value: string | null) => merchant.send(body, { headers: { sign: value } });
    assert.equal((await sign(good)).status, 200);
    assertInvalid(await sign(null), "sign", /required/);
    const malformed = [good.replace(/=+$/, ""), `${good.slice(0, 64)} ${good.slice(64)}`, "****", `${good}AAAA=`];
    for (const value of malformed) assertInvalid(await sign(value), "sign", /base64/);
    // A signature that needs the characters in which the alphabets differ.
    let n = 0;
    while (!/[+/]/.test(signature(`{"id":"100000536","n":${n}}`))) n++;
    const other = `{"id":"100000536","n":${n}}`;
    const urlAlphabet = signature(other).replaceAll("+", "-").replaceAll("/", "_");
    assertInvalid(await merchant.send(other, { headers: { sign: urlAlphabet } }), "sign", /base64/);
    const flipped = Buffer.from(good, "base64");
    flipped[0] = (flipped[0] ?? 0) ^ 1;
    assertInvalid(await sign(flipped.toString("base64")), "sign", /invalid/);
    assertInvalid(await sign(Buffer.from(good, "base64").subarray(1).toString("base64")), "sign", /invalid/);
    assertInvalid(await sign(signature(`${body} `)), "sign", /invalid/);
  });

  test("a tampered body, also where JSON is the same", async () => {
    const sign = signature(body);
    for (const tampered of ['{"id":"100000601"}', '{"id": "100000536"}', '{"id":"10000053\\u0036"}', `${body}\n`, ""]) {
      assertInvalid(await merchant.send(tampered, { headers: { sign } }), "sign");
    }
  });

  test("the signature is over raw bytes, whatever they are", async () => {
    assertInvalid(await merchant.send(Buffer.from([0xff, 0xfe, 0x00])), "body");
    const unicode = JSON.stringify({ order_id: "\u00e9\u{1f600}/" });
    sandbox.addPayout("{}", { order_id: "\u00e9\u{1f600}/" });
    const escaped = '{"order_id":"\\u00e9\\ud83d\\ude00\\/"}';
    for (const text of [unicode, escaped]) assert.equal((await merchant.send(text)).text, "{}");
  });

  test("digest", async () => {
    assertInvalid(await merchant.send(body, { digest: "RSA-SHA256" }), "sign", /made with sha256/);
    const sha256 = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, digest: "sha256" });
    try {
      assert.equal((await send(sha256.baseUrl, body, { digest: "RSA-SHA256" })).status, 200);
      assertInvalid(await send(sha256.baseUrl, body), "sign", /made with sha1/);
    } finally {
      await sha256.close();
    }
  });

  test("the question", async () => {
    for (const text of ["", "[]", "null", "1", '"id"', "{", '[{"id":"100000536"}]', `\ufeff${body}`]) {
      assertInvalid(await merchant.send(text), "body");
    }
    assertInvalid(await merchant.send("{}"), "order_id", /required/);
    assertInvalid(await merchant.send('{"id":"100000536","order_id":"6422494"}'), "id", /must not be present/);
    for (const id of [100000536, true, [], {}, 1.5])
      assertInvalid(await merchant.ask({ id }), "id", /must be a string/);
    for (const order_id of [null, ""]) assertInvalid(await merchant.ask({ order_id }), "order_id", /required/);
    assertInvalid(await merchant.ask({ order_id: "x".repeat(129) }), "order_id", /128/);
    // 128 characters, though 256 UTF-16 units.
    assertInvalid(await merchant.ask({ order_id: "\u{1f600}".repeat(128) }), "order_id", /selected/);
    const huge = await merchant.send(JSON.stringify({ order_id: "x".repeat(70_000) }));
    assert.equal(huge.status, 413);
  });

  test("balance and info", async () => {
    const balance = await merchant.send("[]", { path: "/v1/account/balance" });
    assert.equal(balance.status, 200);
    assert.equal((JSON.parse(balance.text) as { balance: string }).balance, "93.84000000");
    const info = await merchant.send("{}", { path: "/v1/account/info" });
    assert.equal((JSON.parse(info.text) as { is_allowed_payout: boolean }).is_allowed_payout, true);
    assertInvalid(await merchant.send('{"x":1}', { path: "/v1/account/info" }), "body");
    assertInvalid(await merchant.send("[]", { path: "/v1/account/balance", headers: { sign: "AAAA" } }), "sign");
  });
});

describe("scripts", () => {
  test("one step for each request, then the payout", async () => {
    sandbox.script("6422494", [
      { status: 503 },
      "cut",
      { status: 429, headers: { "retry-after": "0" } },
      { body: payoutJson({ statusJson: '"wait"' }) },
      "payout",
    ]);
    const seen: (number | string)[] = [];
    for (let i = 0; i < 6; i++) {
      const answer = await merchant.ask({ order_id: "6422494" }).catch(() => null);
      seen.push(answer === null ? "cut" : answer.status);
      if (i === 2) assert.equal(answer?.headers["retry-after"], "0");
      if (i === 3) assert.match(answer?.text ?? "", /"payment_status":"wait"/);
      if (i >= 4) assert.match(answer?.text ?? "", /"payment_status": "paid"/);
    }
    assert.deepEqual(seen, [503, "cut", 429, 200, 200, 200]);
    assert.deepEqual(
      sandbox.requests.map(({ answer }) => answer),
      [
        { status: 503, outcome: "scripted" },
        { status: null, outcome: "cut" },
        { status: 429, outcome: "scripted" },
        { status: 200, outcome: "scripted" },
        { status: 200, outcome: "payout" },
        { status: 200, outcome: "payout" },
      ],
    );
  });

  test("a wrong signature takes no step", async () => {
    sandbox.script("6422494", ["500"]);
    assertInvalid(await merchant.ask({ order_id: "6422494" }, { headers: { sign: "AAAA" } }), "sign");
    assert.equal((await merchant.ask({ order_id: "6422494" })).status, 500);
  });

  test("an unknown payout becomes known, by either name", async () => {
    sandbox.script("script-new", [{ delayMs: 50 }]);
    const start = performance.now();
    assert.match((await merchant.ask({ order_id: "script-new" })).text, /"order_id":"script-new"/);
    assert.ok(performance.now() - start >= 45);
    assert.match((await merchant.ask({ id: "script-new" })).text, /"id":"script-new"/);
  });

  test("before a fault, which stays", async () => {
    sandbox.script("fault-500", ["payout"]);
    assert.equal((await merchant.fault("500")).status, 200);
    assert.equal((await merchant.fault("500")).status, 500);
  });

  test("a step that does not exist is refused at once", () => {
    // @ts-expect-error: a name that the types know to be wrong
    assert.throws(() => sandbox.script("x", ["nonsense"]), RangeError);
    assert.throws(() => sandbox.script("x", ["1000"]), RangeError);
  });
});

test("requests are recorded with their raw bytes", async () => {
  const body = '{ "id" : "100000536" }';
  await merchant.send(body, { headers: { "user-agent": "AliKassa2.0 API" } });
  const [recorded] = sandbox.requests;
  assert.ok(recorded !== undefined);
  assert.deepEqual([recorded.method, recorded.path, recorded.body.toString()], ["POST", STATUS, body]);
  assert.equal(recorded.headers["user-agent"], "AliKassa2.0 API");
  const sign = Buffer.from(String(recorded.headers["sign"]), "base64");
  assert.ok(verify("RSA-SHA1", recorded.body, archive.publicPem, sign));
  assert.deepEqual(recorded.key, { id: "100000536" });
});

test("close ends hanging connections, and may be called twice", async () => {
  const own = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem });
  const hanging = ["hang", "drip", "endless"].map((name) =>
    assert.rejects(send(own.baseUrl, `{"order_id":"fault-${name}"}`), name),
  );
  while (own.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const start = performance.now();
  await Promise.all([own.close(), own.close(), ...hanging]);
  assert.ok(performance.now() - start < 2000);
});

test("a key that is not RSA, and a port that is taken, are errors", async () => {
  await assert.rejects(startSandbox({ account: ACCOUNT, publicPem: "nonsense" }));
  const port = Number(new URL(sandbox.baseUrl).port);
  await assert.rejects(startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, port }), { code: "EADDRINUSE" });
});
