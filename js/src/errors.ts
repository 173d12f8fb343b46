/**
 * What can go wrong, as a small tree of classes.
 *
 * @module
 */
import type { Payout } from "./payout.js";

/**
 * A machine-readable name for what went wrong.
 *
 * The `upstream_*` ones, `aborted` and `wait_timeout` mean that the state of the payout is **unknown**. `disposed` means that
 * an `AliKassa` was used after its end, and that this question was not sent. None of the codes means that a payout failed.
 *
 * @example
 * ```ts
 * const mayBeAskedAgain: ReadonlySet<ErrorCode> = new Set(["upstream_timeout", "upstream_unreachable", "wait_timeout"]);
 * ```
 */
export type ErrorCode =
  | "aborted"
  | "bad_key"
  | "disposed"
  | "invalid_request"
  | "invalid_signature"
  | "signing_failed"
  | "upstream_invalid"
  | "upstream_status"
  | "upstream_timeout"
  | "upstream_unreachable"
  | "wait_timeout";

/**
 * What this package finds wrong: one of the classes below, or, with the code `disposed`, this class itself.
 *
 * What others throw passes through and is none of them: the file system's error where `fromArchive` can't read a file, and what
 * code of yours throws that the package calls, like `onUpdate` or an iterator of queries. What your `fetch` throws does not: that
 * is a {@link GatewayError}.
 *
 * @example
 * ```ts
 * import { AliKassa, AliKassaError } from "alikassa-edge";
 *
 * try {
 *   new AliKassa({ account: "93d5df06-996c-48c3-9847-348d6b580b80", privateKey: "not a key" });
 * } catch (error) {
 *   if (error instanceof AliKassaError) console.error(error.code, error.message); // bad_key there is no PEM in it …
 * }
 * ```
 */
export class AliKassaError extends Error {
  /** The class's name, which stays what it is in a bundle that was made small. */
  override readonly name: string = "AliKassaError";
  /** What went wrong, for programs. */
  readonly code: ErrorCode;

  /** @internal */
  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/**
 * A key can't be opened or used: the message says what is wrong with it and what to do. It never holds a piece of the key
 * or of the password.
 *
 * @example
 * ```ts
 * try {
 *   alikassa = new AliKassa({ account, privateKey, password });
 * } catch (error) {
 *   if (error instanceof KeyError) console.error("private.pem and password.txt:", error.message);
 *   throw error;
 * }
 * ```
 */
export class KeyError extends AliKassaError {
  override readonly name: string = "KeyError";
  override readonly code: "bad_key" | "signing_failed";

  /** @internal */
  constructor(code: "bad_key" | "signing_failed", message: string) {
    super(code, message);
    this.code = code;
  }
}

/**
 * An option or an argument is missing or of no use: nothing was sent.
 *
 * @example
 * ```ts
 * await alikassa.payoutStatus({ id: "" }).catch((error) => error instanceof InvalidRequestError); // true
 * ```
 */
export class InvalidRequestError extends AliKassaError {
  override readonly name: string = "InvalidRequestError";
  override readonly code: "invalid_request" = "invalid_request" as const;

  /** @internal */
  constructor(message: string, options?: ErrorOptions) {
    super("invalid_request", message, options);
  }
}

/**
 * A notification that AliKassa did not sign, or not as it came: nothing of it is to be used. The message says what is
 * wrong with it, and shows none of its values.
 *
 * @example
 * ```ts
 * import { SignatureError, verifyNotification } from "alikassa-edge";
 *
 * try {
 *   verifyNotification(request.url, publicPem);
 * } catch (error) {
 *   if (!(error instanceof SignatureError)) throw error;
 *   return new Response(error.code, { status: 403 }); // invalid_signature
 * }
 * ```
 */
export class SignatureError extends AliKassaError {
  override readonly name: string = "SignatureError";
  override readonly code: "invalid_signature" = "invalid_signature" as const;

