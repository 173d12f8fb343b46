/**
 * Records of requests and answers.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { FieldErrors } from "./answers.js";
import type { PayoutKey } from "./payouts.js";

/**
 * The record of an answer.
 *
 * @example
 * ```ts
 * const isPayout = ({ outcome }: RecordedAnswer): boolean => outcome === "payout";
 * ```
 */
export interface RecordedAnswer {
  /** The HTTP status; `null` if none was sent. */
  readonly status: number | null;
  /** `payout`, `scripted`, the name of a fault, `invalid`, `unknown payout`, `balance`, `info`, `not found`, … */
  readonly outcome: string;
  /** The errors in the answer to an invalid request. */
  readonly errors?: FieldErrors;
}

/**
 * The record of a request. Headers and body contain a signature and ids: do not log them.
 *
 * @example
 * ```ts
 * const statusOf = ({ answer }: RecordedRequest): number | null => answer.status;
 * ```
 */
export interface RecordedRequest {
  /** The HTTP method. */
  readonly method: string;
  /** The path with its query. */
  readonly path: string;
  /** The headers, with names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The raw body. */
  readonly body: Buffer;
  /** When the body was complete. */
  readonly time: Date;
  /** The `id` or `order_id` of a valid status request. */
  readonly key?: PayoutKey;
  /** The answer. */
  readonly answer: RecordedAnswer;
  /** The payout in the answer, byte for byte, if it was one. */
  readonly payout?: string;
}

/** Adds a record, and removes the oldest one if there are more than `max`. */
export function keepRecord<T>(records: T[], record: T, max: number): void {
  records.push(record);
  if (records.length > max) records.shift();
}
