/** Status requests, whose results are taken in the order in which they arrive. */
import type { AliKassa } from "../src/alikassa.js";
import { GatewayError } from "../src/errors.js";
import type { Payout } from "../src/payout.js";
import { type ListedQuery, toPayoutQuery } from "./queries.js";
import type { Result } from "./results.js";

/**
 * The result of each query, as it arrives. Not in the order of the queries, unlike `payoutStatuses`: each result is written at
 * once, and one slow answer must not delay the others.
 */
export async function* resultsOf(
  alikassa: AliKassa,
  queries: Iterable<ListedQuery>,
  concurrency: number,
): AsyncGenerator<Result> {
  const inProgress = new Map<ListedQuery, Promise<Result>>();
  const remaining = queries[Symbol.iterator]();
  for (;;) {
    while (inProgress.size < concurrency) {
      const { done, value: query } = remaining.next();
      if (done) break;
      inProgress.set(query, resultOf(query, alikassa.payoutStatus(toPayoutQuery(query))));
    }
    if (inProgress.size === 0) return;
    const result = await Promise.race(inProgress.values());
    inProgress.delete(result.query);
    yield result;
  }
}

/** The result of a status request. Rejects with any error that says nothing about the payout. */
export async function resultOf(query: ListedQuery, payout: Promise<Payout>): Promise<Result> {
  try {
    return { query, payout: await payout };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { query, error };
  }
}
