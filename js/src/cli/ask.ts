/** Questions whose answers are taken as they come. */
import type { AliKassa } from "../alikassa.js";
import { GatewayError } from "../errors.js";
import type { Payout } from "../payout.js";
import { type ListedQuery, toPayoutQuery } from "./queries.js";
import type { Result } from "./results.js";

/**
 * The result of each query.
 *
 * Not in the order of the queries, as `payoutStatuses` has them: what has been answered is to be written down at once, and one
 * payout for which nobody answers must not hold up the others.
 */
export async function* ask(
  alikassa: AliKassa,
  queries: Iterable<ListedQuery>,
  concurrency: number,
): AsyncGenerator<Result> {
  const underWay = new Map<ListedQuery, Promise<Result>>();
  const unasked = queries[Symbol.iterator]();
  for (;;) {
    while (underWay.size < concurrency) {
      const { done, value: query } = unasked.next();
      if (done) break;
      underWay.set(query, answer(query, alikassa.payoutStatus(toPayoutQuery(query))));
    }
    if (underWay.size === 0) return;
    const result = await Promise.race(underWay.values());
    underWay.delete(result.query);
    yield result;
  }
}

/** What comes of a question. Rejects where it could not be asked at all, which says nothing of the payout. */
export async function answer(query: ListedQuery, asked: Promise<Payout>): Promise<Result> {
  try {
    return { query, payout: await asked };
  } catch (error) {
    if (!(error instanceof GatewayError)) throw error;
    return { query, error };
  }
}
