/** The sandbox's checks, answers, scripts and records, as a client made of Node's crypto and http sees them. */
import assert from "node:assert/strict";
import { verify } from "node:crypto";
import { describe, test } from "node:test";
import { SANDBOX_PAYOUTS, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive, SECOND_ACCOUNT } from "../fixtures/keys.ts";
import { assertInvalid, inStatuses, openSandbox, type Sending, STATUS, signature, statusIn } from "./client.ts";

const { sandbox, client } = await openSandbox();

describe("payouts", () => {
  test("has the specification's example, field by field", async () => {
    const answer = await client.send('{"id":"100000536"}');
    assert.equal(answer.status, 200);
    assert.equal(answer.headers["content-type"], "application/json");
    assert.equal(
      answer.text.replaceAll("\n", "").replaceAll(": ", ":"),
      '{"payment_status":"paid","id":100000536,"order_id":"6422494","amount":"300.00","payment_amount":"300.00",' +
        '"is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10","service_code":' +
        '"payment_card_rub","rrn":"11111111111","account_old_balance":"1290","account_new_balance":"1000"}',
    );
  });

  test("answers with each payout by id and by order_id, byte for byte", async () => {
    const statuses = new Set<string>();
    for (const { about, id, order_id, json } of SANDBOX_PAYOUTS) {
      const answer = await client.ask({ id });
      for (const { text } of [answer, await client.ask({ order_id })]) assert.equal(text, json, about);
      statuses.add(statusIn(answer));
    }
    assert.deepEqual([...statuses].sort(), ["cancel", "fail", "paid", "refund", "wait"]);
  });

  test("keeps the digits of amounts", async () => {
    const { text } = await client.ask({ order_id: "sandbox-numbers" });
    assert.match(text, /"amount":300,.*:93\.84000000,.*:123456789012345678\.90,/);
  });

  test("answers with added payouts", async () => {
    const json = '{"id":77,"order_id":"mine \u00e9/1","amount":1.10}';
    sandbox.addPayout(json);
    for (const query of [{ id: "77" }, { order_id: "mine \u00e9/1" }])
      assert.equal((await client.ask(query)).text, json);
    for (const text of ["{", "not JSON"]) sandbox.addPayout(text, { order_id: "broken" });
    assert.equal((await client.ask({ order_id: "broken" })).text, "not JSON");
    assert.throws(() => sandbox.addPayout('{"id":12345678901234567890}'), /safe integer/);
    assert.throws(() => sandbox.addPayout('{"id":null}'), /neither id nor order_id/);
  });

  test("answers 400 for an unknown payout, and names the field", async () => {
    assertInvalid(await client.ask({ id: "1" }), "id");
    assertInvalid(await client.ask({ order_id: "1" }), "order_id");
    assertInvalid(await client.ask({ order_id: "fault-nonsense" }), "order_id", /has no fault/);
  });
});

