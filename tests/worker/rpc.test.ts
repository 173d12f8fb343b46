/** The methods of the default entrypoint, called by a Worker that is bound to it. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { assertProblem, jsonOf, type Problem, STATUS } from "./client.ts";
import { ACCOUNT, LEDGER, requestsFor, SECOND_ACCOUNT, setUp, until } from "./harness.ts";
import { newPayout, payoutOf } from "./notifications.ts";
import { callMethod, type MethodName } from "./rpc-caller.ts";

const { sandbox, clients, workers } = await setUp({
  bound: { ALIKASSA_ACCOUNT: `${ACCOUNT},${SECOND_ACCOUNT}`, LEDGER },
  without: {},
  tokenless: { API_TOKENS: undefined },
  badKey: { ALIKASSA_PRIVATE_KEY: "no key" },
});

type Name = keyof typeof clients;

const callOf = (name: Name, method: MethodName, ...args: unknown[]) => callMethod(workers.caller, name, method, args);
const call = (method: MethodName, ...args: unknown[]) => callOf("bound", method, ...args);

/** Fails unless the result is a problem alone, with nothing that could be taken for a status. */
function problemOf(result: Record<string, unknown>): Problem {
  const { problem, ...more } = result;
  assert.deepEqual(more, {});
  assert.doesNotMatch(JSON.stringify(problem), /payment.?status/i);
  return problem as Problem;
}

async function assertInvalid(result: Promise<Record<string, unknown>>, detail = /\w/): Promise<void> {
  const { code, status, detail: actual, payout_state } = problemOf(await result);
  assert.deepEqual([code, status, payout_state], ["invalid_request", 400, undefined]);
  assert.match(actual, detail);
}

describe("payoutStatus", () => {
  test("answers with a payout, by id and by order id", async () => {
    const payout = newPayout(sandbox);
    const { id, order_id } = payout;
    for (const query of [{ id }, { id: Number(id) }, { order_id }])
      assert.deepEqual(await call("payoutStatus", query), { payout: payoutOf(payout) });
    for (const status of ["wait", "cancel", "fail", "new-one"]) {
      const other = newPayout(sandbox, status);
      assert.deepEqual(await call("payoutStatus", { id: other.id }), { payout: payoutOf(other, status) });
    }
  });

  test("keeps the digits of all numbers, also of undocumented fields", async () => {
    const names = { id: "700000001", order_id: 'rpc "1"' };
    const numbers =
      '"fee":0.0300,"big":12345678901234567890,"more":[-1.50e+2, {"payout":{"x":1}} ,true,"2.0"],"none":null';
    sandbox.addPayout(`{"payment_status":"paid","id":700000001,"order_id":"rpc \\"1\\"","amount":300.00,${numbers}}`);
    const expected = {
      payment_status: "paid",
      ...names,
      amount: "300.00",
      fee: "0.0300",
      big: "12345678901234567890",
      more: ["-1.50e+2", { payout: { x: "1" } }, true, "2.0"],
      none: null,
      is_final: true,
    };
    assert.deepEqual(await call("payoutStatus", { order_id: names.order_id }), { payout: expected });
    const { payouts } = await call("payoutStatuses", [{ id: names.id }]);
    assert.deepEqual(payouts, [{ payout: expected }]);
    const { payout, timeline } = await until("the answer is recorded", async () => {
      const history = await call("payoutHistory", { id: names.id });
      return history["problem"] === undefined && history;
    });
    assert.deepEqual(payout, expected);
    assert.deepEqual((timeline as { payout?: unknown }[])[0]?.payout, expected);
  });

  test("says unknown with the same problem as over HTTP", async () => {
    for (const order_id of ["fault-500", "fault-html", "no-such-payout"]) {
      const problem = problemOf(await call("payoutStatus", { order_id }));
      assert.equal(problem["payout_state"], "unknown");
      assert.match(String(problem["advice"]), /do not cancel/);
      assert.deepEqual(problem, jsonOf(await clients.bound.post({ order_id })));
    }
  });

  test("answers final payouts from the ledger, unless noCache", async () => {
    const payout = newPayout(sandbox);
    const query = { id: payout.id };
    await until("the answer is recorded", async () => {
      const before = requestsFor(sandbox, payout.id).length;
      assert.deepEqual(await call("payoutStatus", query), { payout: payoutOf(payout) });
      return requestsFor(sandbox, payout.id).length === before;
    });
    const before = requestsFor(sandbox, payout.id).length;
    await call("payoutStatus", query, { noCache: true });
    assert.equal(requestsFor(sandbox, payout.id).length, before + 1);
    await call("payoutStatus", query, { noCache: false });
    assert.equal(requestsFor(sandbox, payout.id).length, before + 1);
  });

  test("asks for the account of the options", async () => {
    const payout = newPayout(sandbox);
    await call("payoutStatus", { id: payout.id }, { account: SECOND_ACCOUNT });
    await call("payoutStatus", { id: payout.id }, {});
    const accounts = requestsFor(sandbox, payout.id).map(({ headers }) => headers["account"]);
    assert.deepEqual(accounts, [SECOND_ACCOUNT, ACCOUNT]);
  });

  test("refuses arguments that are not a query", async () => {
    const { length } = sandbox.requests;
    const bad = [null, 1, "100000536", true, [], ["100000536"], {}, { id: "" }, { id: null }, { id: 1.5 }, { id: -1 }];
    const more = [
      { id: "1", order_id: "1" },
      { orderId: "1" },
      { order_id: 1 },
      { id: { id: 1 } },
      { id: "x".repeat(129) },
    ];
    const special = ["undefined", "bigint", "function", "method", "cycle", "map", "unpaired"].map((value) => ({
      value,
    }));
    for (const query of [...bad, ...more, ...special]) await assertInvalid(call("payoutStatus", query));
    await assertInvalid(call("payoutStatus"));
    assert.equal(sandbox.requests.length, length);
  });

  test("refuses an id that JavaScript has rounded", async () => {
    for (const id of [9_007_199_254_740_992, 1e20, 1e21]) await assertInvalid(call("payoutStatus", { id }));
    await assertInvalid(call("payoutStatuses", [{ id: "1" }, { id: 2 ** 53 }]), /15 digits/);
    for (const order_id of ["12345678901234567890", '"\\1234567890123456', "\\"])
      assert.equal(problemOf(await call("payoutStatus", { order_id })).code, "upstream_status", order_id);
  });

  test("refuses other options", async () => {
    const payout = newPayout(sandbox);
    const bad = [
      null,
      "",
      ACCOUNT,
      1,
      [ACCOUNT],
      { Account: ACCOUNT },
      { noCache: 1 },
      { noCache: "yes" },
      { account: null },
    ];
    for (const options of bad) await assertInvalid(call("payoutStatus", { id: payout.id }, options));
    await assertInvalid(call("payoutStatus", { id: payout.id }, { value: "function" }));
    for (const account of ["another", "", 5]) {
      const problem = problemOf(await call("payoutStatus", { id: payout.id }, { account }));
      assert.deepEqual([problem.code, problem.status], ["unknown_account", 403]);
    }
    assert.deepEqual(requestsFor(sandbox, payout.id), []);
  });
});

