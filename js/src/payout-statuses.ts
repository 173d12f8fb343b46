/**
 * Asking for many payouts, some at a time.
 *
 * @module
 */
import { GatewayError, InvalidRequestError } from "./errors.js";
import { abortedError } from "./failure.js";
import type { CallOptions } from "./options.js";
import { Patience } from "./patience.js";
import type { Payout, PayoutQuery } from "./payout.js";
import type { PayoutAnswer } from "./payout-answer.js";
import { wholeNumber } from "./whole-number.js";

/**
 * How `payoutStatuses` asks.
 *
 * @example
 * ```ts
 * const options: PayoutStatusesOptions = { concurrency: 3, signal: AbortSignal.timeout(60_000) };
 * ```
 */
export interface PayoutStatusesOptions extends CallOptions {
  /** How many payouts are asked for at a time: 6, which is also the most that a Worker has connections for; at most 100. */
  readonly concurrency?: number | undefined;
}

const CONCURRENCY = 6;
const MAX_CONCURRENCY = 100;

type Ask = (query: PayoutQuery, options: CallOptions) => Promise<Payout>;

type Source = "open" | "reading" | "ended";

/** A query that has been read and not yet been handed out. */
interface Asked<Query> {
  /** Its answer, or how its place throws; `undefined` while there is none. */
  take?: () => PayoutAnswer<Query>;
}

/**
 * Asks for all of them.
 *
 * @internal
 */
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

/** The part of the queries that is being asked for, in their order. */
class Window<Query extends PayoutQuery> {
  readonly #ask: Ask;
  readonly #queries: Iterator<Query> | AsyncIterator<Query>;
  readonly #size: number;
  readonly #followed: AbortSignal | undefined;
  readonly #patience: Patience;
  readonly #asked: Asked<Query>[] = [];
  #source: Source = "open";
  #change = Promise.withResolvers<void>();

  constructor(
    ask: Ask,
    queries: Iterator<Query> | AsyncIterator<Query>,
    size: number,
    followed: AbortSignal | undefined,
  ) {
    this.#ask = ask;
    this.#queries = queries;
    this.#size = size;
    this.#followed = followed;
    this.#patience = new Patience(followed);
  }

  async *answers(): AsyncGenerator<PayoutAnswer<Query>, void, undefined> {
    const { signal } = this.#patience;
    const changed = () => this.#changed();
    this.#patience.begin();
    signal.addEventListener("abort", changed);
    try {
      for (;;) {
        this.#fill();
        // Whoever has no answer by the time of an abort will get none; whoever has one must not lose it.
        const place = signal.aborted ? this.#asked.findIndex(({ take }) => take !== undefined) : 0;
        const take = this.#asked[place]?.take;
        if (take !== undefined) {
          this.#asked.splice(0, place + 1);
          this.#fill();
          yield take();
        } else if (this.#source === "ended" && this.#asked.length === 0) {
          return;
        } else if (signal.aborted) {
          throw abortedError(this.#followed);
        } else {
          await this.#change.promise;
        }
      }
    } finally {
      signal.removeEventListener("abort", changed);
      this.#patience.end();
      await this.#close();
    }
  }

  /** Reads queries and asks for them while there is room. */
  async #fill(): Promise<void> {
    const { signal } = this.#patience;
    while (this.#source === "open" && this.#asked.length < this.#size && !signal.aborted) {
      this.#source = "reading";
      try {
        const { done, value } = await this.#queries.next();
        this.#source = done === true ? "ended" : "open";
        if (done !== true && !signal.aborted) this.#start(value);
      } catch (error) {
        // In its place, after what was read before it.
        this.#source = "ended";
        this.#asked.push({ take: throwing(error) });
      }
      this.#changed();
    }
  }

  async #start(query: Query): Promise<void> {
    const { signal } = this.#patience;
    const asked: Asked<Query> = {};
    this.#asked.push(asked);
    const take = await taking(query, this.#ask(query, { signal }));
    // What ends because it was given up is no answer.
    if (!signal.aborted) asked.take = take;
    this.#changed();
  }

  #changed(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }

  /** Lets the source clean up, as a `for` loop does that is left early. */
  async #close(): Promise<void> {
    if (this.#source === "ended") return;
    const closing = (async () => this.#queries.return?.())();
    // A source that is waiting for its own next query may wait for long before it listens.
    if (this.#source === "open") await closing;
    else closing.catch(() => undefined);
  }
}

/** Waits for the answer to a question, and how to hand it out; a mistake in the program is thrown where it is taken. */
async function taking<Query>(query: Query, asked: Promise<Payout>): Promise<() => PayoutAnswer<Query>> {
  try {
    const payout = await asked;
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
