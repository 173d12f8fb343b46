/** Final is final: what AliKassa said once is not asked for again, and everything else is. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { FAULTS, type FaultName, payoutJson, SANDBOX_PAYOUTS, type Sandbox } from "../../dist/sandbox/index.js";
import { type Answer, assertProblem, type Edge, jsonOf } from "./edge.ts";
import {
  ACCOUNT,
  kvNamespace,
  newArchive,
  openSandbox,
  requestsFor,
  SECOND_ACCOUNT,
  soundBindings,
  startWorkers,
  untilCached,
  type Workers,
} from "./harness.ts";

const BATCH = "/v1/payout/status/batch";
const NO_CACHE = { headers: { "Cache-Control": "no-cache" } };
const DAY_S = 24 * 60 * 60;

const STORES = ["cacheApi", "kv"] as const;

let sandbox: Sandbox;
let workers: Workers<(typeof STORES)[number] | "kvAgain" | "kvElsewhere" | "kvOtherKey">;
let ids = 500_000_000;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  const PAYOUTS = kvNamespace("shared");
  const ALIKASSA_ACCOUNT = `${ACCOUNT},${SECOND_ACCOUNT}`;
  workers = await startWorkers({
    cacheApi: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT }),
    kv: soundBindings(archive, sandbox, { ALIKASSA_ACCOUNT, PAYOUTS }),
    kvAgain: soundBindings(archive, sandbox, { PAYOUTS }),
    kvElsewhere: soundBindings(archive, { url: `${sandbox.url}/`.replace("127.0.0.1", "localhost") }, { PAYOUTS }),
    kvOtherKey: soundBindings(newArchive(1024), sandbox, { PAYOUTS }),
  });
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

const useOf = ({ headers }: Answer) => headers.get("X-AliKassa-Cache");

/** A payout that AliKassa has from now on: a new one, unless it is given an id. */
function add(status: string, id = String(++ids), amount = "300.00"): { id: string; orderId: string } {
  const orderId = `order-${id}`;
  const json = payoutJson({ id, orderId, statusJson: JSON.stringify(status) }).replace("300.00", amount);
  sandbox.addPayout(json);
  return { id, orderId };
}

