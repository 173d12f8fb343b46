/** Final payouts come from the cache, and all others from AliKassa. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { FAULTS, type FaultName, payoutJson, SANDBOX_PAYOUTS } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, BATCH, cacheStatusOf, jsonOf, NO_CACHE } from "./client.ts";
import { ACCOUNT, kvNamespace, newArchive, requestsFor, SECOND_ACCOUNT, setUp, until, untilCached } from "./harness.ts";

const DAY_S = 24 * 60 * 60;
const STORES = ["cacheApi", "kv"] as const;

let ids = 500_000_000;

const PAYOUTS = kvNamespace("shared");
const ALIKASSA_ACCOUNT = `${ACCOUNT},${SECOND_ACCOUNT}`;
const otherArchive = newArchive(1024);
const { sandbox, workers, clients } = await setUp(({ sandbox }) => ({
  cacheApi: { ALIKASSA_ACCOUNT },
  kv: { ALIKASSA_ACCOUNT, PAYOUTS },
  kvAgain: { PAYOUTS },
  kvElsewhere: { PAYOUTS, ALIKASSA_BASE_URL: `${sandbox.baseUrl}/`.replace("127.0.0.1", "localhost") },
  kvOtherKey: {
    PAYOUTS,
    ALIKASSA_PRIVATE_KEY: otherArchive.privatePem,
    ALIKASSA_KEY_PASSWORD: otherArchive.password,
  },
}));

/** Sets what AliKassa answers about a payout: a new one, unless it has an id. */
function add(status: string, id = String(++ids), amount = "300.00"): { id: string; order_id: string } {
  const order_id = `order-${id}`;
  const json = payoutJson({ id, order_id, statusJson: JSON.stringify(status) }).replace("300.00", amount);
  sandbox.addPayout(json);
  return { id, order_id };
}

/** Asks until cache status and text match. */
const untilMatch = (ask: () => Promise<Answer>, expected: RegExp) =>
  until(`an answer like ${expected}`, async () => {
    const answer = await ask();
    return expected.test(`"${cacheStatusOf(answer)}" ${answer.text}`);
  });

