/** A cache that fails, hangs or holds wrong entries costs a request, never an answer. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { assertProblem, BATCH, cacheStatusOf, jsonOf } from "./client.ts";
import { fake } from "./fakes.ts";
import { kvNamespace, requestsFor, setUp, until, untilCached } from "./harness.ts";
import { newPayout } from "./notifications.ts";

/** The most payouts in a batch, and requests for one. */
const MAX_BATCH = 40;
const MAX_SUBREQUESTS = 50;
/** How many of those a batch leaves for retries when it looks into the Cache API. */
const FOR_RETRIES = 5;
/** How long a look-up may take, and what a busy machine may add to it. */
const LOOKUP_TIMEOUT_MS = 1000;
const BUSY_MS = 5000;

const BROKEN = {
  failing: "FailingNamespace",
  hanging: "HangingNamespace",
  readOnly: "ReadOnlyNamespace",
  confused: "ConfusedNamespace",
} as const;
type Broken = keyof typeof BROKEN;

const { sandbox, workers, clients } = await setUp({
  cacheApi: {},
  kv: { PAYOUTS: kvNamespace("failures") },
  failing: { PAYOUTS: fake(BROKEN.failing) },
  hanging: { PAYOUTS: fake(BROKEN.hanging) },
  readOnly: { PAYOUTS: fake(BROKEN.readOnly) },
  confused: { PAYOUTS: fake(BROKEN.confused) },
  text: { PAYOUTS: "payouts" },
  number: { PAYOUTS: 1 },
  limiter: { PAYOUTS: { type: "rate-limit", namespace: "1001", simple: { limit: 1, period: 60 } } },
});

const add = (status = "paid") => newPayout(sandbox, status).id;

describe("an entry of the KV namespace", () => {
  /** Entries for a payout with this id, which is paid. */
  const entries: Readonly<Record<string, (id: string) => string>> = {
    nothing: () => "",
    "no JSON": () => "paid",
    HTML: () => "<html>paid</html>",
    "an empty object": () => "{}",
    null: () => "null",
    "half of an entry": (id) => payoutJson({ id }).slice(0, 60),
    "an entry and more": (id) => `${payoutJson({ id })}x`,
    "another payout": () => payoutJson({ id: "1" }),
    "another payout's order": (id) => payoutJson({ id: `${id}0`, order_id: id }),
    "a payout without an id": () => '{"payment_status":"fail"}',
    "a payout that waits": (id) => payoutJson({ id, statusJson: '"wait"' }),
    "a status that is not documented": (id) => payoutJson({ id, statusJson: '"refund"' }),
    "a status that is no word": (id) => payoutJson({ id, statusJson: "true" }),
    "no status": (id) => payoutJson({ id, statusJson: null }),
    "a payout that says that it is final": (id) => `{"payment_status":"wait","id":"${id}","is_final":true}`,
    "two statuses": (id) => `{"payment_status":"paid","id":"${id}","payment_status":"fail"}`,
    "an amount of another type": (id) => `{"payment_status":"fail","id":"${id}","amount":{}}`,
    "a hundred thousand arrays": (id) =>
      `{"payment_status":"fail","id":"${id}","x":${"[".repeat(1e5)}${"]".repeat(1e5)}}`,
    "a megabyte": () => "x".repeat(1 << 20),
  };
  for (const [what, entry] of Object.entries(entries)) {
    test(`is read again and replaced if it is ${what}`, async () => {
      const id = add();
      const namespace = await workers.kv("kv");
      const known = new Set((await namespace.list()).keys.map(({ name }) => name));
      const { text } = await untilCached(() => clients.kv.get(`?id=${id}`));
      const [name, ...more] = (await namespace.list()).keys.map((key) => key.name).filter((key) => !known.has(key));
      assert.ok(name !== undefined && more.length === 0);
      await namespace.put(name, entry(id));
      const asked = requestsFor(sandbox, id).length;
      const { answer, incidents } = await workers.withLog((headers) => clients.kv.get(`?id=${id}`, { headers }));
      assert.deepEqual([answer.status, cacheStatusOf(answer), answer.text], [200, "miss", text]);
      assert.equal(requestsFor(sandbox, id).length, asked + 1);
      assert.deepEqual(incidents, []);
      await untilCached(() => clients.kv.get(`?id=${id}`));
      assert.equal(JSON.parse((await namespace.get(name)) ?? "").payment_status, "paid");
    });
  }
});