for (const store of STORES) {
  describe(`a final payout, kept in ${store === "kv" ? "a KV namespace" : "the Cache API"}`, () => {
    let edge: Edge;
    before(() => {
      edge = workers.edges[store];
    });

    for (const status of ["paid", "cancel", "fail"]) {
      test(`is asked for once, and answered in the same bytes: ${status}`, async () => {
        const { id } = add(status);
        const first = await edge.get(`?id=${id}`);
        assert.equal(useOf(first), "miss");
        const hit = await untilCached(() => edge.get(`?id=${id}`));
        const asked = requestsFor(sandbox, id).length;
        for (const again of [await edge.get(`?id=${id}`), await edge.post({ id }), await edge.post(`{"id":${id}}`)]) {
          assert.equal(useOf(again), "hit");
          assert.equal(again.text, first.text);
          assert.equal(again.status, 200);
          assert.equal(again.headers.get("Content-Type"), "application/json");
          assert.equal(again.headers.get("Cache-Control"), "no-store");
        }
        assert.equal(hit.text, first.text);
        assert.equal(requestsFor(sandbox, id).length, asked);
        const head = await edge.get(`?id=${id}`, { method: "HEAD" });
        assert.deepEqual([useOf(head), head.text], ["hit", ""]);
      });
    }

    test("has every field as AliKassa sent it, of each payout that the sandbox knows", async () => {
      for (const { id, json } of SANDBOX_PAYOUTS) {
        if (!/"(?:paid|cancel|fail)"/.test(json)) continue;
        const first = await edge.get(`?id=${id}`);
        assert.equal((await untilCached(() => edge.get(`?id=${id}`))).text, first.text);
      }
    });

    for (const status of ["wait", "refund", "Paid", "paid ", "success", "final"]) {
      test(`is none that is «${status}»: it is asked for each time`, async () => {
        const { id, orderId } = add(status);
        for (const query of [`?id=${id}`, `?order_id=${orderId}`, `?id=${id}`, `?order_id=${orderId}`]) {
          const answer = await edge.get(query);
          assert.deepEqual([answer.status, useOf(answer)], [200, "miss"]);
        }
        assert.equal(requestsFor(sandbox, id).length, 2);
        assert.equal(requestsFor(sandbox, orderId).length, 2);
      });
    }

    test("is kept under the id or the order id that it was asked by, and they are two", async () => {
      const [one, two] = [String(++ids), String(++ids)];
      sandbox.addPayout(payoutJson({ id: one, orderId: two }));
      sandbox.addPayout(payoutJson({ id: two, orderId: one }));
      const queries = [`id=${one}`, `order_id=${one}`, `id=${two}`, `order_id=${two}`];
      const texts = [];
      for (const query of queries) {
        const first = await edge.get(`?${query}`);
        assert.equal(useOf(first), "miss", query);
        texts.push((await untilCached(() => edge.get(`?${query}`))).text);
        assert.equal(texts.at(-1), first.text);
      }
      for (const [place, query] of queries.entries()) {
        const again = await edge.get(`?${query}`);
        assert.deepEqual([useOf(again), again.text], ["hit", texts[place]], query);
      }
    });

    test("is the account's own", async () => {
      const { id } = add("paid");
      await untilCached(() => edge.get(`?id=${id}`));
      const headers = { Account: SECOND_ACCOUNT };
      assert.equal(useOf(await edge.get(`?id=${id}`, { headers })), "miss");
      assert.equal(requestsFor(sandbox, id).at(-1)?.headers["account"], SECOND_ACCOUNT);
      assert.equal(useOf(await edge.get(`?id=${id}`, { headers: { Account: ACCOUNT } })), "hit");
    });

    test("is asked for again with Cache-Control: no-cache, and what AliKassa says then is kept", async () => {
      const { id } = add("fail");
      await untilCached(() => edge.get(`?id=${id}`));
      add("paid", id, "12.30");
      for (const directive of ["no-cache", "No-Cache", "max-age=0, no-cache", "no-store,no-cache ,x"]) {
        const asked = requestsFor(sandbox, id).length;
        const again = await edge.get(`?id=${id}`, { headers: { "Cache-Control": directive } });
        assert.equal(useOf(again), "bypass", directive);
        assert.match(again.text, /"payment_status":"paid".*"amount":"12.30"/);
        assert.equal(requestsFor(sandbox, id).length, asked + 1);
      }
      await untilText(() => edge.get(`?id=${id}`), /"hit".*"amount":"12.30"/);
    });

    test("is not asked for again for any other directive", async () => {
      const { id } = add("paid");
      await untilCached(() => edge.get(`?id=${id}`));
      for (const directive of [
        "max-age=0",
        "no-cachex",
        "no-store",
        "x-no-cache",
        "only-if-cached",
        "public, max-age=9",
      ]) {
        assert.equal(useOf(await edge.get(`?id=${id}`, { headers: { "Cache-Control": directive } })), "hit", directive);
      }
    });

    test("is forgotten where AliKassa takes it back", async () => {
      const { id } = add("paid");
      await untilCached(() => edge.get(`?id=${id}`));
      add("wait", id);
      assert.match((await edge.get(`?id=${id}`, NO_CACHE)).text, /"payment_status":"wait"/);
      await untilText(() => edge.get(`?id=${id}`), /"miss".*"payment_status":"wait"/);
    });

    test("stays where AliKassa does not answer any more", async () => {
      const { id } = add("paid");
      const { text } = await untilCached(() => edge.get(`?id=${id}`));
      sandbox.script(id, ["500", "404", "no-status"]);
      for (let i = 0; i < 3; i += 1) {
        const answer = await edge.get(`?id=${id}`, NO_CACHE);
        assert.deepEqual([answer.status, useOf(answer)], [502, "bypass"]);
      }
      assert.equal((await untilCached(() => edge.get(`?id=${id}`))).text, text);
    });

    test("is told to nobody who may not ask", async () => {
      const { id } = add("paid");
      await untilCached(() => edge.get(`?id=${id}`));
      for (const token of [null, "another"]) {
        assertProblem(await edge.get(`?id=${id}`, { token }), { status: 401, code: "unauthorized" });
      }
      const headers = { Account: "another" };
      assertProblem(await edge.get(`?id=${id}`, { headers }), { status: 403, code: "unknown_account" });
    });

    test("is an item of a batch too, and costs it no request", async () => {
      const [paid, waiting, cancelled] = [add("paid"), add("wait"), add("cancel")];
      const known = await untilCached(() => edge.get(`?id=${paid.id}`));
      const payouts = [
        { id: "" },
        { id: waiting.id },
        { id: paid.id },
        { order_id: cancelled.orderId },
        { id: paid.id },
      ];
      const ask = (question = {}) => edge.post({ payouts }, { path: BATCH, ...question });
      const before = sandbox.requests.length;
      const first = await ask();
      assert.equal(useOf(first), "miss");
      assert.equal(sandbox.requests.length, before + 2, "two are not known");
      const items = (jsonOf(first) as { payouts: { payout?: object; problem?: { code: string } }[] }).payouts;
      assert.equal(items[0]?.problem?.code, "invalid_request");
      assert.deepEqual(items[2]?.payout, jsonOf(known));
      assert.ok(first.text.includes(`{"payout":${known.text}}`), "not the same bytes");
      const words = items.slice(1).map(({ payout }) => (payout as { payment_status: string }).payment_status);
      assert.deepEqual(words, ["wait", "paid", "cancel", "paid"]);
      // What the batch has found out is known to the other route.
      await untilCached(() => edge.get(`?order_id=${cancelled.orderId}`));
      const asked = sandbox.requests.length;
      const second = await ask();
      assert.equal(second.text, first.text);
      assert.equal(sandbox.requests.length, asked + 1, "all but one are known");
      assert.equal(useOf(second), "miss");
      const third = await ask(NO_CACHE);
      assert.deepEqual([third.text, useOf(third)], [first.text, "bypass"]);
      assert.equal(sandbox.requests.length, asked + 1 + 4);
      const final = { payouts: [{ id: paid.id }, { order_id: cancelled.orderId }] };
      assert.equal(useOf(await edge.post(final, { path: BATCH })), "hit");
      assert.equal(sandbox.requests.length, asked + 1 + 4);
    });

    for (const fault of Object.keys(FAULTS) as FaultName[]) {
      // These end with the payout, late or with a limit of time.
      if (["hang", "drip", "retry-date"].includes(fault)) continue;
      test(`is nothing that came of a fault: ${fault}`, async () => {
        const { id } = add("paid");
        sandbox.script(id, Array(3).fill(fault));
        const unknown = await edge.get(`?id=${id}`);
        assert.equal((jsonOf(unknown) as { payout_state?: string }).payout_state, "unknown", unknown.text);
        sandbox.script(id, []);
        const answer = await edge.get(`?id=${id}`);
        assert.deepEqual([answer.status, useOf(answer)], [200, "miss"]);
      });
    }

    test("is nothing that came with another status than 200", async () => {
      for (const status of [201, 202, 203, 206, 400, 404, 500]) {
        const { id, orderId } = add("paid");
        sandbox.script(id, [{ status, body: payoutJson({ id, orderId }) }]);
        assert.equal((await edge.get(`?id=${id}`)).status, 502);
        assert.equal(useOf(await edge.get(`?id=${id}`)), "miss");
      }
    });
  });
}

