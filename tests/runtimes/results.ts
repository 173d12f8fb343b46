/** What a runtime says of the suite, as tests of its own. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import type { Result } from "../suite/cases.ts";
import { FAULTS_GIVEN } from "./faults.ts";

/** How many cases there are without a sandbox: one that is lost would be missed by nobody. */
export const ALL = 532;

/** A test for each case, of which there are at least so many. */
export async function assertResults(context: TestContext, results: readonly Result[], least = ALL): Promise<void> {
  assert.ok(results.length >= least, `${results.length} cases`);
  await Promise.all(results.map(({ name, error }) => context.test(name, () => assert.equal(error, undefined))));
}

/** What the sandbox saw of it. */
export function assertRequests({ requests }: Sandbox): void {
  for (const { headers, body } of requests) {
    assert.equal(headers["content-type"], "application/json");
    // Not in chunks, which AliKassa's own samples never send.
    assert.equal(headers["content-length"], String(body.length));
  }
  // A runtime that asks again by itself would do so with what moves money, too.
  const counts = new Map<string, number>();
  for (const { key } of requests) {
    if (key !== undefined && "orderId" in key) counts.set(key.orderId, (counts.get(key.orderId) ?? 0) + 1);
  }
  for (const { name } of FAULTS_GIVEN) assert.equal(counts.get(`fault-${name}`), 1, name);
}
