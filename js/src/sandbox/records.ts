/**
 * What the sandbox writes down of what it was asked, and of what it answered.
 */
import type { IncomingHttpHeaders } from "node:http";
import type { FieldErrors } from "./answers.js";
import type { PayoutKey } from "./payouts.js";

/** What a request was answered with. */
export interface RecordedAnswer {
  /** HTTP status, or `null` if none was sent. */
  readonly status: number | null;
  /** `payout`, `scripted`, the name of a fault, `invalid`, `unknown payout`, `balance`, `info`, `not found`, … */
  readonly outcome: string;
  /** The errors that were sent, if it was invalid. */
  readonly errors?: FieldErrors;
}

/** A request as it came in. Headers and body hold a signature and ids: fine to assert on, not to log. */
export interface RecordedRequest {
  /** HTTP method. */
  readonly method: string;
  /** Path with the query, as it was sent. */
  readonly path: string;
  /** All headers, names in lower case. */
  readonly headers: IncomingHttpHeaders;
  /** The raw body. */
  readonly body: Buffer;
  /** When it had been read in full. */
  readonly time: Date;
  /** By what a payout was asked for; missing if the request never got so far. */
  readonly key?: PayoutKey;
  /** What it was answered with. */
  readonly answer: RecordedAnswer;
  /** The payout that it was answered with, byte for byte; missing for every other answer. */
  readonly payout?: string;
}
