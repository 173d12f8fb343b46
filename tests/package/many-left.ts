/** `payoutStatuses` that is not followed to its end: by the caller's loop, or by a signal. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import type { AliKassaError } from "../../dist/index.js";
import { runModule } from "./installed.ts";
import {
  ACCOUNT,
  answering,
  archive,
  client,
  collect,
  controlled,
  hanging,
  settled,
  thrownBy,
  unknownOf,
} from "./support.ts";

const queriesUpTo = (count: number) => Array.from({ length: count }, (_, place) => ({ id: String(place) }));

describe("leaving the loop", { concurrency: true }, () => {
  /** Queries that know whether they were told to clean up. */
  function source(kind: "sync" | "async") {
    const state = { read: 0, cleaned: false };
    function* sync() {
      try {
        for (;;) yield { id: String(state.read++) };
      } finally {
        state.cleaned = true;
      }
    }
    async function* async() {
      yield* sync();
    }
    return { state, queries: kind === "sync" ? sync() : async() };
  }

  for (const kind of ["sync", "async"] as const) {
    for (const way of ["break", "throw"] as const) {
      test(`by ${way} ends what is under way, and lets the queries clean up: ${kind}`, async () => {
        const { state, queries } = source(kind);
        const { fetch, ids, answer } = controlled();
        const signals: AbortSignal[] = [];
        const watched: typeof fetch = (url, init) => {
          if (init?.signal) signals.push(init.signal);
          return fetch(url, init);
        };
        const aborted = () => signals.slice(1).map(({ aborted }) => aborted);
        const mine = new Error("mine");
        const loop = async () => {
          for await (const { payout } of client({ fetch: watched }).payoutStatuses(queries, { concurrency: 3 })) {
            assert.equal(payout?.id, "0");
            await settled();
            assert.deepEqual(aborted(), [false, false, false]);
            if (way === "throw") throw mine;
            break;
          }
        };
        const looping = loop().catch((error: unknown) => error);
        await answer(0);
        assert.equal(await looping, way === "throw" ? mine : undefined);
        assert.equal(state.cleaned, true);
        await settled();
        assert.deepEqual([state.read, ids.length], [4, 4]);
        assert.deepEqual(aborted(), [true, true, true]);
      });
    }
  }

  test("does not wait for queries that do not come", async () => {
    async function* stuck() {
      yield { id: "1" };
      await new Promise(() => undefined);
    }
    for await (const { payout } of client(answering('{"payment_status":"paid","id":"1"}')).payoutStatuses(stuck())) {
      assert.equal(payout?.id, "1");
      break;
    }
  });

  test("asks nothing for a query that comes after it", async () => {
    const { promise: later, resolve: goOn } = Promise.withResolvers<void>();
    async function* slow() {
      yield { id: "1" };
      await later;
      yield { id: "2" };
    }
    const { fetch, count } = answering('{"payment_status":"paid","id":"1"}');
    for await (const _ of client({ fetch }).payoutStatuses(slow())) break;
    goOn();
    await settled();
    assert.equal(count(), 1);
  });

  test("leaves no listener on a signal that lives long, nor does coming to its end, nor never beginning", async () => {
    const { signal } = new AbortController();
    const alikassa = client(answering('{"payment_status":"paid","id":"1"}'));
    for (let turn = 0; turn < 10; turn++) {
      alikassa.payoutStatuses([{ id: "1" }], { signal });
      await collect(alikassa.payoutStatuses([{ id: "1" }, { id: "1" }], { signal }));
      for await (const _ of alikassa.payoutStatuses([{ id: "1" }, { id: "1" }], { signal })) break;
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

describe("many payouts that are given up", { concurrency: true }, () => {
  test("before the beginning: nothing is read or asked", async () => {
    let read = 0;
    function* queries() {
      yield { id: String(read++) };
    }
    const { fetch, count } = answering("{}");
    const reason = new Error("nobody waits");
    const statuses = client({ fetch }).payoutStatuses(queries(), { signal: AbortSignal.abort(reason) });
    const error = await unknownOf(() => collect(statuses));
    assert.deepEqual([error.code, error.cause, read, count()], ["aborted", reason, 0, 0]);
  });

  test("in the middle: what has been answered is handed out, the rest is ended, and the loop throws", async () => {
    const { fetch, ids, answer } = controlled();
    const controller = new AbortController();
    const { signal } = controller;
    const found: unknown[] = [];
    const loop = async () => {
      for await (const { payout, error } of client({ fetch }).payoutStatuses(queriesUpTo(50), { signal }))
        found.push(payout?.id ?? error);
    };
    const looping = unknownOf(loop);
    await answer(0);
    await answer(2);
    await answer(4);
    await settled();
    controller.abort("enough");
    const error = await looping;
    assert.deepEqual([error.code, error.cause], ["aborted", "enough"]);
    assert.deepEqual(found, ["0", "2", "4"]);
    await settled();
    assert.equal(ids.length, 7);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("while no query comes", async () => {
    const controller = new AbortController();
    async function* stuck() {
      await new Promise(() => undefined);
      yield { id: "1" };
    }
    const looping = unknownOf(() => collect(client().payoutStatuses(stuck(), { signal: controller.signal })));
    await settled();
    controller.abort();
    assert.equal((await looping).code, "aborted");
  });

  test("after the last answer: nothing was lost, and nothing is thrown", async () => {
    const controller = new AbortController();
    const found: unknown[] = [];
    const alikassa = client(answering('{"payment_status":"paid","id":"1"}'));
    const queries = [{ id: "1" }, { id: "1" }];
    for await (const { payout } of alikassa.payoutStatuses(queries, { signal: controller.signal })) {
      found.push(payout?.id);
      await settled();
      controller.abort();
    }
    assert.deepEqual(found, ["1", "1"]);
  });

  test("with the very error that a single question ends with", async () => {
    const reason = new Error("nobody waits");
    const options = { signal: AbortSignal.abort(reason) };
    const alikassa = client(hanging());
    const single = await unknownOf(() => alikassa.payoutStatus({ id: "1" }, options));
    const many = await unknownOf(() => collect(alikassa.payoutStatuses([{ id: "1" }], options)));
    assert.deepEqual({ ...many }, { ...single });
    assert.deepEqual([many.message, many.cause], [single.message, single.cause]);
    const waiting = await unknownOf(
      () => client(answering("{}", 500)).waitForPayout({ id: "1" }, { timeoutMs: 10 }),
      "WaitTimeoutError",
    );
    assert.equal(waiting.advice, single.advice);
  });

  test("when the client is disposed of: a mistake, which is thrown", async () => {
    const { fetch, answer } = controlled();
    const alikassa = client({ fetch });
    const iterator = alikassa.payoutStatuses(queriesUpTo(3), { concurrency: 1 });
    const first = iterator.next();
    await answer(0);
    assert.equal((await first).value?.payout?.id, "0");
    // The second is under way.
    alikassa[Symbol.dispose]();
    await answer(1);
    assert.equal((await iterator.next()).value?.payout?.id, "1");
    assert.equal(((await thrownBy(() => iterator.next())) as AliKassaError).code, "disposed");
  });
});

test("a program that leaves the loop ends at once", async () => {
  const source = `import { AliKassa } from "alikassa-edge";
    const { PEM: privateKey, PASSWORD: password } = process.env;
    let count = 0;
    const fetch = (_url, { signal }) => count++ === 0
      ? Promise.resolve(new Response('{"payment_status":"paid","id":"1"}'))
      : new Promise((_resolve, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
    const alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password, fetch });
    for await (const { payout } of alikassa.payoutStatuses(Array(20).fill({ id: "1" }))) {
      console.log(payout.payment_status);
      break;
    }
    const ended = Date.now();
    process.once("exit", () => console.log(count, Date.now() - ended < 1000));`;
  const ended = await runModule(source, { PEM: archive.privatePem, PASSWORD: archive.password });
  assert.deepEqual([ended.status, ended.stderr], [0, ""]);
  assert.match(ended.stdout, /^paid\n[67] true\n$/);
});
