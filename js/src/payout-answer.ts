/**
 * What comes of asking for a payout, where an error must not end the rest.
 *
 * @module
 */
import type { GatewayError, InvalidRequestError } from "./errors.js";
import type { Payout, PayoutQuery } from "./payout.js";

/**
 * What came of one query: the payout, or the error that says why its state is unknown. Which of the two it is must be looked
 * at before either can be used.
 *
 * @example
 * ```ts
 * function say({ query, payout, error }: PayoutAnswer): string {
 *   if (payout === undefined) return `${query.id} is unknown: ${error.code}`;
 *   return `${query.id} is ${payout.payment_status}`;
 * }
 * ```
 */
export type PayoutAnswer<Query = PayoutQuery, Failure = GatewayError | InvalidRequestError> =
  | {
      /** What was asked. */
      readonly query: Query;
      /** What AliKassa answered. */
      readonly payout: Payout;
      /** There is none. */
      readonly error?: undefined;
    }
  | {
      /** What was asked. */
      readonly query: Query;
      /** Why the state is unknown. */
      readonly error: Failure;
      /** There is none. */
      readonly payout?: undefined;
    };
