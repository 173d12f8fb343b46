/**
 * Aborting work that consists of several calls.
 *
 * @internal
 */
import { requireSignal } from "./options.js";

/**
 * An `AbortSignal` that aborts together with the caller's signal, or when the work ends by itself.
 *
 * Not `AbortSignal.any`: engines keep its listener for as long as the caller's signal lives.
 *
 * @internal
 */
export class LinkedAbort {
  readonly #controller = new AbortController();
  readonly #caller: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#caller?.reason);

  /** @throws {@link InvalidRequestError} if `caller` is not an `AbortSignal`. */
  constructor(caller: AbortSignal | null | undefined) {
    this.#caller = requireSignal(caller);
  }

  /** Starts to follow the caller's signal, until {@link end}. */
  begin(): void {
    if (this.#caller?.aborted) this.#follow();
    else this.#caller?.addEventListener("abort", this.#follow);
  }

  /** The signal for each call. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Aborts the calls in progress and removes the listener from the caller's signal, which may live long. */
  end(): void {
    this.#caller?.removeEventListener("abort", this.#follow);
    this.#controller.abort();
  }

  /** Resolves after this many milliseconds, or as soon as the signal aborts. */
  sleep(milliseconds: number): Promise<void> {
    const { signal } = this;
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, milliseconds);
      if (signal.aborted) done();
      else signal.addEventListener("abort", done);
    });
  }
}
