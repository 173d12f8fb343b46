/** `payoutStatuses`: many payouts, some at a time, in order. */
import assert from "node:assert/strict";
import { Readable } from "node:stream";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";
import type { PayoutAnswer, PayoutQuery, PayoutStatusesOptions } from "../../dist/index.js";
import { payoutJson, startSandbox, WEATHER } from "../../dist/sandbox/index.js";
import { main } from "./installed.ts";
import {
  ACCOUNT,
  answering,
  archive,
  client,
  collect,
  controlled,
  refusalOf,
  settled,
  suiteSandbox,
  thrownBy,
  unknownOf,
} from "./support.ts";

const queriesUpTo = (count: number) => Array.from({ length: count }, (_, place) => ({ id: String(place) }));
const idOf = ({ query, payout }: PayoutAnswer) => {
  assert.equal(payout?.id, query.id);
  return query.id;
};

describe("many payouts", { concurrency: true }, () => {
  const sandbox = suiteSandbox();

  test("come in the order of their queries, however long each takes", async () => {
    const queries = Array.from({ length: 12 }, (_, place) => ({ orderId: `late-${place}` }));
    for (const [place, { orderId }] of queries.entries())
      sandbox().script(orderId, [{ delayMs: ((12 - place) % 5) * 20 }]);
    const answers = await collect(client({ baseUrl: sandbox().url }).payoutStatuses(queries));
    assert.deepEqual(
      answers.map(({ payout }) => payout?.order_id),
      queries.map(({ orderId }) => orderId),
    );
    // The caller's own objects, with whatever else the caller knows of them.
    for (const [place, { query }] of answers.entries()) assert.equal(query, queries[place]);
  });

  for (const [about, options, expected] of [
    ["six at a time", {}, 6],
    ["as many at a time as is asked for", { concurrency: 3 }, 3],
    ["one at a time", { concurrency: 1 }, 1],
    ["all at once where there are fewer", { concurrency: 100 }, 20],
  ] as const) {
    test(`are asked for ${about}`, async () => {
      const { fetch, ids, answer, most } = controlled();
      const collecting = collect(client({ fetch }).payoutStatuses(queriesUpTo(20), options));
      await settled();
      assert.equal(ids.length, expected);
      for (let id = 0; id < 20; id++) await answer(id);
      assert.deepEqual((await collecting).map(idOf), ids);
      assert.equal(most(), expected);
    });
  }

  test("are each a payout or an error, and no error ends the others", async () => {
    const alikassa = client({ baseUrl: sandbox().url, timeoutMs: 5000 });
    const queries = [
      { id: "100000536" },
      { orderId: "fault-500" },
      { id: "" },
      { orderId: "sandbox-wait" },
      { id: "1", orderId: "2" },
      { orderId: "fault-cut" },
      null,
      { orderId: "fault-html" },
      { orderId: "nobody's" },
      { orderId: "sandbox-fail" },
    ] as unknown as PayoutQuery[];
    const answers = await collect(alikassa.payoutStatuses(queries));
    assert.deepEqual(
      answers.map(({ payout, error }) => payout?.payment_status ?? error?.code),
      [
        ...["paid", "upstream_status", "invalid_request", "wait", "invalid_request", "upstream_unreachable"],
        ...["invalid_request", "upstream_invalid", "upstream_status", "fail"],
      ],
    );
    for (const { query, payout, error, ...more } of answers) {
      assert.deepEqual(more, {});
      assert.equal(payout === undefined, error !== undefined);
      if (error === undefined) continue;
      const isInvalid = error instanceof main.InvalidRequestError;
      assert.ok(isInvalid || error instanceof main.GatewayError, inspect(error));
      if (!isInvalid) await unknownOf(() => Promise.reject(error));
      assert.ok(queries.includes(query));
    }
  });

  test("of 500 of which one in ten is answered faultily are each there once, and the faulty ones are unknown", async (context) => {
    const faults = WEATHER.filter((fault) => fault !== "hang");
    const schedule = { oneIn: 10, faults };
    const own = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, schedule });
    context.after(() => own.close());
    const queries = Array.from({ length: 500 }, (_, place) => ({ orderId: `one-of-500-${place}` }));
    for (const { orderId } of queries) own.addPayout(payoutJson({ orderId }), { orderId });
    const answers = await collect(client({ baseUrl: own.url }).payoutStatuses(queries, { concurrency: 20 }));
    assert.equal(answers.length, 500);
    const outcomes = new Map(own.requests.map(({ key, answer }) => [Object.values(key ?? {})[0], answer.outcome]));
    let unknown = 0;
    for (const [place, { query, payout, error }] of answers.entries()) {
      assert.equal(query, queries[place]);
      if (outcomes.get(query.orderId) === "payout") assert.equal(payout?.order_id, query.orderId);
      else if (error instanceof main.GatewayError) unknown += 1;
      else assert.fail(`${query.orderId} is ${inspect(payout ?? error)}`);
    }
    assert.equal(unknown, 50);
  });

  test("may be none", async () => {
    assert.deepEqual(await collect(client().payoutStatuses([])), []);
    assert.deepEqual(await collect(client().payoutStatuses((async function* () {})())), []);
  });
});

