/** A caller can't write to the cache, or read another payout from it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { assertProblem, BATCH, cacheStatusOf, jsonOf, paymentStatusOf, STATUS } from "./client.ts";
import { ACCOUNT, kvNamespace, SECOND_ACCOUNT, setUp, untilCached } from "./harness.ts";

const ALIKASSA_ACCOUNT = `${ACCOUNT},${SECOND_ACCOUNT}`;
const { sandbox, workers, clients } = await setUp({
  cacheApi: { ALIKASSA_ACCOUNT },
  kv: { ALIKASSA_ACCOUNT, PAYOUTS: kvNamespace("hostile") },
});

/** Order ids that a careless construction of an entry's name would mix up. */
const NAMES = [
  ...["a", "a ", " a", "A", "а", "a\u0301", "á", "a\u0000", "\u0000a", "a/", "a//", "/a", "a/..", "../a"],
  ...["..%2fa", "%61", "%2561", "a?", "a?b", "a#", "a&id=a", 'a","id":"a', '"a"', "['a']", '["id","a"]', "id"],
  ...["order_id", "id:a", "order_id\na", "a\n", "a\r\n", "a:b", "a|b", "a,b", "a;b", "a=b", "payout/a"],
  ...[ACCOUNT, `${ACCOUNT}/a`, `${ACCOUNT}\na`, `${SECOND_ACCOUNT}a`, "https://a", "https://example.com/a"],
  ...["x".repeat(127), "x".repeat(128), "null", "0", "00"],
];

