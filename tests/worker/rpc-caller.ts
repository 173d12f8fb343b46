/** A Worker that is bound to the Workers under test, and calls their methods. */
import assert from "node:assert/strict";
import type { AliKassaService } from "alikassa-edge/worker";
import { jsonOf, type WorkerClient } from "./client.ts";

export const CALLER = "caller";

/** What a JSON body can't carry. An argument `{ value }` is one of these, by its name. */
const VALUES = `{
  undefined: undefined,
  bigint: { id: 100000536n },
  date: { order_id: "rpc-date", until: new Date(Date.now() + 3_600_000) },
  function: () => 1,
  method: { id: "1", toJSON: () => ({ id: "100000536" }) },
  cycle: [],
  map: new Map([["id", "100000536"]]),
  unpaired: { order_id: "\\ud800" },
  noAfter: { after: undefined, limit: 1 },
}`;

/** Answers with the result as JSON, and with 500 and a text if the call throws or its result is not a plain value. */
export const CALLER_SOURCE = `
export default {
  async fetch(request, env) {
    const VALUES = ${VALUES};
    VALUES.cycle.push(VALUES.cycle);
    const { name, method, args } = await request.json();
    const given = args.map((arg) => (arg?.value === undefined ? arg : VALUES[arg.value]));
    try {
      const result = await env[name][method](...given);
      const text = JSON.stringify(result);
      if (JSON.stringify(structuredClone(result)) !== text) throw new Error("not a plain value");
      return new Response(text);
    } catch (error) {
      return new Response(String(error), { status: 500 });
    }
  },
};`;

export type MethodName = Exclude<keyof AliKassaService, "fetch">;

/** Calls a method of a Worker, and fails if it throws. */
export async function callMethod(
  caller: WorkerClient,
  name: string,
  method: MethodName,
  args: readonly unknown[],
): Promise<Record<string, unknown>> {
  const answer = await caller.post({ name, method, args }, { path: "/" });
  assert.equal(answer.status, 200, answer.text);
  return jsonOf(answer);
}
