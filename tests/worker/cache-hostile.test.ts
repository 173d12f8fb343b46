/** Nothing that a caller sends gets into the cache, or gets another's payout out of it. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { payoutJson, type Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, type Edge, jsonOf } from "./edge.ts";
import {
  ACCOUNT,
  kvNamespace,
  newArchive,
  openSandbox,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "./harness.ts";

const STATUS = "/v1/payout/status";
const BATCH = "/v1/payout/status/batch";

let sandbox: Sandbox;
let workers: Workers<"cacheApi" | "kv">;

before(async () => {
  const archive = newArchive(1024);
  const accounts = { ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}` };
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({
    cacheApi: soundBindings(archive, sandbox, accounts),
    kv: soundBindings(archive, sandbox, { ...accounts, PAYOUTS: kvNamespace("hostile") }),
  });
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

const useOf = ({ headers }: Answer) => headers.get("X-AliKassa-Cache");
const statusOf = (answer: Answer) => (jsonOf(answer) as { payment_status?: string }).payment_status;

/** Names of payouts that a careless way of making an entry's name would mix up, or take for something else. */
const NAMES = [
  "a",
  "a ",
  " a",
  "A",
  "а",
  "a\u0301",
  "á",
  "a\u0000",
  "\u0000a",
  "a/",
  "a//",
  "/a",
  "a/..",
  "../a",
  "..%2fa",
  "%61",
  "%2561",
  "a?",
  "a?b",
  "a#",
  "a&id=a",
  'a","id":"a',
  '"a"',
  "['a']",
  '["id","a"]',
  "id",
  "order_id",
  "id:a",
  "order_id\na",
  "a\n",
  "a\r\n",
  "a:b",
  "a|b",
  "a,b",
  "a;b",
  "a=b",
  "payout/a",
  ACCOUNT,
  `${ACCOUNT}/a`,
  `${ACCOUNT}\na`,
  `${SECOND_ACCOUNT}a`,
  "https://a",
  "https://example.com/a",
  "x".repeat(127),
  "x".repeat(128),
  "null",
  "0",
  "00",
];

