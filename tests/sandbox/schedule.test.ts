/** Misbehaviour on a schedule. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { DEFAULT_FAULTS, type Schedule, startSandbox } from "../../dist/sandbox/index.js";
import { ACCOUNT, archive, fileSandbox, Merchant } from "./merchant.ts";

const stormy = await fileSandbox({ schedule: { oneIn: 1, faults: ["500"] } });

/** The outcomes of so many questions for one payout to a new sandbox with this schedule. */
async function outcomes(schedule: Schedule, count: number): Promise<string[]> {
  const sandbox = await startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, schedule });
  try {
    const merchant = new Merchant(sandbox);
    for (let i = 0; i < count; i++) await merchant.ask({ id: "100000536" }).catch(() => undefined);
    return sandbox.requests.map(({ answer }) => answer.outcome);
  } finally {
    await sandbox.close();
  }
}

const placesOf = (found: readonly string[]) =>
  found.flatMap((outcome, place) => (outcome === "payout" ? [] : [[place, outcome] as const]));

describe("a schedule", () => {
  test("has one fault in each so many questions, and takes the faults in turn", async () => {
    const found = placesOf(await outcomes({ oneIn: 10, faults: ["500", "cut", "html"] }, 200));
    assert.equal(found.length, 20);
    assert.deepEqual(
      found.map(([place]) => Math.floor(place / 10)),
      Array.from({ length: 20 }, (_, block) => block),
    );
    assert.deepEqual(
      found.map(([, outcome]) => outcome),
      Array.from({ length: 20 }, (_, block) => ["500", "cut", "html"][block % 3]),
    );
    // Not always at the same place, or nothing would ever be faulty twice in a row.
    assert.ok(new Set(found.map(([place]) => place % 10)).size > 4);
  });

  test("is the same for the same seed, and another for another", async () => {
    const places = async (seed?: number) =>
      placesOf(await outcomes({ oneIn: 5, faults: ["500"], ...(seed === undefined ? {} : { seed }) }, 100));
    const first = await places(1);
    assert.deepEqual(await places(), first);
    assert.deepEqual(await places(1), first);
    for (const seed of [0, 2, -1]) assert.notDeepEqual(await places(seed), first);
  });

  test("of one in one spoils every answer, and may hold answers in so many words", async () => {
    const slow = { status: 503, headers: { "Retry-After": "7" } };
    assert.deepEqual(await outcomes({ oneIn: 1, faults: ["500", slow] }, 4), ["500", "scripted", "500", "scripted"]);
  });

  test("has every fault that keeps a payout from arriving by default", async () => {
    assert.ok(
      ["hang", "cut", "html", "429", "503"].every((name) => (DEFAULT_FAULTS as readonly string[]).includes(name)),
    );
    assert.ok(!(DEFAULT_FAULTS as readonly string[]).includes("drip"));
    const faults = DEFAULT_FAULTS.filter((name) => name !== "hang" && name !== "endless");
    assert.deepEqual(await outcomes({ oneIn: 1, faults }, faults.length), faults);
  });

  test("leaves alone what has a script, a fault of its own, a mistake, or nothing of a payout", async () => {
    const merchant = new Merchant(stormy);
    stormy.script("6422494", ["payout", "404"]);
    const statuses = [
      await merchant.ask({ order_id: "6422494" }),
      await merchant.ask({ order_id: "6422494" }),
      await merchant.fault("503"),
      await merchant.ask({ order_id: "unlisted" }),
      await merchant.ask({ id: "100000536" }, { headers: { sign: "AAAA" } }),
      await merchant.send("[]", { path: "/v1/account/balance" }),
      await merchant.ask({ order_id: "6422494" }),
    ].map(({ status }) => status);
    assert.deepEqual(statuses, [200, 404, 503, 400, 400, 200, 500]);
  });

  test("that is invalid is refused", async () => {
    const start = (schedule: Schedule) => startSandbox({ account: ACCOUNT, publicPem: archive.publicPem, schedule });
    for (const oneIn of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY])
      await assert.rejects(start({ oneIn }), RangeError);
    await assert.rejects(start({ oneIn: 10, faults: [] }), RangeError);
    await assert.rejects(start({ oneIn: 10, faults: ["1000"] }), RangeError);
    await assert.rejects(start({ oneIn: 10, seed: 0.5 }), RangeError);
  });
});
