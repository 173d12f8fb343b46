/** Giving up on a call: what the other side and Node see of it. The rest is in tests/suite. */
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
});
