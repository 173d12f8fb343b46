/** `waitForPayout`: until it is final, and never longer than anybody wants to wait. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, type TestContext, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type {
  AliKassaError,
  GatewayError,
  PayoutAnswer,
  PayoutQuery,
  WaitOptions,
  WaitTimeoutError,
} from "../../dist/index.js";
import { payoutJson, type Step } from "../../dist/sandbox/index.js";
import { main, runModule } from "./installed.ts";
import {
  ACCOUNT,
  answering,
  archive,
  client,
  everythingOf,
  hanging,
  refusalOf,
  suiteSandbox,
  thrownBy,
  unknownOf,
} from "./support.ts";

const WAIT = '{"payment_status":"wait","id":"1"}';
const PAID = '{"payment_status":"paid","id":"1"}';
const QUICK = { intervalMs: 10, timeoutMs: 20_000 } as const;

/** Remembers what is told of, in one word each. */
function listener() {
  const told: string[] = [];
  const onUpdate = ({ payout, error }: PayoutAnswer<PayoutQuery, GatewayError>) => {
    told.push(payout === undefined ? error.code : payout.payment_status);
  };
  return { told, onUpdate };
}

/** The `WaitTimeoutError` that a call ends with. */
async function timeoutOf(call: () => unknown): Promise<WaitTimeoutError> {
  const error = await unknownOf(call, "WaitTimeoutError");
  assert.ok(error instanceof main.WaitTimeoutError);
  assert.deepEqual([error.code, error.retryable, error.attempts], ["wait_timeout", true, undefined]);
  return error;
}

