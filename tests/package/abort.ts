/** Giving up on a call. */
import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { answering, client, hanging, refusalOf, silentServer, suiteSandbox, unknownOf } from "./support.ts";

/** Waits until the sandbox has been asked for this. */
async function askedFor(sandbox: Sandbox, orderId: string): Promise<void> {
  const isAsked = () =>
    sandbox.requests.some(({ key }) => key !== undefined && "orderId" in key && key.orderId === orderId);
  for (let turn = 0; turn < 500 && !isAsked(); turn++) await sleep(10);
  assert.ok(isAsked());
}

describe("a call that is given up", { concurrency: true }, () => {
  const sandbox = suiteSandbox();

  for (const call of ["payoutStatus", "request"] as const) {
    const start = (alikassa: ReturnType<typeof client>, signal: AbortSignal) =>
      call === "request"
        ? alikassa.request("v1/payout", [], { signal })
        : alikassa.payoutStatus({ id: "1" }, { signal });

    test(`before it begins is aborted, and nothing is sent: ${call}`, async () => {
      const { fetch, count } = answering("{}");
      const reason = new Error("nobody waits");
      const error = await unknownOf(() => start(client({ fetch }), AbortSignal.abort(reason)));
      assert.deepEqual([error.code, error.cause, error.attempts], ["aborted", reason, undefined]);
      assert.equal(count(), 0);
    });

    test(`under way is aborted, and ends its request: ${call}`, async () => {
      const { fetch, signals } = hanging();
      const controller = new AbortController();
      const calling = unknownOf(() => start(client({ fetch }), controller.signal));
      await sleep(10);
      controller.abort("enough");
      const error = await calling;
      assert.deepEqual([error.code, error.cause, error.retryable], ["aborted", "enough", true]);
      assert.deepEqual(
        signals.map(({ aborted }) => aborted),
        [true],
      );
    });
  }

  test("has a DOMException as its cause where no reason was given", async () => {
    const controller = new AbortController();
    const calling = unknownOf(() => client(hanging()).payoutStatus({ id: "1" }, { signal: controller.signal }));
    controller.abort();
    const { cause } = await calling;
    assert.ok(cause instanceof DOMException);
    assert.equal(cause.name, "AbortError");
  });

  test("by AbortSignal.timeout has a TimeoutError as its cause", async () => {
    const signal = AbortSignal.timeout(50);
    const error = await unknownOf(() => client(hanging()).payoutStatus({ id: "1" }, { signal }));
    assert.equal(error.code, "aborted");
    assert.equal((error.cause as DOMException).name, "TimeoutError");
  });

  test("by AbortSignal.any is aborted too", async () => {
    const controller = new AbortController();
    const signal = AbortSignal.any([controller.signal, AbortSignal.timeout(60_000)]);
    const calling = unknownOf(() => client(hanging()).payoutStatus({ id: "1" }, { signal }));
    controller.abort("one of them");
    assert.equal((await calling).cause, "one of them");
  });

  test("closes the connection, which AliKassa sees", { timeout: 5000 }, async (context) => {
    const server = await silentServer();
    context.after(server.close);
    const controller = new AbortController();
    const alikassa = client({ baseUrl: server.url });
    const calling = unknownOf(() => alikassa.payoutStatus({ id: "1" }, { signal: controller.signal }));
    await server.asked;
    controller.abort();
    assert.equal((await calling).code, "aborted");
    await server.left;
  });

  test("between two attempts is aborted at once, and nothing more is sent", async () => {
    sandbox().script("pause", [{ status: 503, headers: { "Retry-After": "5" } }]);
    const controller = new AbortController();
    const alikassa = client({ baseUrl: sandbox().url, retries: 3 });
    const calling = unknownOf(() => alikassa.payoutStatus({ orderId: "pause" }, { signal: controller.signal }));
    await askedFor(sandbox(), "pause");
    await sleep(50);
    const begin = performance.now();
    controller.abort("in the pause");
    assert.equal((await calling).cause, "in the pause");
    assert.ok(performance.now() - begin < 1000);
  });

  test("leaves other calls of the same client alone", async () => {
    const { fetch, signals } = hanging();
    const alikassa = client({ fetch, timeoutMs: 300 });
    const controller = new AbortController();
    const aborted = unknownOf(() => alikassa.payoutStatus({ id: "1" }, { signal: controller.signal }));
    const other = unknownOf(() => alikassa.payoutStatus({ id: "2" }));
    await sleep(20);
    controller.abort();
    assert.equal((await aborted).code, "aborted");
    assert.deepEqual(
      signals.map(({ aborted }) => aborted),
      [true, false],
    );
    assert.equal((await other).code, "upstream_timeout");
  });
});

describe("a signal that lives long", () => {
  const payout = '{"payment_status":"wait","id":"1"}';

  test("keeps no listener of calls that have ended, well or not", async () => {
    const { signal } = new AbortController();
    const good = client(answering(payout));
    const bad = client(answering("{}", 500));
    for (let turn = 0; turn < 25; turn++) {
      await good.payoutStatus({ id: "1" }, { signal });
      await unknownOf(() => bad.payoutStatus({ id: "1" }, { signal }));
      await refusalOf(() => good.payoutStatus({ id: "" }, { signal }), "InvalidRequestError");
    }
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("has one listener for each call under way", async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const alikassa = client(hanging());
    const calls = [1, 2, 3].map((id) => unknownOf(() => alikassa.payoutStatus({ id }, { signal })));
    await sleep(10);
    assert.equal(getEventListeners(signal, "abort").length, 3);
    controller.abort();
    await Promise.all(calls);
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });

  test("that aborts after the answer changes nothing", async () => {
    const controller = new AbortController();
    const answer = await client(answering(payout)).payoutStatus({ id: "1" }, { signal: controller.signal });
    controller.abort();
    assert.equal(answer.payment_status, "wait");
  });

  test("may be undefined", async () => {
    assert.equal((await client(answering(payout)).payoutStatus({ id: "1" }, { signal: undefined })).is_final, false);
  });

  for (const signal of ["signal", 5, {}, new AbortController()]) {
    test(`that is no signal is refused, since the call could never be given up: ${Object.prototype.toString.call(signal)}`, async () => {
      const { fetch, count } = answering(payout);
      const options = { signal: signal as unknown as AbortSignal };
      await refusalOf(() => client({ fetch }).payoutStatus({ id: "1" }, options), "InvalidRequestError");
      assert.equal(count(), 0);
    });
  }
});