for (const store of ["cacheApi", "kv"] as const) {
  describe(`the cache can't be misled (${store})`, () => {
    const client = clients[store];

    test("by an order id", async () => {
      const words = ["paid", "cancel", "fail"];
      const word = (place: number) => words[place % words.length] ?? "";
      const ids = NAMES.map((_, place) => `${store}-${place}`);
      NAMES.forEach((name, place) => {
        sandbox.addPayout(
          payoutJson({ id: ids[place] ?? "", order_id: name, statusJson: JSON.stringify(word(place)) }),
        );
      });
      const firsts = await Promise.all(NAMES.map((name) => client.post({ order_id: name })));
      for (const [place, first] of firsts.entries())
        assert.equal(cacheStatusOf(first), "miss", JSON.stringify(NAMES[place]));
      const hits = await Promise.all(NAMES.map((name) => untilCached(() => client.post({ order_id: name }))));
      for (const [place, hit] of hits.entries()) {
        const name = NAMES[place] ?? "";
        const { id, order_id, payment_status } = jsonOf(hit) as Record<string, unknown>;
        assert.deepEqual([id, order_id, payment_status], [ids[place], name, word(place)]);
        const byQuery = await client.get(`?order_id=${encodeURIComponent(name)}`);
        assert.deepEqual([cacheStatusOf(byQuery), byQuery.text], ["hit", hit.text]);
      }
      assert.equal(new Set(NAMES).size, NAMES.length);
    });

    test("by the Host header", async () => {
      const order_id = `${store}-host`;
      sandbox.addPayout(payoutJson({ id: `${store}-h`, order_id }));
      const path = `${STATUS}?order_id=${order_id}`;
      const upstream = new URL(sandbox.baseUrl).host;
      for (const Host of [
        "evil.example",
        "evil.example:81",
        upstream,
        "api-merchant.alikassa.com",
        "[::1]",
        "a.b.c.d.e",
      ]) {
        for (const forwarded of ["evil.example", client.url.host]) {
          const headers = {
            Host,
            "X-Forwarded-Host": forwarded,
            Forwarded: `host=${forwarded}`,
            "X-Original-URL": "/healthz",
          };
          const answer = await client.askRaw({ path, headers });
          assert.deepEqual([answer.status, paymentStatusOf(answer)], [200, "paid"], Host);
        }
      }
      sandbox.script(order_id, ["html"]);
      const elsewhere = await client.askRaw({
        path: `${path}`,
        headers: { Host: "another.example", "Cache-Control": "no-cache" },
      });
      assert.equal(elsewhere.status, 502);
      assert.equal(paymentStatusOf(await untilCached(() => client.get(`?order_id=${order_id}`))), "paid");
    });

    test("by headers about caches", async () => {
      const order_id = `${store}-headers`;
      sandbox.addPayout(payoutJson({ id: `${store}-c`, order_id, statusJson: '"fail"' }));
      const { text } = await untilCached(() => client.get(`?order_id=${order_id}`));
      const misleading: Record<string, string>[] = [
        { "X-AliKassa-Cache": "hit" },
        { "Cache-Control": "public, max-age=60, s-maxage=60" },
        { "If-None-Match": "*", "If-Modified-Since": new Date(Date.now() + 60_000).toUTCString() },
        { Range: "bytes=0-10" },
        { Vary: "*", Age: "1", "CF-Cache-Status": "HIT", "CDN-Cache-Control": "max-age=60" },
      ];
      for (const headers of misleading) {
        // Node's `fetch` adds a `no-cache` of its own to a conditional request.
        const answer = await client.askRaw({ path: `${STATUS}?order_id=${order_id}`, headers });
        assert.deepEqual([answer.status, cacheStatusOf(answer), answer.text], [200, "hit", text]);
        const unknown = await client.askRaw({ path: `${STATUS}?order_id=fault-html`, headers });
        assert.deepEqual([unknown.status, cacheStatusOf(unknown)], [502, "miss"]);
      }
    });

    test("by a payout in the request", async () => {
      const id = `${store}-planted`;
      const planted = JSON.stringify({ payment_status: "paid", id, order_id: id, is_final: true });
      const paths = [STATUS, BATCH, "/payout/x", `/payout/${id}`, "/v1/payout", "/page"];
      for (const path of paths) {
        for (const method of ["POST", "PUT", "PATCH", "DELETE", "GET"]) {
          const headers = { "Content-Type": "application/json", "Cache-Control": "max-age=60" };
          const answer = await client.askRaw({ method, path, headers, pieces: method === "GET" ? [] : [planted] });
          assert.ok(answer.status >= 400, `${method} ${path}: ${answer.status}`);
        }
      }
      const answer = await client.get(`?id=${id}`);
      assert.deepEqual([answer.status, cacheStatusOf(answer)], [502, "miss"]);
    });

    test("by an account that is not configured", async () => {
      const id = `${store}-account`;
      sandbox.addPayout(payoutJson({ id, order_id: `${id}-order` }));
      await untilCached(() => client.get(`?id=${id}`));
      for (const Account of [`${ACCOUNT},${SECOND_ACCOUNT}`, ACCOUNT.toUpperCase(), `${ACCOUNT}x`, "*", "undefined"]) {
        assertProblem(await client.get(`?id=${id}`, { headers: { Account } }), {
          status: 403,
          code: "unknown_account",
        });
      }
    });

    test("by concurrent requests", async () => {
      const names = Array.from({ length: 30 }, (_, place) => `${store}-race-${place}`);
      const words = ["paid", "cancel", "fail", "wait"];
      names.forEach((order_id, place) => {
        sandbox.addPayout(payoutJson({ id: `${order_id}-id`, order_id, statusJson: JSON.stringify(words[place % 4]) }));
      });
      for (let round = 0; round < 3; round += 1) {
        const answers = await Promise.all(names.map((order_id) => client.post({ order_id })));
        assert.deepEqual(
          answers.map(paymentStatusOf),
          names.map((_, place) => words[place % 4]),
        );
        for (const [place, answer] of answers.entries()) {
          if (place % 4 === 3) assert.equal(cacheStatusOf(answer), "miss");
        }
      }
    });
  });
}

describe("an entry of the Cache API", () => {
  test("has a URL that the Worker does not serve", async () => {
    await untilCached(() => clients.cacheApi.get("?id=100000536"));
    // A KV namespace has the same names.
    await untilCached(() => clients.kv.get("?id=100000536"));
    const { keys } = await (await workers.kv("kv")).list();
    assert.ok(keys.length > 0);
    for (const { name } of keys) {
      for (const method of ["GET", "HEAD"]) {
        const answer = await clients.cacheApi.ask({ method, path: `/${name}` });
        assert.equal(answer.status, 404);
      }
    }
  });
});