describe("payoutStatuses", () => {
  test("answers with one item for each query, in order", async () => {
    const [first, second] = [newPayout(sandbox), newPayout(sandbox, "wait")];
    const queries = [{ id: first.id }, { order_id: "fault-500" }, { id: "" }, { order_id: second.order_id }];
    const { payouts, ...more } = await call("payoutStatuses", queries);
    assert.deepEqual(more, {});
    const [one, unknown, invalid, other, ...rest] = payouts as Record<string, unknown>[];
    assert.deepEqual([one, other, rest], [{ payout: payoutOf(first) }, { payout: payoutOf(second, "wait") }, []]);
    assert.equal(problemOf(unknown ?? {})["payout_state"], "unknown");
    assert.equal(problemOf(invalid ?? {}).code, "invalid_request");
  });

  test("refuses what is not a list of 1 to 40 queries", async () => {
    for (const queries of [undefined, null, {}, { payouts: [{ id: "1" }] }, "1", [], Array(41).fill({ id: "1" })])
      await assertInvalid(call("payoutStatuses", queries));
    const long = Array(40).fill({ order_id: "x".repeat(500) });
    const { code, status } = problemOf(await call("payoutStatuses", long));
    assert.deepEqual([code, status], ["payload_too_large", 413]);
  });
});

