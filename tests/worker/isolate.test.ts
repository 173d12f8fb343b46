/** One isolate answers many requests at once, and survives all of them. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { payoutJson } from "../../dist/sandbox/index.js";
import { assertProblem, JSON_HEADERS, jsonOf, STATUS, type WorkerClient } from "./client.ts";
import { requestsFor, setUp, until } from "./harness.ts";

const MANY = 200;
/** Statuses in turn, so that a mixed-up answer shows. */
const STATUSES = ["wait", "paid", "cancel", "fail", "new-one"];

const { sandbox, clients } = await setUp({ sound: {} });
const client = clients.sound;

/** Adds a payout of its own for each number. */
function addPayout(number: number): { readonly id: string; readonly order_id: string; readonly status: string } {
  const names = { id: String(700_000_000 + number), order_id: `many-${number}` };
  const status = STATUSES[number % STATUSES.length] ?? "";
  sandbox.addPayout(payoutJson({ ...names, statusJson: JSON.stringify(status) }));
  return { ...names, status };
}

describe("one isolate", () => {
  test(`answers ${MANY} requests at once, each with its own payout`, async () => {
    const asked = Array.from({ length: MANY }, async (_, number) => {
      const { id, order_id, status } = addPayout(number);
      // The later it is asked, the earlier it is answered.
      sandbox.script(number % 2 === 0 ? id : order_id, [{ delayMs: MANY - number }]);
      const answer = await (number % 2 === 0 ? client.get(`?id=${id}`) : client.post({ order_id }));
      assert.equal(answer.status, 200, answer.text);
      const payout = jsonOf<Record<string, unknown>>(answer);
      assert.deepEqual([payout["id"], payout["order_id"], payout["payment_status"]], [id, order_id, status]);
    });
    await Promise.all(asked);
    assert.equal(sandbox.requests.length, MANY);
  });

  test("answers the others while AliKassa fails some", async () => {
    const faults = ["html", "cut", "deep", "endless", { status: 500 }, "cut-body"] as const;
    const asked = Array.from({ length: 60 }, async (_, number) => {
      const { id, order_id, status } = addPayout(1000 + number);
      const fault = number % 3 === 0 ? faults[(number / 3) % faults.length] : undefined;
      if (fault !== undefined) sandbox.script(order_id, Array(3).fill(fault));
      const answer = await client.post({ order_id });
      const { id: answered, payment_status, payout_state } = jsonOf<Record<string, unknown>>(answer);
      if (fault === undefined) assert.deepEqual([answered, payment_status], [id, status]);
      else assert.deepEqual([answer.status, payout_state], [502, "unknown"], answer.text);
    });
    await Promise.all(asked);
  });

  test("survives every kind of bad request", async () => {
    const sign = () => requestsFor(sandbox, "100000536").at(-1)?.headers["sign"];
    assert.equal((await client.get("?id=100000536")).status, 200);
    const signed = sign();
    const pieces = [" ".repeat(10_000), " ".repeat(10_000)];
    const bad: readonly (readonly [status: number, ask: () => ReturnType<WorkerClient["ask"]>])[] = [
      [400, () => client.post("[".repeat(16_000))],
      [400, () => client.post(Buffer.alloc(1000, 0xff))],
      [413, () => client.post(" ".repeat(100_000))],
      [413, () => client.askRaw({ method: "POST", headers: JSON_HEADERS, pieces })],
      [415, () => client.ask({ method: "POST", body: "id=1" })],
      [401, () => client.get("?id=1", { token: "x".repeat(8000) })],
      [403, () => client.get("?id=1", { headers: { Account: "unknown" } })],
      [405, () => client.askRaw({ method: "TRACE" })],
      [404, () => client.ask({ path: `/${"%".repeat(1000)}` })],
    ];
    for (const [status, ask] of bad) {
      assertProblem(await ask(), { status, code: jsonOf<{ code: string }>(await ask()).code });
      assert.equal((await client.get("?id=100000536")).status, 200);
      assert.equal(sign(), signed);
    }
  });

  test("survives a caller that aborts", async () => {
    sandbox.script("gone", ["hang"]);
    const abort = new AbortController();
    const url = new URL(`${STATUS}?order_id=gone`, client.url);
    const asked = fetch(url, { headers: client.headers, signal: abort.signal });
    await until("AliKassa is asked", () => requestsFor(sandbox, "gone").length > 0);
    abort.abort();
    await assert.rejects(asked, { name: "AbortError" });
    assert.equal((await client.get("?order_id=gone")).status, 200);
    assert.equal((await client.get("?id=100000536")).status, 200);
  });
});
