/** The results of the suite in a runtime, as tests. */
import assert from "node:assert/strict";
import type { TestContext } from "node:test";
import type { Sandbox } from "../../dist/sandbox/index.js";
import { EXPECTED_FAULTS } from "../fixtures/faults.ts";
import { requestsFor } from "../fixtures/sandbox.ts";
import type { Result } from "../suite/cases.ts";

/** The number of cases without a sandbox, so that a lost case is noticed. */
export const ALL = 631;

/** A test for each case, of which there must be at least so many. */
export async function assertResults(context: TestContext, results: readonly Result[], least = ALL): Promise<void> {
  assert.ok(results.length >= least, `${results.length} cases`);
  await Promise.all(results.map(({ name, error }) => context.test(name, () => assert.equal(error, undefined))));
}

/** Asserts on the requests that the sandbox received. */
export function assertRequests(sandbox: Sandbox): void {
  for (const { headers, body } of sandbox.requests) {
    assert.equal(headers["content-type"], "application/json");
    // Not chunked, like the requests of AliKassa's samples.
    assert.equal(headers["content-length"], String(body.length));
  }
  // A runtime that repeats requests by itself could move money twice.
  for (const { name } of EXPECTED_FAULTS) assert.equal(requestsFor(sandbox, `fault-${name}`).length, 1, name);
}