describe("followPayout, payoutHistory and events", () => {
  test("follow a payout to its event", async () => {
    const payout = newPayout(sandbox);
    const query = { order_id: payout.order_id };
    const record = await call("followPayout", query);
    assert.deepEqual([record["state"], record["payout_state"], record["is_followed"]], ["open", "unknown", true]);
    const history = await until("the payout is read", async () => {
      const found = await call("payoutHistory", query);
      return found["state"] === "final" && found;
    });
    assert.deepEqual(history["payout"], payoutOf(payout));
    const timeline = history["timeline"] as { type: string }[];
    assert.deepEqual(timeline.map(({ type }) => type).sort(), ["event", "followed", "reading"]);
    const answer = await clients.bound.ask({ path: `/v1/payout/history?id=${payout.id}` });
    assert.deepEqual(await call("payoutHistory", { id: payout.id }), jsonOf(answer));

    const page = await call("events");
    const events = page["events"] as { seq: number; data: { payout: { id: string } } }[];
    const event = events.find(({ data }) => data.payout.id === payout.id) ?? assert.fail("no event");
    const after = event.seq - 1;
    const sent = jsonOf<{ events: unknown[] }>(await clients.bound.ask({ path: `/v1/events?after=${after}&limit=1` }));
    assert.deepEqual(await call("events", { after, limit: 1 }), sent);
    assert.deepEqual(sent.events, [event]);
    const { next } = page as { next: number };
    assert.equal(typeof next, "number");
    assert.deepEqual(await call("events", { after: next }), { events: [], next });
    assert.deepEqual(await call("events", { after: "latest", limit: 1 }), { events: [], next });
    assert.deepEqual((await call("events", { value: "noAfter" }))["events"], events.slice(0, 1));
  });

  test("take a deadline as a time or a Date", async () => {
    const until = new Date(Date.now() + 7_200_000).toISOString();
    assert.equal((await call("followPayout", { order_id: "rpc-until", until }))["follow_until"], until);
    const record = await call("followPayout", { value: "date" });
    assert.ok(Date.parse(String(record["follow_until"])) > Date.now(), JSON.stringify(record));
    await assertInvalid(call("followPayout", { order_id: "rpc-until", until: "tomorrow" }), /RFC 3339/);
    await assertInvalid(call("followPayout", { order_id: "rpc-until", until: "2020-01-01T00:00:00Z" }), /deadline/);
  });

  test("refuse invalid arguments", async () => {
    for (const method of ["followPayout", "payoutHistory"] as const)
      for (const query of [undefined, null, 1, "1", [], {}, { id: "" }, { id: 1e16 }])
        await assertInvalid(call(method, query));
    const pages = [
      null,
      1,
      "latest",
      [1],
      { after: -1 },
      { after: 1.5 },
      { after: 1e16 },
      { after: "x" },
      { after: null },
    ];
    for (const page of [...pages, { limit: 0 }, { limit: 101 }, { limit: true }, { offset: 1 }, { value: "function" }])
      await assertInvalid(call("events", page));
  });

  test("know only what is in the ledger", async () => {
    const { code, status, detail } = problemOf(await call("payoutHistory", { id: "1" }));
    assert.deepEqual([code, status], ["unknown_payout", 404]);
    assert.match(detail, /says nothing about its state/);
  });

  test("say that there is no ledger", async () => {
    for (const [method, argument] of [
      ["followPayout", { id: "1" }],
      ["payoutHistory", { id: "1" }],
      ["events", {}],
    ] as const) {
      const problem = problemOf(await callOf("without", method, argument));
      assert.deepEqual([problem.code, problem.status], ["not_configured", 503]);
      assert.match(problem.detail, /LEDGER/);
    }
  });
});

test("a Worker without tokens answers methods, and no request", async () => {
  const payout = newPayout(sandbox);
  assert.deepEqual(await callOf("tokenless", "payoutStatus", { id: payout.id }), { payout: payoutOf(payout) });
  assertProblem(await clients.tokenless.get("?id=1"), { status: 503, code: "not_configured", detail: /API_TOKENS/ });
});

test("a request still needs a token", async () => {
  assertProblem(await clients.bound.get("?id=1", { token: null }), { status: 401, code: "unauthorized" });
  assertProblem(await clients.bound.ask({ path: `${STATUS}/payoutStatus` }), { status: 404, code: "not_found" });
});

test("a key that can't be opened is a problem", async () => {
  assert.equal(problemOf(await callOf("badKey", "payoutStatus", { id: "1" })).code, "bad_key");
});

describe("the log", () => {
  test("has one line for each call", async () => {
    const payout = newPayout(sandbox);
    const isCall = (line: Readonly<Record<string, unknown>>) => line["route"] === "rpc";
    const before = (await workers.lines(isCall)).length;
    await callOf("without", "payoutStatus", { id: payout.id });
    await callOf("without", "payoutStatus", { order_id: "fault-500" });
    await call("payoutStatuses", []);
    const lines = (await workers.lines(isCall))
      .slice(before)
      .map(({ total_ms, upstream_ms, sign_ms, ...line }) => line);
    const common = { event: "request", route: "rpc", cache: "none" };
    const status = { ...common, method: "payoutStatus" };
    assert.deepEqual(lines, [
      { ...status, outcome: "ok", status: 200, upstream_status: 200, payout_id: payout.id, attempts: 1 },
      {
        ...status,
        outcome: "upstream_status",
        status: 502,
        payout_state: "unknown",
        upstream_status: 500,
        attempts: 1,
      },
      { ...common, method: "payoutStatuses", outcome: "invalid_request", status: 400 },
    ]);
  });
});
