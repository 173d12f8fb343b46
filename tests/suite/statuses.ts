/** `payoutStatuses`. */
import { ClosedError, InvalidRequestError, type PayoutAnswer, type PayoutQuery } from "alikassa-edge";
import { assert } from "chai";
import { thrownBy } from "../fixtures/errors.ts";
import {
  answering,
  collect,
  controlled,
  countingSignal,
  echo,
  hanging,
  PAID,
  sending,
  settle,
} from "../fixtures/mock-api.ts";
import { describe, test } from "./cases.ts";
import type { SuiteContext } from "./context.ts";

const queriesUpTo = (count: number) => Array.from({ length: count }, (_, place) => ({ id: String(place) }));

const idOf = ({ query, payout }: PayoutAnswer) => {
  assert.strictEqual(payout?.id, query.id);
  return query.id;
};

/** Endless queries that record how many were read, and whether the source could clean up. */
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

/** A query, and another one when `resume` is called. */
function slowSource() {
  const { promise, resolve: resume } = Promise.withResolvers<void>();
  async function* queries() {
    yield { id: "1" };
    await promise;
    yield { id: "1" };
  }
  return { queries: queries(), resume };
}

export function statusesCases(context: SuiteContext): void {
  const statuses = (
    fetch: typeof globalThis.fetch,
    queries: Iterable<PayoutQuery> | AsyncIterable<PayoutQuery>,
    options = {},
  ) => context.client({ fetch }).payoutStatuses(queries, options);

  describe(
    "many payouts",
    () => {
      for (const [about, options, expected] of [
        ["six at a time", {}, 6],
        ["three at a time", { concurrency: 3 }, 3],
        ["one at a time", { concurrency: 1 }, 1],
        ["all at once if there are fewer", { concurrency: 100 }, 20],
      ] as const) {
        test(`are requested ${about}, and come in the order of the queries`, async () => {
          const { fetch, ids, answer, most } = controlled();
          const queries = queriesUpTo(20);
          const collecting = collect(statuses(fetch, queries, options));
          await settle();
          assert.strictEqual(ids.length, expected);
          // Within the window, the last answer comes first.
          for (let at = 0; at < 20; at += expected)
            await answer(
              ...queries
                .slice(at, at + expected)
                .reverse()
                .map(({ id }) => id),
            );
          const answers = await collecting;
          assert.deepEqual(answers.map(idOf), ids);
          for (const [at, { query }] of answers.entries()) assert.strictEqual(query, queries[at]);
          assert.isAtMost(most(), expected);
        });
      }

      test("are each a payout or an error, and no error ends the others", async () => {
        const outcomes: Readonly<Record<string, () => Response>> = {
          paid: () => Response.json({ payment_status: "paid", id: "paid" }),
          wait: () => Response.json({ payment_status: "wait", id: "wait" }),
          refused: () => new Response("{}", { status: 400 }),
          html: () => new Response("<html>"),
        };
        const fetch = sending(async (_url, { body }) => {
          const { id } = JSON.parse(String(body)) as { id: string };
          return (outcomes[id] ?? assert.fail)();
        });
        const ids = ["paid", "refused", "", "wait", "broken", "html", "paid"];
        const queries = [...ids.map((id) => ({ id })), { id: "1", order_id: "2" }, null] as unknown as PayoutQuery[];
        const answers = await collect(statuses(fetch, queries));
        assert.deepEqual(
          answers.map(({ payout, error }) => payout?.payment_status ?? error?.code),
          [
            ...[
              "paid",
              "upstream_status",
              "invalid_request",
              "wait",
              "upstream_unreachable",
              "upstream_invalid",
              "paid",
            ],
            ...["invalid_request", "invalid_request"],
          ],
        );
        for (const [at, { query, payout, error, ...more }] of answers.entries()) {
          assert.deepEqual(more, {});
          assert.strictEqual(query, queries[at]);
          assert.strictEqual(payout === undefined, error !== undefined);
          if (error === undefined || error instanceof InvalidRequestError) continue;
          await context.unknownOf(() => Promise.reject(error));
        }
      });

      test("may be none", async () => {
        assert.deepEqual(await collect(context.client().payoutStatuses([])), []);
        assert.deepEqual(await collect(context.client().payoutStatuses((async function* () {})())), []);
      });
    },
    { concurrent: true },
  );

  describe("the queries", () => {
    const queries = queriesUpTo(9);
    const kinds: Readonly<Record<string, () => Iterable<PayoutQuery> | AsyncIterable<PayoutQuery>>> = {
      "a Set": () => new Set(queries),
      "an iterator of a Map": () => new Map(queries.entries()).values(),
      "a generator": () => queries[Symbol.iterator](),
      "an async generator": async function* () {
        yield* queries;
      },
      "an object with an iterator": () => ({ [Symbol.iterator]: () => queries.values() }),
    };
    for (const [name, make] of Object.entries(kinds)) {
      test(`may be ${name}`, async () => {
        const answers = await collect(statuses(echo().fetch, make()));
        assert.deepEqual(
          answers.map(idOf),
          queries.map(({ id }) => id),
        );
      });
    }

    test("are read no further ahead than concurrency allows", async () => {
      const { state, queries } = source("async");
      const { fetch, answer } = controlled();
      const iterator = statuses(fetch, queries, { concurrency: 4 });
      assert.strictEqual(state.read, 0);
      let taking = iterator.next();
      await answer(1, 2, 3);
      await settle();
      // Answered but not yielded: nothing more is read.
      assert.strictEqual(state.read, 4);
      for (let id = 0; id < 10; id++) {
        if (id === 0 || id > 3) await answer(id);
        assert.strictEqual((await taking).value?.payout?.id, String(id));
        await settle();
        assert.strictEqual(state.read, id + 5);
        taking = iterator.next();
      }
      await answer(10);
      await taking;
      await iterator.return();
      assert.strictEqual(state.read, 15);
    });

    test("may come slowly: an answer is yielded before the next query comes", async () => {
      const { queries, resume } = slowSource();
      const iterator = statuses(answering(PAID).fetch, queries);
      assert.strictEqual((await iterator.next()).value?.payout?.id, "1");
      resume();
      assert.strictEqual((await iterator.next()).value?.payout?.id, "1");
      assert.deepEqual(await iterator.next(), { value: undefined, done: true });
    });

    test("may throw, after the answers to the queries before", async () => {
      const mine = new Error("mine");
      function* breaking() {
        yield* [{ id: "1" }, { id: "1" }];
        throw mine;
      }
      const iterator = statuses(answering(PAID).fetch, breaking());
      for (let at = 0; at < 2; at++) assert.strictEqual((await iterator.next()).value?.payout?.id, "1");
      assert.strictEqual(await thrownBy(() => iterator.next()), mine);
      assert.isTrue((await iterator.next()).done);
    });

    test("must be iterable, with a valid concurrency", async () => {
      for (const queries of [
        {},
        null,
        undefined,
        5,
        { id: "1" },
        { [Symbol.iterator]: 5 },
      ] as unknown as PayoutQuery[][]) {
        const call = () => context.client().payoutStatuses(queries);
        assert.match((await context.refusalOf(call, "InvalidRequestError")).message, /^the queries must be iterable/);
      }
      for (const concurrency of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 101, "6", null] as number[]) {
        const call = () => context.client().payoutStatuses([], { concurrency });
        assert.match((await context.refusalOf(call, "InvalidRequestError")).message, /^concurrency must be/);
      }
    });
  });

  describe(
    "leaving the loop",
    () => {
      for (const kind of ["sync", "async"] as const) {
        for (const way of ["break", "throw"] as const) {
          test(`by ${way} aborts what is in progress, and lets the source clean up: ${kind}`, async () => {
            const { state, queries } = source(kind);
            const { fetch, ids, signals, answer } = controlled();
            const aborted = () => signals.slice(1).map(({ aborted }) => aborted);
            const mine = new Error("mine");
            const loop = async () => {
              for await (const { payout } of statuses(fetch, queries, { concurrency: 3 })) {
                assert.strictEqual(payout?.id, "0");
                await settle();
                assert.deepEqual(aborted(), [false, false, false]);
                if (way === "throw") throw mine;
                break;
              }
            };
            const looping = loop().catch((error: unknown) => error);
            await answer(0);
            assert.strictEqual(await looping, way === "throw" ? mine : undefined);
            assert.isTrue(state.cleaned);
            await settle();
            assert.deepEqual([state.read, ids.length, ...aborted()], [4, 4, true, true, true]);
          });
        }
      }

      test("does not wait for a source that is stuck, and sends nothing for a late query", async () => {
        const { queries, resume } = slowSource();
        const { fetch, count } = answering(PAID);
        for await (const { payout } of statuses(fetch, queries)) {
          assert.strictEqual(payout?.id, "1");
          break;
        }
        resume();
        await settle();
        assert.strictEqual(count(), 1);
      });

      test("leaves no listener on the signal, nor does the end, nor an iterator that never begins", async () => {
        const { signal, listeners } = countingSignal();
        const queries = [{ id: "1" }, { id: "1" }];
        const start = () => statuses(answering(PAID).fetch, queries, { signal });
        start();
        await collect(start());
        for await (const _ of start()) break;
        assert.strictEqual(listeners(), 0);
      });
    },
    { concurrent: true },
  );

  describe(
    "many payouts that are aborted",
    () => {
      test("before the beginning read nothing and send nothing", async () => {
        const { state, queries } = source("sync");
        const { fetch, count } = answering("{}");
        const reason = new Error("not needed");
        const error = await context.unknownOf(() =>
          collect(statuses(fetch, queries, { signal: AbortSignal.abort(reason) })),
        );
        assert.deepEqual([error.code, error.cause, state.read, count()], ["aborted", reason, 0, 0]);
      });

      test("in the middle yield the answers so far, and then throw", async () => {
        const { fetch, ids, answer } = controlled();
        const { controller, signal, listeners } = countingSignal();
        const found: unknown[] = [];
        const looping = context.unknownOf(async () => {
          for await (const { payout, error } of statuses(fetch, queriesUpTo(50), { signal }))
            found.push(payout?.id ?? error);
        });
        await answer(0, 2, 4);
        await settle();
        controller.abort("enough");
        const error = await looping;
        assert.deepEqual([error.name, error.code, error.cause], ["AbortError", "aborted", "enough"]);
        assert.deepEqual(found, ["0", "2", "4"]);
        await settle();
        assert.deepEqual([ids.length, listeners()], [7, 0]);
      });

      test("throw while no query comes", async () => {
        const controller = new AbortController();
        const { queries } = slowSource();
        const { signal } = controller;
        const looping = context.unknownOf(() => collect(statuses(answering(PAID).fetch, queries, { signal })));
        await settle();
        controller.abort();
        assert.strictEqual((await looping).code, "aborted");
      });

      test("after the last answer throw nothing", async () => {
        const controller = new AbortController();
        const found: unknown[] = [];
        const queries = [{ id: "1" }, { id: "1" }];
        for await (const { payout } of statuses(answering(PAID).fetch, queries, { signal: controller.signal })) {
          found.push(payout?.id);
          await settle();
          controller.abort();
        }
        assert.deepEqual(found, ["1", "1"]);
      });

      test("throw the same error as a single call", async () => {
        const options = { signal: AbortSignal.abort(new Error("not needed")) };
        const alikassa = context.client(hanging());
        const single = await context.unknownOf(() => alikassa.payoutStatus({ id: "1" }, options));
        const many = await context.unknownOf(() => collect(alikassa.payoutStatuses([{ id: "1" }], options)));
        assert.deepEqual({ ...many }, { ...single });
        assert.deepEqual([many.message, many.cause], [single.message, single.cause]);
      });

      test("end when the client is closed", async () => {
        const { fetch, answer } = controlled();
        const alikassa = context.client({ fetch });
        const iterator = alikassa.payoutStatuses(queriesUpTo(3), { concurrency: 1 });
        const first = iterator.next();
        await answer(0);
        assert.strictEqual((await first).value?.payout?.id, "0");
        // The second request is in progress.
        alikassa[Symbol.dispose]();
        await answer(1);
        assert.strictEqual((await iterator.next()).value?.payout?.id, "1");
        assert.instanceOf(await thrownBy(() => iterator.next()), ClosedError);
      });
    },
    { concurrent: true },
  );
}
