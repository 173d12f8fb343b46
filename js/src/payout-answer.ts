/**
 * The answer to one of several queries.
 *
 * @module
 */
import type { GatewayError, InvalidRequestError } from "./errors.js";
import type { Payout, PayoutQuery } from "./payout.js";

/**
 * The answer to one query: the payout, or the error that says why its state is unknown. TypeScript requires a check which of
 * the two it is before either can be used.
 *
 * @example
 * ```ts
 * function describe({ query, payout, error }: PayoutAnswer): string {
 *   if (payout === undefined) return `${query.id} is unknown: ${error.code}`;
 *   return `${query.id} is ${payout.payment_status}`;
 * }
 * ```
 */
export type PayoutAnswer<Query = PayoutQuery, Failure = GatewayError | InvalidRequestError> =
  | {
      /** The query. */
      readonly query: Query;
      /** AliKassa's answer. */
      readonly payout: Payout;
      /** Undefined. */
      readonly error?: undefined;
    }
  | {
      /** The query. */
      readonly query: Query;
      /** Why the state is unknown. */
      readonly error: Failure;
      /** Undefined. */
      readonly payout?: undefined;
    };