describe("waiting for a payout", { concurrency: true }, () => {
  const sandbox = suiteSandbox();
  const scripted = (orderId: string, steps: readonly Step[]) => {
    sandbox().script(orderId, steps);
    return orderId;
  };
  const askedFor = (orderId: string) =>
    sandbox().requests.filter(({ key }) => key !== undefined && "orderId" in key && key.orderId === orderId).length;

  for (const status of ["paid", "cancel", "fail"]) {
    test(`ends when it is ${status}, and tells of each change`, async () => {
      const { told, onUpdate } = listener();
      const orderId = `wait-3-${status}`;
      const alikassa = client({ baseUrl: sandbox().url });
      const payout = await alikassa.waitForPayout({ orderId }, { ...QUICK, onUpdate });
      assert.deepEqual([payout.payment_status, payout.is_final, payout.order_id], [status, true, orderId]);
      assert.equal(askedFor(orderId), 4);
      assert.deepEqual(told, ["wait", status]);
    });
  }

  test("ends with the first answer if that is final, without a pause", async () => {
    const { fetch, count } = answering(PAID);
    const { told, onUpdate } = listener();
    const payout = await client({ fetch }).waitForPayout({ id: "1" }, { intervalMs: 3_600_000, onUpdate });
    assert.deepEqual([payout.payment_status, count(), told], ["paid", 1, ["paid"]]);
  });

  test("does not take a status that is not documented for the end", async () => {
    const { told, onUpdate } = listener();
    const texts = ["wait", "new-one", "new-one", "paid"].map((status) =>
      payoutJson({ id: "100003001", orderId: "on-and-on", statusJson: `"${status}"` }),
    );
    sandbox().addPayout(texts);
    await client({ baseUrl: sandbox().url }).waitForPayout({ id: "100003001" }, { ...QUICK, onUpdate });
    assert.deepEqual(told, ["wait", "new-one", "paid"]);
  });

  test("tells of a field that has changed, and gives the query and the payout that is returned", async () => {
    const bodies = ['"wait","amount":"1"', '"wait","amount":"2"', '"paid","amount":"2"'];
    const answers = bodies.map((fields) => `{"id":"1","payment_status":${fields}}`);
    const updates: PayoutAnswer[] = [];
    const query = { id: "1" };
    const fetch = async () => new Response(answers.shift());
    const payout = await client({ fetch }).waitForPayout(query, {
      ...QUICK,
      onUpdate: (update) => updates.push(update),
    });
    assert.deepEqual(
      updates.map((update) => [update.payout?.amount, update.payout?.payment_status, Object.keys(update)]),
      [
        ["1", "wait", ["query", "payout"]],
        ["2", "wait", ["query", "payout"]],
        ["2", "paid", ["query", "payout"]],
      ],
    );
    assert.equal(updates.at(-1)?.payout, payout);
    for (const update of updates) assert.equal(update.query, query);
  });

  test("goes on through errors that may be gone at the next question, and tells of each new one", async () => {
    const { told, onUpdate } = listener();
    const steps = ["wait", "500", "500", "html", "cut", "message-less", "429"];
    const orderId = scripted(
      "stormy",
      steps.map((step) =>
        step === "wait"
          ? { body: payoutJson({ orderId: "stormy", statusJson: '"wait"' }) }
          : step === "message-less"
            ? { status: 502, body: "" }
            : (step as Step),
      ),
    );
    const payout = await client({ baseUrl: sandbox().url }).waitForPayout({ orderId }, { ...QUICK, onUpdate });
    assert.equal(payout.payment_status, "paid");
    assert.equal(askedFor(orderId), 8);
    const expected = ["wait", "upstream_status", "upstream_invalid", "upstream_unreachable", "upstream_status"];
    assert.deepEqual(told, [...expected, "upstream_status", "paid"]);
  });

  test("tells again of what it was before an error", async () => {
    const { told, onUpdate } = listener();
    const wait = { body: payoutJson({ orderId: "back", statusJson: '"wait"' }) };
    const orderId = scripted("back", [wait, "500", wait, wait]);
    await client({ baseUrl: sandbox().url }).waitForPayout({ orderId }, { ...QUICK, onUpdate });
    assert.deepEqual(told, ["wait", "upstream_status", "wait", "paid"]);
  });

  for (const step of ["400", "404", "redirect", "message"] as const) {
    test(`ends with an error that asking again would not mend, as unknown: ${step}`, async () => {
      const { told, onUpdate } = listener();
      const orderId = scripted(`refused-${step}`, [step]);
      const alikassa = client({ baseUrl: sandbox().url });
      const error = await unknownOf(() => alikassa.waitForPayout({ orderId }, { ...QUICK, onUpdate }));
      assert.deepEqual([error.code, error.retryable, askedFor(orderId)], ["upstream_status", false, 1]);
      assert.deepEqual(told, ["upstream_status"]);
    });
  }

  test("of a query that names no payout is refused, and nobody is told or asked", async () => {
    const { told, onUpdate } = listener();
    const { fetch, count } = answering(PAID);
    for (const query of [{}, { id: "" }, { id: "1", orderId: "2" }, null]) {
      const call = () => client({ fetch }).waitForPayout(query as unknown as PayoutQuery, { onUpdate });
      await refusalOf(call, "InvalidRequestError");
    }
    assert.deepEqual([told, count()], [[], 0]);
  });

  test("retries within each question, as a single question does", async () => {
    const orderId = scripted("patient", ["503", "cut", "payout"]);
    const alikassa = client({ baseUrl: sandbox().url, retries: 2 });
    const { told, onUpdate } = listener();
    await alikassa.waitForPayout({ orderId }, { ...QUICK, onUpdate });
    assert.deepEqual([told, askedFor(orderId)], [["paid"], 3]);
  });

  test("is ended by what onUpdate throws", async () => {
    const mine = new Error("mine");
    const onUpdate = () => {
      throw mine;
    };
    const { fetch, count } = answering(WAIT);
    assert.equal(await thrownBy(() => client({ fetch }).waitForPayout({ id: "1" }, { ...QUICK, onUpdate })), mine);
    assert.equal(count(), 1);
  });

  test("is ended when the client is disposed of, with an error that says so", async () => {
    const { fetch } = answering(WAIT);
    const alikassa = client({ fetch });
    const waiting = thrownBy(() => alikassa.waitForPayout({ id: "1" }, QUICK));
    alikassa[Symbol.dispose]();
    assert.equal(((await waiting) as AliKassaError).code, "disposed");
  });

  const useless: readonly (readonly [name: keyof WaitOptions, values: readonly unknown[]])[] = [
    ["intervalMs", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 3_600_001, "10", null]],
    ["timeoutMs", [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, "10", null]],
    ["onUpdate", [5, "log", {}, null]],
    ["signal", [5, "signal", {}, new AbortController()]],
  ];
  for (const [name, values] of useless) {
    test(`is refused with a ${name} of no use`, async () => {
      const { fetch, count } = answering(PAID);
      for (const value of values) {
        const options = { [name]: value } as unknown as WaitOptions;
        const error = await refusalOf(
          () => client({ fetch }).waitForPayout({ id: "1" }, options),
          "InvalidRequestError",
        );
        assert.match(error.message, new RegExp(`^${name} must be`));
      }
      assert.equal(count(), 0);
    });
  }
});