for (const store of ["cacheApi", "kv"] as const) {
  describe(`the cache is not misled (${store})`, () => {
    let edge: Edge;
    before(() => {
      edge = workers.edges[store];
    });

    test("by the name of a payout: each is its own", async () => {
      const words = ["paid", "cancel", "fail"];
      const word = (place: number) => words[place % words.length] ?? "";
      const ids = NAMES.map((_, place) => `${store}-${place}`);
      NAMES.forEach((name, place) => {
        sandbox.addPayout(payoutJson({ id: ids[place] ?? "", orderId: name, statusJson: JSON.stringify(word(place)) }));
      });
      const firsts = await Promise.all(NAMES.map((name) => edge.post({ order_id: name })));
      for (const [place, first] of firsts.entries()) assert.equal(useOf(first), "miss", JSON.stringify(NAMES[place]));
      const hits = await Promise.all(NAMES.map((name) => untilCached(() => edge.post({ order_id: name }))));
      for (const [place, hit] of hits.entries()) {
        const name = NAMES[place] ?? "";
        const { id, order_id, payment_status } = jsonOf(hit) as Record<string, unknown>;
        assert.deepEqual([id, order_id, payment_status], [ids[place], name, word(place)]);
        const byQuery = await edge.get(`?order_id=${encodeURIComponent(name)}`);
        assert.deepEqual([useOf(byQuery), byQuery.text], ["hit", hit.text]);
      }
      assert.equal(new Set(NAMES).size, NAMES.length);
    });

    test("by the host that a request says it came to", async () => {
      const orderId = `${store}-host`;
      sandbox.addPayout(payoutJson({ id: `${store}-h`, orderId }));
      const path = `${STATUS}?order_id=${orderId}`;
      const upstream = new URL(sandbox.url).host;
      for (const Host of [
        "evil.example",
        "evil.example:81",
        upstream,
        "api-merchant.alikassa.com",
        "[::1]",
        "a.b.c.d.e",
      ]) {
        for (const forwarded of ["evil.example", edge.url.host]) {
          const headers = {
            Host,
            "X-Forwarded-Host": forwarded,
            Forwarded: `host=${forwarded}`,
            "X-Original-URL": "/healthz",
          };
          const answer = await edge.askRaw({ path, headers });
          assert.deepEqual([answer.status, statusOf(answer)], [200, "paid"], Host);
        }
      }
      sandbox.script(orderId, ["html"]);
      const elsewhere = await edge.askRaw({
        path: `${path}`,
        headers: { Host: "another.example", "Cache-Control": "no-cache" },
      });
      assert.equal(elsewhere.status, 502);
      assert.equal(statusOf(await untilCached(() => edge.get(`?order_id=${orderId}`))), "paid");
    });

    test("by headers about caches, which are the caller's own", async () => {
      const orderId = `${store}-headers`;
      sandbox.addPayout(payoutJson({ id: `${store}-c`, orderId, statusJson: '"fail"' }));
      const { text } = await untilCached(() => edge.get(`?order_id=${orderId}`));
      const lies: Record<string, string>[] = [
        { "X-AliKassa-Cache": "hit" },
        { "Cache-Control": "public, max-age=60, s-maxage=60" },
        { "If-None-Match": "*", "If-Modified-Since": new Date(Date.now() + 60_000).toUTCString() },
        { Range: "bytes=0-10" },
        { Vary: "*", Age: "1", "CF-Cache-Status": "HIT", "CDN-Cache-Control": "max-age=60" },
      ];
      for (const headers of lies) {
        // Node's `fetch` adds a `no-cache` of its own to a conditional request.
        const answer = await edge.askRaw({ path: `${STATUS}?order_id=${orderId}`, headers });
        assert.deepEqual([answer.status, useOf(answer), answer.text], [200, "hit", text]);
        const unknown = await edge.askRaw({ path: `${STATUS}?order_id=fault-html`, headers });
        assert.deepEqual([unknown.status, useOf(unknown)], [502, "miss"]);
      }
    });

    test("by a payout in the request", async () => {
      const id = `${store}-planted`;
      const planted = JSON.stringify({ payment_status: "paid", id, order_id: id, is_final: true });
      const paths = [STATUS, BATCH, "/payout/x", `/payout/${id}`, "/v1/payout", "/page"];
      for (const path of paths) {
        for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET"]) {
          const headers = { "Content-Type": "application/json", "Cache-Control": "max-age=60" };
          const answer = await edge.askRaw({ method, path, headers, pieces: method === "GET" ? [] : [planted] });
          // The page is for everybody.
          const isPage = method === "GET" && path === "/";
          assert.ok(isPage || answer.status >= 400, `${method} ${path}: ${answer.status}`);
          assert.ok(!isPage || !answer.text.includes(id));
        }
      }
      // AliKassa does not know it, and nobody else does.
      const answer = await edge.get(`?id=${id}`);
      assert.deepEqual([answer.status, useOf(answer)], [502, "miss"]);
    });

    test("by an account that is not ours, or is ours in other words", async () => {
      const id = `${store}-account`;
      sandbox.addPayout(payoutJson({ id, orderId: `${id}-order` }));
      await untilCached(() => edge.get(`?id=${id}`));
      for (const Account of [`${ACCOUNT},${SECOND_ACCOUNT}`, ACCOUNT.toUpperCase(), `${ACCOUNT}x`, "*", "undefined"]) {
        assertProblem(await edge.get(`?id=${id}`, { headers: { Account } }), { status: 403, code: "unknown_account" });
      }
    });

    test("by answers to others that are under way at the same time", async () => {
      const names = Array.from({ length: 30 }, (_, place) => `${store}-race-${place}`);
      const words = ["paid", "cancel", "fail", "wait"];
      names.forEach((orderId, place) => {
        sandbox.addPayout(payoutJson({ id: `${orderId}-id`, orderId, statusJson: JSON.stringify(words[place % 4]) }));
      });
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(names.map((orderId) => edge.post({ order_id: orderId })));
        assert.deepEqual(
          answers.map(statusOf),
          names.map((_, place) => words[place % 4]),
        );
        for (const [place, answer] of answers.entries()) {
          if (place % 4 === 3) assert.equal(useOf(answer), "miss");
        }
      }
    });
  });
}

describe("an entry of the Cache API", () => {
  test("is no page of the Worker's: its URL leads nowhere", async () => {
    await untilCached(() => workers.edges.cacheApi.get("?id=100000536"));
    // The names in a KV namespace are those in the Cache API.
    await untilCached(() => workers.edges.kv.get("?id=100000536"));
    const { keys } = await (await workers.kv("kv")).list();
    assert.ok(keys.length > 0);
    for (const { name } of keys) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await workers.edges.cacheApi.ask({ method, path: `/${name}` });
        assert.equal(answer.status, 404);
      }
    }
  });
});