describe("a KV namespace", () => {
  test("is shared by all isolates, and by Workers of the same account, key and AliKassa alone", async () => {
    const { id } = add("paid");
    const { text } = await untilCached(() => workers.edges.kv.get(`?id=${id}`));
    const again = await workers.edges.kvAgain.get(`?id=${id}`);
    assert.deepEqual([useOf(again), again.text], ["hit", text]);
    const elsewhere = await workers.edges.kvElsewhere.get(`?id=${id}`);
    assert.deepEqual([useOf(elsewhere), elsewhere.status], ["miss", 200]);
    // AliKassa does not know that key, and nor does the cache.
    const others = await workers.edges.kvOtherKey.get(`?id=${id}`);
    assert.deepEqual([useOf(others), others.status], ["miss", 502]);
  });

  test("holds nothing that is not final", async () => {
    const namespace = await workers.kv("kv");
    const before = (await namespace.list()).keys.length;
    for (const status of ["wait", "refund"]) await workers.edges.kv.get(`?id=${add(status).id}`);
    await workers.edges.kv.get("?order_id=fault-html");
    for (const status of ["wait", "refund"]) await workers.edges.kv.get(`?id=${add(status).id}`, NO_CACHE);
    const { id } = add("paid");
    await untilCached(() => workers.edges.kv.get(`?id=${id}`));
    assert.equal((await namespace.list()).keys.length, before + 1);
  });

  test("keeps an entry for 90 days, under a name that tells nothing", async () => {
    const { id, orderId } = add("paid");
    const namespace = await workers.kv("kv");
    const before = new Set((await namespace.list()).keys.map(({ name }) => name));
    await untilCached(() => workers.edges.kv.get(`?order_id=${orderId}`));
    const [entry, ...more] = (await namespace.list()).keys.filter(({ name }) => !before.has(name));
    assert.ok(entry);
    assert.deepEqual(more, []);
    assert.match(entry.name, /^payout\/[A-Za-z0-9_-]{43}$/);
    const lifetime = Number(entry.expiration) - Date.now() / 1000;
    assert.ok(Math.abs(lifetime - 90 * DAY_S) < 60, `${lifetime} s`);
    assert.match((await namespace.get(entry.name)) ?? "", new RegExp(`"id":"${id}"`));
  });
});

/** Asks until the answer's use of the cache and its text are these. */
async function untilText(ask: () => Promise<Answer>, expected: RegExp): Promise<void> {
  const deadline = Date.now() + 5000;
  for (;;) {
    const answer = await ask();
    const said = `"${useOf(answer)}" ${answer.text}`;
    if (expected.test(said)) return;
    assert.ok(Date.now() < deadline, said);
  }
}