describe("a KV namespace that", () => {
  /** What fails. */
  const broken: Readonly<Record<Broken, { reading: boolean; writing: boolean }>> = {
    failing: { reading: true, writing: true },
    hanging: { reading: true, writing: false },
    readOnly: { reading: false, writing: true },
    confused: { reading: true, writing: false },
  };
  /** Asks for payouts with this status, alone or in a batch, and expects the answer and the incidents. */
  async function askBroken(name: Broken, word: string, ids: readonly string[], batch: boolean): Promise<void> {
    const client = clients[name];
    const begin = performance.now();
    const { answer, line, incidents } = await workers.withLog((headers) =>
      batch
        ? client.post({ payouts: ids.map((id) => ({ id })) }, { path: BATCH, headers })
        : client.get(`?id=${ids[0]}`, { headers }),
    );
    const milliseconds = performance.now() - begin;
    assert.deepEqual([answer.status, cacheStatusOf(answer)], [200, "miss"], answer.text);
    assert.equal(answer.text.split(`"payment_status":"${word}"`).length, ids.length + 1);
    assert.deepEqual([line["outcome"], line["cache"], line["attempts"]], ["ok", "miss", ids.length]);
    for (const id of ids) assert.equal(requestsFor(sandbox, id).length, 1);
    const expected = new Set<string>();
    if (broken[name].reading) expected.add("cache_read_failed");
    if (broken[name].writing && word !== "wait") expected.add("cache_write_failed");
    // An update reads the entry under the other name. If that hangs, it is not logged.
    if (broken[name].reading && name !== "hanging") expected.add("cache_write_failed");
    await until(`${[...expected]} are logged`, async () => {
      const logged = await workers.lines(({ ray }) => ray === line["ray"]);
      return [...expected].every((name) => logged.some(({ event }) => event === name));
    });
    for (const { event } of incidents) assert.ok(expected.has(String(event)), String(event));
    if (name === "hanging")
      assert.ok(milliseconds > LOOKUP_TIMEOUT_MS - 50 && milliseconds < LOOKUP_TIMEOUT_MS + BUSY_MS);
  }

  for (const name of Object.keys(broken) as Broken[]) {
    test(`is ${name} loses no answer, and is logged`, async () => {
      await Promise.all([
        askBroken(name, "paid", [add("paid")], false),
        askBroken(name, "wait", [add("wait")], false),
        askBroken(name, "fail", [add("fail"), add("fail")], true),
      ]);
    });
  }

  test("is no KV namespace is 503, and named", async () => {
    const expected = {
      status: 503,
      code: "not_configured",
      detail: /^PAYOUTS must be a KV namespace\.$/,
      retryable: false,
    };
    for (const name of ["text", "number", "limiter"] as const) {
      assertProblem(await clients[name].get("?id=100000536"), expected);
      assertProblem(await clients[name].ask({ path: "/healthz" }), expected);
    }
  });
});

describe("a batch and the Cache API share the subrequests", () => {
  test(`at most ${MAX_SUBREQUESTS}, and each payout is asked for`, async () => {
    const ids = Array.from({ length: MAX_BATCH }, () => add());
    for (const id of ids) sandbox.script(id, Array(5).fill({ status: 503 }));
    const payouts = ids.map((id) => ({ id }));
    const { answer, line } = await workers.withLog((headers) =>
      clients.cacheApi.post({ payouts }, { path: BATCH, headers }),
    );
    assert.equal(answer.status, 200);
    const asked = ids.map((id) => requestsFor(sandbox, id).length);
    assert.ok(Math.min(...asked) >= 1);
    // The others were look-ups.
    assert.equal(line["attempts"], MAX_BATCH + FOR_RETRIES);
    assert.equal(
      asked.reduce((sum, count) => sum + count),
      MAX_BATCH + FOR_RETRIES,
    );
  });

  test("none if everything is cached", async () => {
    const ids = Array.from({ length: MAX_BATCH }, () => add());
    await Promise.all(ids.map((id) => untilCached(() => clients.cacheApi.get(`?id=${id}`))));
    const before = sandbox.requests.length;
    const payouts = ids.map((id) => ({ id }));
    const { answer, line } = await workers.withLog((headers) =>
      clients.cacheApi.post({ payouts }, { path: BATCH, headers }),
    );
    assert.deepEqual([cacheStatusOf(answer), line["cache_hits"], line["attempts"]], ["hit", MAX_BATCH, undefined]);
    assert.equal(sandbox.requests.length, before);
    const items = (jsonOf(answer) as { payouts: { payout: { id: string } }[] }).payouts;
    assert.deepEqual(
      items.map(({ payout }) => payout.id),
      ids,
    );
  });

  test("a hit leaves its request for another look-up", async () => {
    const known = Array.from({ length: 30 }, () => add());
    await Promise.all(known.map((id) => untilCached(() => clients.cacheApi.get(`?id=${id}`))));
    const fresh = Array.from({ length: 10 }, () => add("wait"));
    const payouts = [...fresh.slice(0, 4), ...known, ...fresh.slice(4)].map((id) => ({ id }));
    const { line } = await workers.withLog((headers) => clients.cacheApi.post({ payouts }, { path: BATCH, headers }));
    assert.deepEqual([line["cache_hits"], line["attempts"]], [30, 10]);
  });
});