describe("checks", () => {
  const body = '{"id":"100000536"}';
  const good = signature(body);
  const flipped = Buffer.from(good, "base64");
  flipped[0] = (flipped[0] ?? 0) ^ 1;
  // A signature with characters in which the two alphabets of base64 differ.
  let n = 0;
  while (!/[+/]/.test(signature(`{"id":"100000536","n":${n}}`))) n++;
  const other = `{"id":"100000536","n":${n}}`;
  const otherAlphabet = signature(other).replaceAll("+", "-").replaceAll("/", "_");

  type Request = readonly [body: string | Buffer, sending?: Sending];
  const header = (name: string, ...values: readonly (string | null)[]): Request[] =>
    values.map((value) => [body, { headers: { [name]: value } }]);
  const bodies = (...texts: readonly (string | Buffer)[]): Request[] => texts.map((text) => [text]);
  const queries = (...values: readonly object[]) => bodies(...values.map((value) => JSON.stringify(value)));
  function refuses(what: string, field: string, message: RegExp, requests: readonly Request[]): void {
    test(`refuses ${what}`, async () => {
      for (const request of requests) assertInvalid(await client.send(...request), field, message);
    });
  }

  const types = [null, "", "text/plain", "application/x-www-form-urlencoded", "application/jsonp"];
  refuses("another Content-Type", "content-type", /./, header("content-type", ...types));
  refuses("no account", "account", /required/, header("account", null));
  refuses("another account", "account", /invalid/, header("account", ACCOUNT.toUpperCase()));
  refuses("no signature", "sign", /required/, header("sign", null));
  const malformed = [good.replace(/=+$/, ""), `${good.slice(0, 64)} ${good.slice(64)}`, "****", `${good}AAAA=`];
  refuses("malformed base64", "sign", /base64/, header("sign", ...malformed));
  refuses("the other alphabet of base64", "sign", /base64/, [[other, { headers: { sign: otherAlphabet } }]]);
  const short = Buffer.from(good, "base64").subarray(1).toString("base64");
  const wrong = [flipped.toString("base64"), short, signature(`${body} `)];
  refuses("a wrong signature", "sign", /invalid/, header("sign", ...wrong));
  refuses("another digest", "sign", /made with sha256/, [[body, { digest: "RSA-SHA256" }]]);
  const tampered = ['{"id":"100000601"}', '{"id": "100000536"}', '{"id":"10000053\\u0036"}', `${body}\n`, ""];
  for (const text of tampered)
    refuses(`${JSON.stringify(text)}, tampered`, "sign", /./, [[text, { headers: { sign: good } }]]);
  const texts = ["", "[]", "null", "1", '"id"', "{", '[{"id":"100000536"}]', `\ufeff${body}`, Buffer.of(0xff, 0xfe, 0)];
  refuses("a body that is not a JSON object", "body", /./, bodies(...texts));
  refuses("neither id nor order_id", "order_id", /required/, queries({}, { order_id: null }, { order_id: "" }));
  refuses("both id and order_id", "id", /must not be present/, queries({ id: "100000536", order_id: "6422494" }));
  const ids = [100000536, true, [], {}, 1.5].map((id) => ({ id }));
  refuses("an id that is not a string", "id", /must be a string/, queries(...ids));
  refuses("an order_id of 129 characters", "order_id", /128/, queries({ order_id: "x".repeat(129) }));
  // 256 UTF-16 units.
  refuses("128 unknown characters", "order_id", /selected/, queries({ order_id: "\u{1f600}".repeat(128) }));
  refuses("parameters of info", "body", /./, [['{"x":1}', { path: "/v1/account/info" }]]);
  const forged = { path: "/v1/account/balance", headers: { sign: flipped.toString("base64") } };
  refuses("a wrong signature of balance", "sign", /invalid/, [["[]", forged]]);

  test("accepts every account, and variants of the Content-Type", async () => {
    const types = ["Application/JSON", "application/json; charset=utf-8"];
    for (const request of [
      ...header("content-type", ...types),
      ...header("account", SECOND_ACCOUNT),
      ...header("sign", good),
    ])
      assert.equal((await client.send(...request)).status, 200);
  });

  test("answers 405 to other methods, 404 for other paths, 413 to large bodies", async () => {
    for (const method of ["GET", "PUT", "DELETE"]) {
      const { status, headers } = await client.send(body, { method });
      assert.deepEqual([status, headers.allow], [405, "POST"]);
    }
    for (const path of ["/", "/v1/payout", "/v1/payout/status/", "//v1/payout/status"]) {
      const { status, headers } = await client.send(body, { path: sandbox.baseUrl + path });
      assert.deepEqual([status, headers["content-type"]], [404, "application/json"], path);
    }
    assert.equal((await client.ask({ order_id: "x".repeat(70_000) })).status, 413);
  });

  test("verifies the signature over the raw bytes", async () => {
    sandbox.addPayout("{}", { order_id: "\u00e9\u{1f600}/" });
    const escaped = '{"order_id":"\\u00e9\\ud83d\\ude00\\/"}';
    for (const text of [JSON.stringify({ order_id: "\u00e9\u{1f600}/" }), escaped])
      assert.equal((await client.send(text)).text, "{}");
  });

  test("verifies SHA-256 if told so", async () => {
    const { client: sha256 } = await openSandbox({ digest: "sha256" });
    assert.equal((await sha256.send(body, { digest: "RSA-SHA256" })).status, 200);
    assertInvalid(await sha256.send(body), "sign", /made with sha1/);
  });

  for (const [path, text, expected] of [
    ["balance", "[]", { balance: "93.84000000" }],
    ["info", "{}", { is_allowed_payout: true }],
  ] as const) {
    test(`answers ${path}`, async () => {
      const answer = await client.send(text, { path: `/v1/account/${path}` });
      assert.equal(answer.status, 200);
      assert.partialDeepStrictEqual(JSON.parse(answer.text), expected);
    });
  }
});

