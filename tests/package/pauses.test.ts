/** The pauses of `waitForPayout`, with mocked timers: in a process without connections, whose timers would be mocked, too. */
import assert from "node:assert/strict";
import { describe, type TestContext, test } from "node:test";
import { PAID, WAIT } from "../fixtures/mock-api.ts";
import { context } from "./context.ts";

describe("the pauses of waitForPayout", () => {
  /** The pauses between twelve requests, with timers that fire at once. */
  async function pausesOf(test: TestContext, random: number, intervalMs: number | undefined): Promise<number[]> {
    const pauses: number[] = [];
    const [timeoutMs, callMs] = [2_000_000_000, 54_321];
    const original = globalThis.setTimeout;
    const setTimeout = test.mock.method(globalThis, "setTimeout", ((run: () => void, ms: number) => {
      if (ms === timeoutMs || ms === callMs) return original(run, ms);
      pauses.push(ms);
      return original(run, 0);
    }) as typeof globalThis.setTimeout);
    const chance = test.mock.method(Math, "random", () => random);
    let count = 0;
    const fetch = async () => new Response(count++ < 12 ? WAIT : PAID);
    await context.client({ fetch, timeoutMs: callMs }).waitForPayout({ id: "1" }, { timeoutMs, intervalMs });
    setTimeout.mock.restore();
    chance.mock.restore();
    return pauses;
  }
  const rounded = (pauses: readonly number[]) => pauses.map((pause) => Math.round(pause));

  test("grow from two seconds by half, up to thirty", async (test) => {
    assert.deepEqual(
      rounded(await pausesOf(test, 1, undefined)),
      [2000, 3000, 4500, 6750, 10_125, 15_188, 22_781, 30_000, 30_000, 30_000, 30_000, 30_000],
    );
  });

  test("are shortened at random, at most by half", async (test) => {
    const half = [1000, 1500, 2250, 3375, 5063, 7594, 11_391, 15_000, 15_000, 15_000, 15_000, 15_000];
    assert.deepEqual(rounded(await pausesOf(test, 0, undefined)), half);
    assert.deepEqual((await pausesOf(test, 0.5, 1000)).slice(0, 3), [750, 1125, 1687.5]);
  });

  test("do not grow if they begin longer than thirty seconds", async (test) => {
    assert.deepEqual(await pausesOf(test, 1, 60_000), Array(12).fill(60_000));
  });
});
