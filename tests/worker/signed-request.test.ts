/** What AliKassa gets to see of a question. */
import assert from "node:assert/strict";
import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import type { RecordedRequest, Sandbox } from "../../dist/sandbox/index.js";
import type { Edge } from "./edge.ts";
import {
  ACCOUNT,
  newArchive,
  openSandbox,
  requestsFor,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  TOKEN,
  type Workers,
} from "./harness.ts";

/** An order id, and the body with it as PHP's `json_encode` writes it. */
const ORDERS: Readonly<Record<string, string>> = {
  "6422494": '{"order_id":"6422494"}',
  // As PHP 8.2 was seen to write it.
  'a/b "q" é 😀 <>&\'': '{"order_id":"a\\/b \\"q\\" \\u00e9 \\ud83d\\ude00 <>&\'"}',
  "Заказ №1": '{"order_id":"\\u0417\\u0430\\u043a\\u0430\\u0437 \\u21161"}',
  "back\\slash": '{"order_id":"back\\\\slash"}',
  "line\nfeed\ttab": '{"order_id":"line\\nfeed\\ttab"}',
  "\u0000\u001f\u007f": '{"order_id":"\\u0000\\u001f\u007f"}',
  " ": '{"order_id":" "}',
  "\u2028\ufeff\uffff": '{"order_id":"\\u2028\\ufeff\\uffff"}',
};
/** What asks AliKassa, whatever is known of a payout. */
const ASK_AGAIN = { "Cache-Control": "no-cache" };
/** Headers that workerd or HTTP itself adds. */
const OF_THE_PLATFORM = ["accept-encoding", "cf-worker", "connection", "content-length", "host"];

let sandbox: Sandbox;
let sha256Sandbox: Sandbox;
let workers: Workers<"sound" | "sha256">;
let edge: Edge;
let publicKey: KeyObject;

before(async () => {
  const archive = newArchive(2048);
  publicKey = createPublicKey(archive.publicPem);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  sha256Sandbox = await openSandbox({ publicPem: archive.publicPem, digest: "sha256" });
  const ALIKASSA_ACCOUNT = `${ACCOUNT},${SECOND_ACCOUNT}`;
  workers = await startWorkers({
    sound: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT }),
    sha256: soundBindings(archive, sha256Sandbox, { ALIKASSA_DIGEST: "sha256" }),
  });
  edge = workers.edges.sound;
});

after(async () => {
  await Promise.all([sandbox.close(), sha256Sandbox.close()]);
  await workers.stop();
});

function lastFor(name: string, from = sandbox): RecordedRequest {
  const request = requestsFor(from, name).at(-1);
  assert.ok(request, `nobody asked for ${JSON.stringify(name)}`);
  return request;
}

describe("the request to AliKassa", () => {
  test("is the one that the specification demands", async () => {
    await edge.post({ id: "100000536" });
    const { method, path, headers, body } = lastFor("100000536");
    assert.equal(method, "POST");
    assert.equal(path, "/v1/payout/status");
    assert.equal(body.toString(), '{"id":"100000536"}');
    assert.equal(headers["content-type"], "application/json");
    assert.equal(headers["account"], ACCOUNT);
    assert.equal(headers["user-agent"], "AliKassa2.0 API");
    assert.equal(headers["content-length"], String(body.length));
  });

  test("is signed over the very bytes of its body, with SHA-1, as Node's crypto finds", async () => {
    await edge.post({ id: "100000602" });
    const { headers, body } = lastFor("100000602");
    const sign = String(headers["sign"]);
    assert.match(sign, /^[A-Za-z0-9+/]+={0,2}$/);
    assert.ok(verify("RSA-SHA1", body, publicKey, Buffer.from(sign, "base64")));
    assert.ok(!verify("RSA-SHA1", Buffer.from(`${body} `), publicKey, Buffer.from(sign, "base64")));
  });

  test("is signed with SHA-256 where that is asked for, and with that alone", async () => {
    assert.equal((await workers.edges.sha256.post({ id: "100000602" })).status, 200);
    const { headers, body } = lastFor("100000602", sha256Sandbox);
    const sign = Buffer.from(String(headers["sign"]), "base64");
    assert.ok(verify("RSA-SHA256", body, publicKey, sign));
    assert.ok(!verify("RSA-SHA1", body, publicKey, sign));
  });

  for (const [order, body] of Object.entries(ORDERS)) {
    test(`has the body ${JSON.stringify(body)}, in PHP's own JSON`, async () => {
      sandbox.script(order, []);
      const byPost = await edge.post({ order_id: order });
      assert.equal(byPost.status, 200, byPost.text);
      const request = lastFor(order);
      assert.equal(request.body.toString("utf8"), body);
      assert.ok(verify("RSA-SHA1", request.body, publicKey, Buffer.from(String(request.headers["sign"]), "base64")));
      const byGet = await edge.get(`?order_id=${encodeURIComponent(order)}`, { headers: ASK_AGAIN });
      assert.equal(byGet.text, byPost.text);
      assert.notEqual(lastFor(order), request);
      assert.deepEqual(lastFor(order).body, request.body);
    });
  }

  test("is the same for an id in a string, in a number, and in a query", async () => {
    for (const ask of [() => edge.post('{"id":"100000607"}'), () => edge.post('{ "id" : 100000607 }')]) {
      assert.equal((await ask()).status, 200);
      assert.equal(lastFor("100000607").body.toString(), '{"id":"100000607"}');
    }
    assert.equal((await edge.get("?id=100000607")).status, 200);
    const signs = requestsFor(sandbox, "100000607").map(({ headers }) => headers["sign"]);
    assert.equal(signs.length, 3);
    assert.equal(new Set(signs).size, 1);
  });

  test("has no header but those that AliKassa needs and those that the platform adds", async () => {
    await edge.post({ id: "100000604" }, { headers: { Cookie: "a=b", "X-Own": "1", "X-Forwarded-For": "192.0.2.1" } });
    const { headers } = lastFor("100000604");
    const needed = ["accept", "account", "content-type", "sign", "user-agent"];
    const unexpected = Object.keys(headers).filter((name) => ![...needed, ...OF_THE_PLATFORM].includes(name));
    assert.deepEqual(unexpected, []);
    for (const name of needed) assert.ok(name in headers, name);
  });

  test("knows nothing of the token of who asks", async () => {
    await edge.post({ id: "100000605" });
    const { path, headers, body } = lastFor("100000605");
    assert.equal(headers.authorization, undefined);
    assert.ok(!`${path}${JSON.stringify(headers)}${body}`.includes(TOKEN.slice(0, 20)));
  });

  test("is made in the name of the account that was chosen", async () => {
    await edge.get("?id=100000601", { headers: { Account: SECOND_ACCOUNT } });
    assert.equal(lastFor("100000601").headers["account"], SECOND_ACCOUNT);
    await edge.get("?id=100000601", { headers: { Account: ACCOUNT } });
    assert.equal(lastFor("100000601").headers["account"], ACCOUNT);
  });
});