describe("scripts", () => {
  test("has one step for each request, then the payout", async () => {
    sandbox.script("6422494", [
      { status: 503 },
      "cut",
      { status: 429, headers: { "retry-after": "0" } },
      { body: inStatuses("1", "6422494", "wait")[0] ?? "" },
      "payout",
    ]);
    const answers = [];
    for (let i = 0; i < 6; i++) answers.push(await client.ask({ order_id: "6422494" }).catch(() => null));
    const sent = answers.map((answer) => answer?.status);
    assert.deepEqual(sent, [503, undefined, 429, 200, 200, 200]);
    assert.equal(answers[2]?.headers["retry-after"], "0");
    const statuses = answers.slice(3).map((answer) => statusIn(answer ?? assert.fail()));
    assert.deepEqual(statuses, ["wait", "paid", "paid"]);
    const outcomes = sandbox.requests.map(({ answer: { status, outcome } }) => `${status} ${outcome}`);
    assert.equal(outcomes.join(), "503 scripted,null cut,429 scripted,200 scripted,200 payout,200 payout");
  });

  test("takes no step for a wrong signature", async () => {
    sandbox.script("6422494", ["500"]);
    assertInvalid(await client.ask({ order_id: "6422494" }, { headers: { sign: "AAAA" } }), "sign");
    assert.equal((await client.ask({ order_id: "6422494" })).status, 500);
  });

  test("adds an unknown payout under both names", async () => {
    sandbox.script("script-new", [{ delayMs: 50 }]);
    const start = performance.now();
    assert.match((await client.ask({ order_id: "script-new" })).text, /"order_id":"script-new"/);
    assert.ok(performance.now() - start >= 45);
    assert.match((await client.ask({ id: "script-new" })).text, /"id":"script-new"/);
  });

  test("keeps a fault after its script", async () => {
    sandbox.script("fault-500", ["payout"]);
    assert.equal((await client.fault("500")).status, 200);
    assert.equal((await client.fault("500")).status, 500);
  });

  test("refuses an unknown step at once", () => {
    // @ts-expect-error: a name that the types know to be wrong
    assert.throws(() => sandbox.script("x", ["nonsense"]), RangeError);
    assert.throws(() => sandbox.script("x", ["1000"]), RangeError);
  });
});

test("records requests with their raw bytes", async () => {
  const body = '{ "id" : "100000536" }';
  await client.send(body, { headers: { "user-agent": "AliKassa2.0 API" } });
  const [recorded = assert.fail()] = sandbox.requests;
  assert.deepEqual([recorded.method, recorded.path, recorded.body.toString()], ["POST", STATUS, body]);
  assert.equal(recorded.headers["user-agent"], "AliKassa2.0 API");
  const sign = Buffer.from(String(recorded.headers["sign"]), "base64");
  assert.ok(verify("RSA-SHA1", recorded.body, archive.publicPem, sign));
  assert.deepEqual(recorded.key, { id: "100000536" });
});

for (const [maxRecords, expected] of [[2, "34"] as const, [0, ""] as const]) {
  test(`keeps ${maxRecords} records on request, and reports all`, async () => {
    const reported: unknown[] = [];
    const { sandbox: own, client } = await openSandbox({
      maxRecords,
      notify: { to: "http://127.0.0.1:2", attempts: 1 },
      onRequest: ({ key }) => reported.push(key),
      onNotification: ({ id }) => reported.push(id),
    });
    for (const id of ["1", "2", "3", "4"]) {
      for (const json of inStatuses(id, `order-${id}`, "wait", "paid")) own.addPayout(json);
      await client.ask({ id });
      await own.notificationsSettled();
    }
    assert.equal(own.requests.map(({ key }) => Object.values(key ?? {})).join(""), expected);
    assert.equal(own.notifications.map(({ id }) => id).join(""), expected);
    assert.equal(reported.length, 8);
  });
}

test("close() ends hanging connections, and may be called twice", async () => {
  const { sandbox: own, client } = await openSandbox();
  const hanging = ["hang", "drip", "endless"].map((name) => assert.rejects(client.fault(name), name));
  while (own.requests.length < 3) await new Promise((resolve) => setTimeout(resolve, 5));
  const start = performance.now();
  await Promise.all([own.close(), own.close(), ...hanging]);
  assert.ok(performance.now() - start < 2000);
});

test("refuses a key that is not RSA, a port in use, and an invalid number of records", async () => {
  for (const maxRecords of [-1, Number.NaN]) await assert.rejects(startSandbox({ maxRecords }), RangeError);
  await assert.rejects(startSandbox({ publicPem: "nonsense" }));
  const port = Number(new URL(sandbox.baseUrl).port);
  await assert.rejects(startSandbox({ publicPem: archive.publicPem, port }), { code: "EADDRINUSE" });
});