describe("waiting too long", { concurrency: true }, () => {
  test("ends as unknown, with the payout as it was last, which no log shows", async () => {
    const begin = performance.now();
    const { fetch, count } = answering(WAIT);
    const options = { intervalMs: 20, timeoutMs: 1000 };
    const error = await timeoutOf(() => client({ fetch }).waitForPayout({ id: "1" }, options));
    // The last question comes one interval before the end.
    const taken = performance.now() - begin;
    assert.ok(taken >= 960, `${taken} ms`);
    assert.ok(count() > 2, `${count()} questions`);
    assert.equal(error.message, "the payout's state is unknown: it was not final within 1000 ms");
    assert.deepEqual([error.lastPayout()?.payment_status, error.cause], ["wait", undefined]);
    assert.doesNotMatch(everythingOf(error), /payment_status|wait"|'wait'/);
  });

  test("ends as unknown, with the last error as its cause", async () => {
    const { fetch } = answering("{}", 500);
    const options = { intervalMs: 500, timeoutMs: 1000 };
    const error = await timeoutOf(() => client({ fetch }).waitForPayout({ id: "1" }, options));
    assert.equal(error.lastPayout(), undefined);
    assert.ok(error.cause instanceof main.GatewayError);
    assert.deepEqual([error.cause.code, error.cause.upstreamStatus], ["upstream_status", 500]);
  });

  for (const [statuses, code] of [
    [[200, 500], "upstream_status"],
    [[500, 200], undefined],
  ] as const) {
    test(`remembers the payout, and the error of the last question if it had one: ${statuses}`, async () => {
      let count = 0;
      const fetch = async () => new Response(WAIT, { status: statuses[count++] ?? statuses[1] });
      const options = { intervalMs: 200, timeoutMs: 1000 };
      const error = await timeoutOf(() => client({ fetch }).waitForPayout({ id: "1" }, options));
      assert.ok(count >= 2, `${count} questions`);
      assert.equal(error.lastPayout()?.payment_status, "wait");
      assert.equal((error.cause as GatewayError | undefined)?.code, code);
    });
  }

  test("ends the question that is under way", async () => {
    const { fetch, signals } = hanging();
    const begin = performance.now();
    const { told, onUpdate } = listener();
    await timeoutOf(() => client({ fetch }).waitForPayout({ id: "1" }, { timeoutMs: 150, onUpdate }));
    assert.ok(performance.now() - begin < 5000);
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true],
    );
    assert.deepEqual(told, []);
  });

  test("asks once however short the time is", async () => {
    const { fetch, count } = answering(WAIT);
    await timeoutOf(() => client({ fetch }).waitForPayout({ id: "1" }, { timeoutMs: 500 }));
    assert.equal(count(), 1);
    const final = answering(PAID);
    const payout = await client(final).waitForPayout({ id: "1" }, { timeoutMs: 500 });
    assert.equal(payout.payment_status, "paid");
  });
});

