/** One isolate answers many at once, and outlives whatever one of them does. */
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { payoutJson, type Sandbox } from "../../dist/sandbox/index.js";
import { assertProblem, type Edge, jsonOf } from "./edge.ts";
import { newArchive, openSandbox, requestsFor, soundBindings, startWorkers, type Workers } from "./harness.ts";

const MANY = 200;
/** Statuses in turn, so that an answer that went astray would show. */
const STATUSES = ["wait", "paid", "cancel", "fail", "new-one"];

let sandbox: Sandbox;
let workers: Workers<"sound">;
let edge: Edge;

before(async () => {
  const archive = newArchive(1024);
  sandbox = await openSandbox({ publicPem: archive.publicPem });
  workers = await startWorkers({ sound: soundBindings(archive, sandbox) });
  edge = workers.edges.sound;
});

after(async () => {
  await sandbox.close();
  await workers.stop();
});

/** A payout of its own for each number. */
function addPayout(number: number): { readonly id: string; readonly orderId: string; readonly status: string } {
  const id = String(700_000_000 + number);
  const orderId = `many-${number}`;
  const status = STATUSES[number % STATUSES.length] ?? "";
  sandbox.addPayout(payoutJson({ id, orderId, statusJson: JSON.stringify(status) }));
  return { id, orderId, status };
}

describe("one isolate", () => {
  test(`answers ${MANY} questions at once, each with its own payout`, async () => {
    const asked = Array.from({ length: MANY }, async (_, number) => {
      const { id, orderId, status } = addPayout(number);
      // The later it is asked, the sooner it is answered.
      const key = number % 2 === 0 ? id : orderId;
      sandbox.script(key, [{ delayMs: MANY - number }]);
      const answer = await (number % 2 === 0 ? edge.get(`?id=${id}`) : edge.post({ order_id: orderId }));
      assert.equal(answer.status, 200, answer.text);
      const payout = jsonOf(answer) as Record<string, unknown>;
      assert.equal(payout["id"], id);
      assert.equal(payout["order_id"], orderId);
      assert.equal(payout["payment_status"], status);
    });
    await Promise.all(asked);
    assert.equal(sandbox.requests.length, MANY);
  });

  test("answers the others while AliKassa fails some of them", async () => {
    const faults = ["html", "cut", "deep", "endless", { status: 500 }, "cut-body"] as const;
    const asked = Array.from({ length: 60 }, async (_, number) => {
      const { id, orderId, status } = addPayout(1000 + number);
      const fault = number % 3 === 0 ? faults[(number / 3) % faults.length] : undefined;
      if (fault !== undefined) sandbox.script(orderId, Array(3).fill(fault));
      const answer = await edge.post({ order_id: orderId });
      if (fault !== undefined) {
        assert.equal(answer.status, 502, answer.text);
        assert.equal((jsonOf(answer) as Record<string, unknown>)["payout_state"], "unknown");
        return;
      }
      const { id: answered, payment_status } = jsonOf(answer) as Record<string, unknown>;
      assert.deepEqual([answered, payment_status], [id, status]);
    });
    await Promise.all(asked);
  });

  test("lives on after every kind of bad question", async () => {
    const sign = () => requestsFor(sandbox, "100000536").at(-1)?.headers["sign"];
    assert.equal((await edge.get("?id=100000536")).status, 200);
    const signed = sign();
    const headers = { "Content-Type": "application/json" };
    const bad: readonly (readonly [status: number, ask: () => ReturnType<Edge["ask"]>])[] = [
      [400, () => edge.post("[".repeat(16_000))],
      [400, () => edge.post(Buffer.alloc(1000, 0xff))],
      [413, () => edge.post(" ".repeat(100_000))],
      [413, () => edge.askRaw({ method: "POST", headers, pieces: [" ".repeat(10_000), " ".repeat(10_000)] })],
      [415, () => edge.ask({ method: "POST", body: "id=1" })],
      [401, () => edge.get("?id=1", { token: "x".repeat(8000) })],
      [403, () => edge.get("?id=1", { headers: { Account: "unknown" } })],
      [405, () => edge.askRaw({ method: "TRACE" })],
      [404, () => edge.ask({ path: `/${"%".repeat(1000)}` })],
    ];
    for (const [status, ask] of bad) {
      assertProblem(await ask(), { status, code: String((jsonOf(await ask()) as { code: string }).code) });
      assert.equal((await edge.get("?id=100000536")).status, 200);
      assert.equal(sign(), signed);
    }
  });

  test("lives on after somebody who asked has gone", async () => {
    sandbox.script("gone", ["hang"]);
    const gone = new AbortController();
    const url = new URL("/v1/payout/status?order_id=gone", edge.url);
    const { headers } = edge;
    const asked = fetch(url, { headers, signal: gone.signal });
    while (requestsFor(sandbox, "gone").length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    gone.abort();
    await assert.rejects(asked, { name: "AbortError" });
    assert.equal((await edge.get("?order_id=gone")).status, 200);
    assert.equal((await edge.get("?id=100000536")).status, 200);
  });
});
