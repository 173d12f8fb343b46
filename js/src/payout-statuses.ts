/**
 * Asking for the status of many payouts, some at a time.
 *
 * @module
 */
import { GatewayError, InvalidRequestError } from "./errors.js";
import { LinkedAbort } from "./linked-abort.js";
import { type CallOptions, wholeNumber } from "./options.js";
import type { Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";
import { abortedError } from "./wasm-failure.js";

/**
 * The options of `payoutStatuses`.
 *
 * @example
 * ```ts
 * const options: PayoutStatusesOptions = { concurrency: 3, signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface PayoutStatusesOptions extends CallOptions {
  /** How many requests are in progress at a time. Default: 6, the limit of connections in a Worker; at most 100. */
  readonly concurrency?: number | undefined;
}

const CONCURRENCY = 6;
const MAX_CONCURRENCY = 100;

type Ask = (query: PayoutQuery, options: CallOptions) => Promise<Payout>;

type Source = "open" | "reading" | "ended";

/** A query that was read and whose answer was not yet yielded. */
interface Slot<Query> {
  /** Returns the answer or throws; undefined while the request is in progress. */
  take?: () => PayoutAnswer<Query>;
}

/** @internal */
export function payoutStatuses<Query extends PayoutQuery>(
  ask: Ask,
  queries: Iterable<Query> | AsyncIterable<Query>,
  options: PayoutStatusesOptions,
): AsyncGenerator<PayoutAnswer<Query>, void, undefined> {
  const concurrency = wholeNumber("concurrency", options.concurrency, CONCURRENCY, MAX_CONCURRENCY);
  return new Window(ask, iteratorOf(queries), concurrency, options.signal).answers();
}

function iteratorOf<Query>(queries: Iterable<Query> | AsyncIterable<Query>): Iterator<Query> | AsyncIterator<Query> {
  const { [Symbol.asyncIterator]: async, [Symbol.iterator]: sync } = Object(queries);
  const iterate = async ?? sync;
  if (typeof iterate !== "function") throw new InvalidRequestError("the queries must be iterable, like an array");
  return iterate.call(queries);
}

/** The queries in progress, in their order. */
class Window<Query extends PayoutQuery> {
  readonly #ask: Ask;
  readonly #queries: Iterator<Query> | AsyncIterator<Query>;
  readonly #size: number;
  readonly #callerSignal: AbortSignal | undefined;
  readonly #abort: LinkedAbort;
  readonly #slots: Slot<Query>[] = [];
  #source: Source = "open";
  #change = Promise.withResolvers<void>();

  constructor(
    ask: Ask,
    queries: Iterator<Query> | AsyncIterator<Query>,
    size: number,
    callerSignal: AbortSignal | undefined,
  ) {
    this.#ask = ask;
    this.#queries = queries;
    this.#size = size;
    this.#callerSignal = callerSignal;
    this.#abort = new LinkedAbort(callerSignal);
  }

  async *answers(): AsyncGenerator<PayoutAnswer<Query>, void, undefined> {
    const { signal } = this.#abort;
    const notify = () => this.#notify();
    this.#abort.begin();
    signal.addEventListener("abort", notify);
    try {
      for (;;) {
        this.#fill();
        // After an abort no more answers come; those that have come must still be yielded.
        const place = signal.aborted ? this.#slots.findIndex(({ take }) => take !== undefined) : 0;
        const take = this.#slots[place]?.take;
        if (take !== undefined) {
          this.#slots.splice(0, place + 1);
          this.#fill();
          yield take();
        } else if (this.#source === "ended" && this.#slots.length === 0) {
          return;
        } else if (signal.aborted) {
          throw abortedError(this.#callerSignal);
        } else {
          await this.#change.promise;
        }
      }
    } finally {
      signal.removeEventListener("abort", notify);
      this.#abort.end();
      await this.#close();
    }
  }

  /** Reads queries and starts their requests while there is room. */
  async #fill(): Promise<void> {
    const { signal } = this.#abort;
    while (this.#source === "open" && this.#slots.length < this.#size && !signal.aborted) {
      this.#source = "reading";
      try {
        const { done, value } = await this.#queries.next();
        this.#source = done === true ? "ended" : "open";
        if (done !== true && !signal.aborted) this.#start(value);
      } catch (error) {
        // Thrown in its place, after the answers to the queries before it.
        this.#source = "ended";
        this.#slots.push({ take: throwing(error) });
      }
      this.#notify();
    }
  }

  async #start(query: Query): Promise<void> {
    const { signal } = this.#abort;
    const slot: Slot<Query> = {};
    this.#slots.push(slot);
    const take = await settle(query, this.#ask(query, { signal }));
    // An aborted request has no answer.
    if (!signal.aborted) slot.take = take;
    this.#notify();
  }

  #notify(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Lets the source clean up, as a `for` loop does on `break`. */
  async #close(): Promise<void> {
    if (this.#source === "ended") return;
    const closing = (async () => this.#queries.return?.())();
    // A source that waits for its next query may not react for a long time.
    if (this.#source === "open") await closing;
    else closing.catch(() => undefined);
  }
}

/** Waits for the answer. An error of the program itself is thrown where the answer is taken. */
async function settle<Query>(query: Query, answer: Promise<Payout>): Promise<() => PayoutAnswer<Query>> {
  try {
    const payout = await answer;
    return () => ({ query, payout });
  } catch (error) {
    const isAnswer = error instanceof GatewayError || error instanceof InvalidRequestError;
    return isAnswer ? () => ({ query, error }) : throwing(error);
  }
}

function throwing(error: unknown): () => never {
  return () => {
    throw error;
  };
}