describe("waiting that is given up", { concurrency: true }, () => {
  test("before it begins asks nothing", async () => {
    const { fetch, count } = answering(PAID);
    const reason = new Error("nobody waits");
    const signal = AbortSignal.abort(reason);
    const error = await unknownOf(() => client({ fetch }).waitForPayout({ id: "1" }, { signal }));
    assert.deepEqual([error.code, error.cause, count()], ["aborted", reason, 0]);
  });

  test("in a pause ends at once, and asks nothing more", async () => {
    const { fetch, count } = answering(WAIT);
    const controller = new AbortController();
    const { signal } = controller;
    const waiting = unknownOf(() => client({ fetch }).waitForPayout({ id: "1" }, { intervalMs: 60_000, signal }));
    while (count() === 0) await sleep(5);
    await sleep(20);
    const begin = performance.now();
    controller.abort("enough");
    const error = await waiting;
    assert.deepEqual([error.code, error.cause, error.name], ["aborted", "enough", "GatewayError"]);
    assert.ok(performance.now() - begin < 1000);
    assert.equal(count(), 1);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("in a question ends it, and tells of nothing", async () => {
    const { fetch, signals } = hanging();
    const { told, onUpdate } = listener();
    const controller = new AbortController();
    const options = { signal: controller.signal, onUpdate };
    const waiting = unknownOf(() => client({ fetch }).waitForPayout({ id: "1" }, options));
    while (signals.length === 0) await sleep(5);
    controller.abort("enough");
    assert.equal((await waiting).cause, "enough");
    assert.equal(signals[0]?.aborted, true);
    assert.deepEqual(told, []);
    assert.equal(getEventListeners(controller.signal, "abort").length, 0);
  });

  test("by onUpdate ends before the next question", async () => {
    const { fetch, count } = answering(WAIT);
    const controller = new AbortController();
    const options = { intervalMs: 60_000, signal: controller.signal, onUpdate: () => controller.abort() };
    const error = await unknownOf(() => client({ fetch }).waitForPayout({ id: "1" }, options));
    assert.deepEqual([error.code, count()], ["aborted", 1]);
  });

  test("leaves no listener on a signal that lives long", async () => {
    const { signal } = new AbortController();
    for (let turn = 0; turn < 20; turn++) {
      await client(answering(PAID)).waitForPayout({ id: "1" }, { signal });
      await unknownOf(() => client(answering("{}", 404)).waitForPayout({ id: "1" }, { signal }));
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});

describe("the pauses", () => {
  /** The pauses between twelve questions, none of which is waited for in fact. */
  async function pausesOf(context: TestContext, random: number, intervalMs: number | undefined): Promise<number[]> {
    const pauses: number[] = [];
    const [timeoutMs, callMs] = [2_000_000_000, 54_321];
    const original = globalThis.setTimeout;
    const setTimeout = context.mock.method(globalThis, "setTimeout", ((run: () => void, ms: number) => {
      if (ms === timeoutMs || ms === callMs) return original(run, ms);
      pauses.push(ms);
      return original(run, 0);
    }) as typeof globalThis.setTimeout);
    const chance = context.mock.method(Math, "random", () => random);
    let count = 0;
    const fetch = async () => new Response(count++ < 12 ? WAIT : PAID);
    await client({ fetch, timeoutMs: callMs }).waitForPayout({ id: "1" }, { timeoutMs, intervalMs });
    setTimeout.mock.restore();
    chance.mock.restore();
    return pauses;
  }
  const rounded = (pauses: readonly number[]) => pauses.map((pause) => Math.round(pause));

  test("grow from two seconds by half, up to thirty", async (context) => {
    assert.deepEqual(
      rounded(await pausesOf(context, 1, undefined)),
      [2000, 3000, 4500, 6750, 10_125, 15_188, 22_781, 30_000, 30_000, 30_000, 30_000, 30_000],
    );
  });

  test("are cut at random, at most to their half", async (context) => {
    const half = [1000, 1500, 2250, 3375, 5063, 7594, 11_391, 15_000, 15_000, 15_000, 15_000, 15_000];
    assert.deepEqual(rounded(await pausesOf(context, 0, undefined)), half);
    assert.deepEqual((await pausesOf(context, 0.5, 1000)).slice(0, 3), [750, 1125, 1687.5]);
  });

  test("stay as long as they begin where that is longer than thirty seconds", async (context) => {
    assert.deepEqual(await pausesOf(context, 1, 60_000), Array(12).fill(60_000));
  });
});

describe("a program that waits", { concurrency: 2 }, () => {
  const program = (call: string) => `import { AliKassa } from "alikassa-edge";
    const { PEM: privateKey, PASSWORD: password } = process.env;
    const statuses = ["wait", "wait", "paid"];
    const fetch = async () => new Response(JSON.stringify({ payment_status: statuses.shift() ?? "wait", id: "1" }));
    const alikassa = new AliKassa({ account: "${ACCOUNT}", privateKey, password, fetch });
    const controller = new AbortController();
    const { signal } = controller;
    const { payment_status, code } = await ${call}.catch((error) => error);
    const ended = Date.now();
    process.once("exit", () => console.log(payment_status ?? code, Date.now() - ended < 1000));`;
  const calls: Readonly<Record<string, readonly [call: string, said: string]>> = {
    "after the payout": ['alikassa.waitForPayout({ id: "1" }, { signal, intervalMs: 100 })', "paid"],
    "after the time is over": ['alikassa.waitForPayout({ id: "1" }, { signal, timeoutMs: 100 })', "wait_timeout"],
    "after it has given up in a pause": [
      'alikassa.waitForPayout({ id: "1" }, { signal, intervalMs: 60_000, onUpdate: () => setTimeout(() => controller.abort(), 50) })',
      "aborted",
    ],
  };
  for (const [name, [call, said]] of Object.entries(calls)) {
    test(`lives as long as it waits, and ends at once ${name}: no timer keeps Node running`, async () => {
      const ended = await runModule(program(call), { PEM: archive.privatePem, PASSWORD: archive.password });
      assert.deepEqual(ended, { status: 0, stdout: `${said} true\n`, stderr: "" });
    });
  }
});