for (const store of STORES) {
  describe(`a final payout in ${store === "kv" ? "a KV namespace" : "the Cache API"}`, () => {
    const client = clients[store];

    for (const status of ["paid", "cancel", "fail"]) {
      test(`is a hit with the same bytes: ${status}`, async () => {
        const { id } = add(status);
        const first = await client.get(`?id=${id}`);
        assert.equal(cacheStatusOf(first), "miss");
        const hit = await untilCached(() => client.get(`?id=${id}`));
        const asked = requestsFor(sandbox, id).length;
        for (const again of [
          await client.get(`?id=${id}`),
          await client.post({ id }),
          await client.post(`{"id":${id}}`),
        ]) {
          assert.equal(cacheStatusOf(again), "hit");
          assert.equal(again.text, first.text);
          assert.equal(again.status, 200);
          assert.equal(again.headers.get("Content-Type"), "application/json");
          assert.equal(again.headers.get("Cache-Control"), "no-store");
        }
        assert.equal(hit.text, first.text);
        assert.equal(requestsFor(sandbox, id).length, asked);
        const head = await client.get(`?id=${id}`, { method: "HEAD" });
        assert.deepEqual([cacheStatusOf(head), head.text], ["hit", ""]);
      });
    }

    test("has every field as AliKassa sent it", async () => {
      for (const { id, json } of SANDBOX_PAYOUTS) {
        if (!/"(?:paid|cancel|fail)"/.test(json)) continue;
        const first = await client.get(`?id=${id}`);
        assert.equal((await untilCached(() => client.get(`?id=${id}`))).text, first.text);
      }
    });

    for (const status of ["wait", "refund", "Paid", "paid ", "success", "final"]) {
      test(`is not one that is «${status}»`, async () => {
        const { id, order_id } = add(status);
        for (const query of [`?id=${id}`, `?order_id=${order_id}`, `?id=${id}`, `?order_id=${order_id}`]) {
          const answer = await client.get(query);
          assert.deepEqual([answer.status, cacheStatusOf(answer)], [200, "miss"]);
        }
        assert.equal(requestsFor(sandbox, id).length, 2);
        assert.equal(requestsFor(sandbox, order_id).length, 2);
      });
    }

    test("has separate entries for the id and the order id", async () => {
      const [one, two] = [String(++ids), String(++ids)];
      sandbox.addPayout(payoutJson({ id: one, order_id: two }));
      sandbox.addPayout(payoutJson({ id: two, order_id: one }));
      const queries = [`id=${one}`, `order_id=${one}`, `id=${two}`, `order_id=${two}`];
      const texts = [];
      for (const query of queries) {
        const first = await client.get(`?${query}`);
        assert.equal(cacheStatusOf(first), "miss", query);
        texts.push((await untilCached(() => client.get(`?${query}`))).text);
        assert.equal(texts.at(-1), first.text);
      }
      for (const [place, query] of queries.entries()) {
        const again = await client.get(`?${query}`);
        assert.deepEqual([cacheStatusOf(again), again.text], ["hit", texts[place]], query);
      }
    });

    test("is separate for each account", async () => {
      const { id } = add("paid");
      await untilCached(() => client.get(`?id=${id}`));
      const headers = { Account: SECOND_ACCOUNT };
      assert.equal(cacheStatusOf(await client.get(`?id=${id}`, { headers })), "miss");
      assert.equal(requestsFor(sandbox, id).at(-1)?.headers["account"], SECOND_ACCOUNT);
      assert.equal(cacheStatusOf(await client.get(`?id=${id}`, { headers: { Account: ACCOUNT } })), "hit");
    });

    test("is read again and updated with Cache-Control: no-cache", async () => {
      const { id } = add("fail");
      await untilCached(() => client.get(`?id=${id}`));
      add("paid", id, "12.30");
      for (const directive of ["no-cache", "No-Cache", "max-age=0, no-cache", "no-store,no-cache ,x"]) {
        const asked = requestsFor(sandbox, id).length;
        const again = await client.get(`?id=${id}`, { headers: { "Cache-Control": directive } });
        assert.equal(cacheStatusOf(again), "bypass", directive);
        assert.match(again.text, /"payment_status":"paid".*"amount":"12.30"/);
        assert.equal(requestsFor(sandbox, id).length, asked + 1);
      }
      await untilMatch(() => client.get(`?id=${id}`), /"hit".*"amount":"12.30"/);
    });

    test("is a hit with any other directive", async () => {
      const { id } = add("paid");
      await untilCached(() => client.get(`?id=${id}`));
      for (const directive of [
        "max-age=0",
        "no-cachex",
        "no-store",
        "x-no-cache",
        "only-if-cached",
        "public, max-age=9",
      ]) {
        assert.equal(
          cacheStatusOf(await client.get(`?id=${id}`, { headers: { "Cache-Control": directive } })),
          "hit",
          directive,
        );
      }
    });

    test("is removed if AliKassa takes it back", async () => {
      const { id } = add("paid");
      await untilCached(() => client.get(`?id=${id}`));
      add("wait", id);
      assert.match((await client.get(`?id=${id}`, NO_CACHE)).text, /"payment_status":"wait"/);
      await untilMatch(() => client.get(`?id=${id}`), /"miss".*"payment_status":"wait"/);
    });

    test("stays if AliKassa fails later", async () => {
      const { id } = add("paid");
      const { text } = await untilCached(() => client.get(`?id=${id}`));
      sandbox.script(id, ["500", "404", "no-status"]);
      for (let i = 0; i < 3; i += 1) {
        const answer = await client.get(`?id=${id}`, NO_CACHE);
        assert.deepEqual([answer.status, cacheStatusOf(answer)], [502, "bypass"]);
      }
      assert.equal((await untilCached(() => client.get(`?id=${id}`))).text, text);
    });

    test("is not answered without a token", async () => {
      const { id } = add("paid");
      await untilCached(() => client.get(`?id=${id}`));
      for (const token of [null, "another"]) {
        assertProblem(await client.get(`?id=${id}`, { token }), { status: 401, code: "unauthorized" });
      }
      const headers = { Account: "another" };
      assertProblem(await client.get(`?id=${id}`, { headers }), { status: 403, code: "unknown_account" });
    });

    test("is an item of a batch, without a request", async () => {
      const [paid, waiting, cancelled] = [add("paid"), add("wait"), add("cancel")];
      const known = await untilCached(() => client.get(`?id=${paid.id}`));
      const payouts = [
        { id: "" },
        { id: waiting.id },
        { id: paid.id },
        { order_id: cancelled.order_id },
        { id: paid.id },
      ];
      const ask = (options = {}) => client.post({ payouts }, { path: BATCH, ...options });
      const before = sandbox.requests.length;
      const first = await ask();
      assert.equal(cacheStatusOf(first), "miss");
      assert.equal(sandbox.requests.length, before + 2, "two were not cached");
      const items = (jsonOf(first) as { payouts: { payout?: object; problem?: { code: string } }[] }).payouts;
      assert.equal(items[0]?.problem?.code, "invalid_request");
      assert.deepEqual(items[2]?.payout, jsonOf(known));
      assert.ok(first.text.includes(`{"payout":${known.text}}`), first.text);
      const words = items.slice(1).map(({ payout }) => (payout as { payment_status: string }).payment_status);
      assert.deepEqual(words, ["wait", "paid", "cancel", "paid"]);
      await untilCached(() => client.get(`?order_id=${cancelled.order_id}`));
      const asked = sandbox.requests.length;
      const second = await ask();
      assert.equal(second.text, first.text);
      assert.equal(sandbox.requests.length, asked + 1, "all but one were cached");
      assert.equal(cacheStatusOf(second), "miss");
      const third = await ask(NO_CACHE);
      assert.deepEqual([third.text, cacheStatusOf(third)], [first.text, "bypass"]);
      assert.equal(sandbox.requests.length, asked + 1 + 4);
      const final = { payouts: [{ id: paid.id }, { order_id: cancelled.order_id }] };
      assert.equal(cacheStatusOf(await client.post(final, { path: BATCH })), "hit");
      assert.equal(sandbox.requests.length, asked + 1 + 4);
    });

    for (const fault of Object.keys(FAULTS) as FaultName[]) {
      // These end with the payout or with the timeout.
      if (["hang", "drip", "retry-date"].includes(fault)) continue;
      test(`is not written after a fault: ${fault}`, async () => {
        const { id } = add("paid");
        sandbox.script(id, Array(3).fill(fault));
        const unknown = await client.get(`?id=${id}`);
        assert.equal((jsonOf(unknown) as { payout_state?: string }).payout_state, "unknown", unknown.text);
        sandbox.script(id, []);
        const answer = await client.get(`?id=${id}`);
        assert.deepEqual([answer.status, cacheStatusOf(answer)], [200, "miss"]);
      });
    }

    test("is not written after another status than 200", async () => {
      for (const status of [201, 202, 203, 206, 400, 404, 500]) {
        const { id, order_id } = add("paid");
        sandbox.script(id, [{ status, body: payoutJson({ id, order_id }) }]);
        assert.equal((await client.get(`?id=${id}`)).status, 502);
        assert.equal(cacheStatusOf(await client.get(`?id=${id}`)), "miss");
      }
    });
  });
}