  /** @internal */
  constructor(message: string, options?: ErrorOptions) {
    super("invalid_signature", message, options);
  }
}

/**
 * What a {@link GatewayError} is made of.
 *
 * @example
 * ```ts
 * const report = ({ advice, upstreamStatus, upstreamMessage }: GatewayErrorDetails): string =>
 *   `${advice} (HTTP ${upstreamStatus ?? "–"} ${upstreamMessage ?? ""})`;
 * ```
 */
export interface GatewayErrorDetails {
  /** The rule that guards money, in one sentence, fit to be shown. */
  readonly advice: string;
  /** How many requests were sent; undefined where the caller gave up, or waited for more than one answer. */
  readonly attempts?: number;
  /** What AliKassa says of each field of the request, where it says so. */
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  /** Whether the same question, asked again later, may get an answer. */
  readonly retryable: boolean;
  /** What AliKassa says went wrong, where it says so. */
  readonly upstreamMessage?: string;
  /** The HTTP status that AliKassa answered with, where it answered. */
  readonly upstreamStatus?: number;
}

/**
 * AliKassa did not answer with the payout, so **the state of the payout is unknown**: it may have been paid, and it must
 * not be cancelled or repeated for this error's sake. There is no `payment_status` in this type.
 *
 * @example
 * ```ts
 * try {
 *   const payout = await alikassa.payoutStatus({ orderId });
 *   await book(payout.payment_status);
 * } catch (error) {
 *   if (!(error instanceof GatewayError)) throw error;
 *   await askAgainLater(orderId, error.code); // error.payoutState is "unknown"
 * }
 * ```
 */
export class GatewayError extends AliKassaError implements GatewayErrorDetails {
  override readonly name: string = "GatewayError";
  /** Always "unknown". */
  readonly payoutState: "unknown" = "unknown" as const;
  readonly advice: string;
  readonly attempts?: number;
  readonly errors?: Readonly<Record<string, readonly string[]>>;
  readonly retryable: boolean;
  readonly upstreamMessage?: string;
  readonly upstreamStatus?: number;

  /** @internal */
  constructor(code: ErrorCode, message: string, details: GatewayErrorDetails, options?: ErrorOptions) {
    super(code, message, options);
    this.advice = details.advice;
    this.retryable = details.retryable;
    if (details.attempts !== undefined) this.attempts = details.attempts;
    if (details.errors !== undefined) this.errors = details.errors;
    if (details.upstreamMessage !== undefined) this.upstreamMessage = details.upstreamMessage;
    if (details.upstreamStatus !== undefined) this.upstreamStatus = details.upstreamStatus;
  }
}

/** The rule that guards money, for errors that are not made by the WebAssembly module, in its very words. */
export const ADVICE =
  "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.";

/**
 * `waitForPayout` has given up, since the payout was not final in time: **its state is unknown**, and it may become `paid` at any
 * moment. The `cause` is the error that the last question ended with, if it did.
 *
 * @example
 * ```ts
 * try {
 *   await book(await alikassa.waitForPayout({ orderId }, { timeoutMs: 60_000 }));
 * } catch (error) {
 *   if (!(error instanceof WaitTimeoutError)) throw error;
 *   await askAgainLater(orderId); // neither cancelled nor repeated
 * }
 * ```
 */
export class WaitTimeoutError extends GatewayError {
  override readonly name: string = "WaitTimeoutError";
  override readonly code: "wait_timeout" = "wait_timeout" as const;
  readonly #lastPayout: Payout | undefined;

  /** @internal */
  constructor(timeoutMs: number, lastPayout: Payout | undefined, lastError: GatewayError | undefined) {
    const message = `the payout's state is unknown: it was not final within ${timeoutMs} ms`;
    const options = lastError === undefined ? undefined : { cause: lastError };
    super("wait_timeout", message, { advice: ADVICE, retryable: true }, options);
    this.#lastPayout = lastPayout;
  }

  /**
   * The payout as AliKassa answered with it last, if it did: it was not final then. A method and no property, so that no log of
   * this error shows a status, which by now may be another.
   */
  lastPayout(): Payout | undefined {
    return this.#lastPayout;
  }
}