describe("the queries", { concurrency: true }, () => {
  test("may be anything that can be iterated", async () => {
    const queries = queriesUpTo(9);
    const kinds: Readonly<Record<string, Iterable<PayoutQuery> | AsyncIterable<PayoutQuery>>> = {
      set: new Set(queries),
      values: new Map(queries.entries()).values(),
      generator: (function* () {
        yield* queries;
      })(),
      "async generator": (async function* () {
        for (const query of queries) {
          await sleep(1);
          yield query;
        }
      })(),
      stream: Readable.from(queries),
      "by hand": { [Symbol.iterator]: () => queries.values() },
    };
    for (const [kind, iterable] of Object.entries(kinds)) {
      const fetch: typeof globalThis.fetch = async (_url, init) => {
        const { id } = JSON.parse(String(init?.body)) as { id: string };
        return new Response(JSON.stringify({ payment_status: "paid", id }));
      };
      const answers = await collect(client({ fetch }).payoutStatuses(iterable));
      assert.deepEqual(
        answers.map(idOf),
        queries.map(({ id }) => id),
        kind,
      );
    }
  });

  test("are read no further ahead than is asked for at a time", async () => {
    const { fetch, answer } = controlled();
    let read = 0;
    function* endless() {
      for (;;) yield { id: String(read++) };
    }
    const iterator = client({ fetch }).payoutStatuses(endless(), { concurrency: 4 });
    assert.equal(read, 0);
    let taking = iterator.next();
    await settled();
    assert.equal(read, 4);
    // Answered, but not handed out: still nothing more is read.
    for (const id of [1, 2, 3]) await answer(id);
    await settled();
    assert.equal(read, 4);
    for (let id = 0; id < 10; id++) {
      if (id === 0 || id > 3) await answer(id);
      assert.equal((await taking).value?.payout?.id, String(id));
      await settled();
      // What was handed out has made room, while the caller is still busy with it.
      assert.equal(read, id + 5);
      taking = iterator.next();
    }
    await answer(10);
    await taking;
    await iterator.return();
    assert.equal(read, 15);
  });

  test("may come slowly: what is answered is handed out before the next one is there", async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    async function* slow() {
      yield { id: "1" };
      await later;
      yield { id: "1" };
    }
    const iterator = client(answering('{"payment_status":"paid","id":"1"}')).payoutStatuses(slow());
    assert.equal((await iterator.next()).value?.payout?.id, "1");
    goOn();
    assert.equal((await iterator.next()).value?.payout?.id, "1");
    assert.deepEqual(await iterator.next(), { value: undefined, done: true });
  });

  test("that break off are an error after what was read before", async () => {
    const mine = new Error("mine");
    function* breaking() {
      yield { id: "1" };
      yield { id: "1" };
      throw mine;
    }
    const iterator = client(answering('{"payment_status":"paid","id":"1"}')).payoutStatuses(breaking());
    assert.equal((await iterator.next()).value?.payout?.id, "1");
    assert.equal((await iterator.next()).value?.payout?.id, "1");
    assert.equal(await thrownBy(() => iterator.next()), mine);
    assert.equal((await iterator.next()).done, true);
  });

  test("must be iterable", async () => {
    for (const queries of [{}, null, undefined, 5, { id: "1" }, { [Symbol.iterator]: 5 }]) {
      const call = () => client().payoutStatuses(queries as unknown as PayoutQuery[]);
      assert.match((await refusalOf(call, "InvalidRequestError")).message, /^the queries must be iterable/);
    }
  });

  const useless: readonly (readonly [name: keyof PayoutStatusesOptions, values: readonly unknown[]])[] = [
    ["concurrency", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 101, "6", null]],
    ["signal", [5, "signal", {}, new AbortController()]],
  ];
  for (const [name, values] of useless) {
    test(`are refused with a ${name} of no use`, async () => {
      for (const value of values) {
        const options = { [name]: value } as unknown as PayoutStatusesOptions;
        const error = await refusalOf(() => client().payoutStatuses(queriesUpTo(1), options), "InvalidRequestError");
        assert.match(error.message, new RegExp(`^${name} must be`));
      }
    });
  }
});
