/** The request to AliKassa. */
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { after, describe, test } from "node:test";
import type { RecordedRequest } from "../../dist/sandbox/index.js";
import { NO_CACHE } from "./client.ts";
import { ACCOUNT, newArchive, openSandbox, requestsFor, SECOND_ACCOUNT, setUp, TOKEN } from "./harness.ts";

/** An order id, and the body with it as PHP 8.2's `json_encode` writes it. */
const ORDERS: Readonly<Record<string, string>> = {
  "6422494": '{"order_id":"6422494"}',
  'a/b "q" é 😀 <>&\'': '{"order_id":"a\\/b \\"q\\" \\u00e9 \\ud83d\\ude00 <>&\'"}',
  "Заказ №1": '{"order_id":"\\u0417\\u0430\\u043a\\u0430\\u0437 \\u21161"}',
  "back\\slash": '{"order_id":"back\\\\slash"}',
  "line\nfeed\ttab": '{"order_id":"line\\nfeed\\ttab"}',
  "\u0000\u001f\u007f": '{"order_id":"\\u0000\\u001f\u007f"}',
  " ": '{"order_id":" "}',
  "\u2028\ufeff\uffff": '{"order_id":"\\u2028\\ufeff\\uffff"}',
};
/** Headers that workerd or HTTP itself adds. */
const PLATFORM_HEADERS = ["accept-encoding", "cf-worker", "connection", "content-length", "host"];

const archive = newArchive(2048);
const sha256Sandbox = await openSandbox({ publicPem: archive.publicPem, digest: "sha256" });
after(() => sha256Sandbox.close());
const key = { ALIKASSA_PRIVATE_KEY: archive.privatePem, ALIKASSA_KEY_PASSWORD: archive.password };
const { sandbox, clients } = await setUp(
  {
    sound: { ...key, ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` },
    sha256: { ...key, ALIKASSA_DIGEST: "sha256", ALIKASSA_BASE_URL: sha256Sandbox.baseUrl },
  },
  { publicPem: archive.publicPem },
);
const client = clients.sound;
const publicKey = createPublicKey(archive.publicPem);

function lastFor(name: string, from = sandbox): RecordedRequest {
  const request = requestsFor(from, name).at(-1);
  assert.ok(request, `no request for ${JSON.stringify(name)}`);
  return request;
}

describe("the request to AliKassa", () => {
  test("has the specification's path, headers and body", async () => {
    await client.post({ id: "100000536" });
    const { method, path, headers, body } = lastFor("100000536");
    assert.equal(method, "POST");
    assert.equal(path, "/v1/payout/status");
    assert.equal(body.toString(), '{"id":"100000536"}');
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["account"], ACCOUNT);
    assert.equal(headers["user-agent"], "AliKassa2.0 API");
    assert.equal(headers["content-length"], String(body.length));
  });

  test("has a SHA-1 signature over its body that Node's crypto verifies", async () => {
    await client.post({ id: "100000602" });
    const { headers, body } = lastFor("100000602");
    const sign = String(headers["sign"]);
    assert.match(sign, /^[A-Za-z0-9+/]+={0,2}$/);
    assert.ok(verify("RSA-SHA1", body, publicKey, Buffer.from(sign, "base64")));
    assert.ok(!verify("RSA-SHA1", Buffer.from(`${body} `), publicKey, Buffer.from(sign, "base64")));
  });

  test("has a SHA-256 signature if that is configured", async () => {
    assert.equal((await clients.sha256.post({ id: "100000602" })).status, 200);
    const { headers, body } = lastFor("100000602", sha256Sandbox);
    const sign = Buffer.from(String(headers["sign"]), "base64");
    assert.ok(verify("RSA-SHA256", body, publicKey, sign));
    assert.ok(!verify("RSA-SHA1", body, publicKey, sign));
  });

  for (const [order, body] of Object.entries(ORDERS)) {
    test(`has PHP's JSON: ${JSON.stringify(body)}`, async () => {
      sandbox.script(order, []);
      const byPost = await client.post({ order_id: order });
      assert.equal(byPost.status, 200, byPost.text);
      const request = lastFor(order);
      assert.equal(request.body.toString("utf8"), body);
      assert.ok(verify("RSA-SHA1", request.body, publicKey, Buffer.from(String(request.headers["sign"]), "base64")));
      const byGet = await client.get(`?order_id=${encodeURIComponent(order)}`, NO_CACHE);
      assert.equal(byGet.text, byPost.text);
      assert.notEqual(lastFor(order), request);
      assert.deepEqual(lastFor(order).body, request.body);
    });
  }

  test("is the same for an id as a string, as a number and in a query string", async () => {
    for (const ask of [() => client.post('{"id":"100000607"}'), () => client.post('{ "id" : 100000607 }')]) {
      assert.equal((await ask()).status, 200);
      assert.equal(lastFor("100000607").body.toString(), '{"id":"100000607"}');
    }
    assert.equal((await client.get("?id=100000607")).status, 200);
    const signs = requestsFor(sandbox, "100000607").map(({ headers }) => headers["sign"]);
    assert.equal(signs.length, 3);
    assert.equal(new Set(signs).size, 1);
  });

  test("has no header beyond AliKassa's and the platform's", async () => {
    await client.post(
      { id: "100000604" },
      { headers: { Cookie: "a=b", "X-Own": "1", "X-Forwarded-For": "192.0.2.1" } },
    );
    const { headers } = lastFor("100000604");
    const needed = ["accept", "account", "content-type", "sign", "user-agent"];
    const unexpected = Object.keys(headers).filter((name) => ![...needed, ...PLATFORM_HEADERS].includes(name));
    assert.deepEqual(unexpected, []);
    for (const name of needed) assert.ok(name in headers, name);
  });

  test("does not hold the token", async () => {
    await client.post({ id: "100000605" });
    const { path, headers, body } = lastFor("100000605");
    assert.equal(headers.authorization, undefined);
    assert.ok(!`${path}${JSON.stringify(headers)}${body}`.includes(TOKEN.slice(0, 20)));
  });

  test("has the chosen account", async () => {
    await client.get("?id=100000601", { headers: { Account: SECOND_ACCOUNT } });
    assert.equal(lastFor("100000601").headers["account"], SECOND_ACCOUNT);
    await client.get("?id=100000601", { headers: { Account: ACCOUNT } });
    assert.equal(lastFor("100000601").headers["account"], ACCOUNT);
  });
});
