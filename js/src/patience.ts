/**
 * Giving up: a caller's signal that is followed, and a pause that can be ended.
 *
 * @internal
 */
import { InvalidRequestError } from "./errors.js";

/**
 * What a longer work gives to each of its calls: aborted when the caller's signal is, or when the work itself gives up.
 *
 * @internal
 */
export class Patience {
  readonly #controller = new AbortController();
  readonly #followed: AbortSignal | undefined;
  readonly #follow = (): void => this.#controller.abort(this.#followed?.reason);

  /** @throws {@link InvalidRequestError} for what is no signal: the work could never be given up by it. */
  constructor(followed: AbortSignal | null | undefined) {
    if (followed === undefined || followed === null) return;
    if (typeof followed.aborted !== "boolean" || typeof followed.addEventListener !== "function")
      throw new InvalidRequestError("signal must be an AbortSignal");
    this.#followed = followed;
  }

  /** Begins to follow the caller's signal, up to {@link end}. */
  begin(): void {
    if (this.#followed?.aborted) this.#follow();
    else this.#followed?.addEventListener("abort", this.#follow);
  }

  /** For the calls. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ends the calls that are under way, and lets go of the caller's signal: it may live long. */
  end(): void {
    this.#followed?.removeEventListener("abort", this.#follow);
    this.#controller.abort();
  }

  /** Resolves after so many milliseconds, or as soon as there is nothing to be patient for. */
  pause(milliseconds: number): Promise<void> {
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