describe("a KV namespace", () => {
  test("is shared by Workers with the same account, key and base URL", async () => {
    const { id } = add("paid");
    const { text } = await untilCached(() => clients.kv.get(`?id=${id}`));
    const again = await clients.kvAgain.get(`?id=${id}`);
    assert.deepEqual([cacheStatusOf(again), again.text], ["hit", text]);
    const elsewhere = await clients.kvElsewhere.get(`?id=${id}`);
    assert.deepEqual([cacheStatusOf(elsewhere), elsewhere.status], ["miss", 200]);
    // AliKassa refuses that key.
    const others = await clients.kvOtherKey.get(`?id=${id}`);
    assert.deepEqual([cacheStatusOf(others), others.status], ["miss", 502]);
  });

  test("holds final payouts only", async () => {
    const namespace = await workers.kv("kv");
    const before = (await namespace.list()).keys.length;
    for (const status of ["wait", "refund"]) await clients.kv.get(`?id=${add(status).id}`);
    await clients.kv.get("?order_id=fault-html");
    for (const status of ["wait", "refund"]) await clients.kv.get(`?id=${add(status).id}`, NO_CACHE);
    const { id } = add("paid");
    await untilCached(() => clients.kv.get(`?id=${id}`));
    assert.equal((await namespace.list()).keys.length, before + 1);
  });

  test("keeps an entry for 90 days, under an opaque name", async () => {
    const { id, order_id } = add("paid");
    const namespace = await workers.kv("kv");
    const before = new Set((await namespace.list()).keys.map(({ name }) => name));
    await untilCached(() => clients.kv.get(`?order_id=${order_id}`));
    const [entry, ...more] = (await namespace.list()).keys.filter(({ name }) => !before.has(name));
    assert.ok(entry);
    assert.deepEqual(more, []);
    assert.match(entry.name, /^payout\/[A-Za-z0-9_-]{43}$/);
    const lifetime = Number(entry.expiration) - Date.now() / 1000;
    assert.ok(Math.abs(lifetime - 90 * DAY_S) < 60, `${lifetime} s`);
    assert.match((await namespace.get(entry.name)) ?? "", new RegExp(`"id":"${id}"`));
  });
});
