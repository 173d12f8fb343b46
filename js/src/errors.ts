/**
 * The errors of this package, as a small tree of classes.
 *
 * ```text
 * AliKassaError
 * ├─ KeyError             bad_key, signing_failed
 * ├─ InvalidRequestError  invalid_request
 * ├─ VerificationError    invalid_signature
 * ├─ ClosedError          disposed
 * └─ RequestError         upstream_status, upstream_invalid, upstream_unreachable, upstream_timeout, signing_failed, aborted
 *    └─ GatewayError      the same, about a payout: its state is unknown
 *       └─ WaitTimeoutError  wait_timeout
 * ```
 *
 * @module
 */
import type { Payout } from "./payout.js";

/**
 * The codes of a {@link RequestError}. `wait_timeout` is that of `waitForPayout` alone.
 *
 * @example
 * ```ts
 * const isTimeout = ({ code }: GatewayError): boolean => code === "upstream_timeout" || code === "wait_timeout";
 * ```
 */
export type RequestErrorCode =
  | "aborted"
  | "signing_failed"
  | "upstream_invalid"
  | "upstream_status"
  | "upstream_timeout"
  | "upstream_unreachable"
  | "wait_timeout";

/**
 * Every machine-readable code of this package's errors. None of them means that a payout failed.
 *
 * @example
 * ```ts
 * function nextStep(code: AliKassaErrorCode): "fix the configuration" | "fix the program" | "ask again later" {
 *   switch (code) {
 *     case "bad_key":
 *     case "signing_failed":
 *       return "fix the configuration";
 *     case "disposed":
 *     case "invalid_request":
 *     case "invalid_signature":
 *       return "fix the program";
 *     default:
 *       return "ask again later"; // upstream_*, aborted, wait_timeout
 *   }
 * }
 * ```
 */
export type AliKassaErrorCode = "bad_key" | "disposed" | "invalid_request" | "invalid_signature" | RequestErrorCode;

/**
 * The base class of all errors that this package throws.
 *
 * Errors of other code pass through unchanged: the file system's error where `fromArchive` can't read a file, and whatever
 * your `onUpdate` or your iterator of queries throws. What your `fetch` throws does not pass through: it becomes a
 * {@link RequestError}.
 *
 * @example
 * ```ts
 * import { AliKassa, AliKassaError } from "alikassa-edge";
 *
 * try {
 *   new AliKassa({ account: "93d5df06-996c-48c3-9847-348d6b580b80", privateKey: "not a key" });
 * } catch (error) {
 *   if (error instanceof AliKassaError) console.error(error.code, error.message); // bad_key …
 * }
 * ```
 */
export abstract class AliKassaError extends Error {
  /** The name of the class, also in a minified bundle; `AbortError` for an aborted call. */
  abstract override readonly name: string;
  /** What went wrong, for programs. */
  abstract readonly code: AliKassaErrorCode;
}

/**
 * A key does not open, or does not sign. The message says why and what to do, and never holds a part of the key or of the
 * password.
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
  /** What is wrong: the first part of the message. */
  readonly problem: string;
  /** What to do, in one sentence: the second part of the message. */
  readonly remedy: string;

  /** The package creates these; the constructor is public for tests of your own. */
  constructor(code: "bad_key" | "signing_failed", problem: string, remedy: string) {
    super(`${problem}. ${remedy}`);
    this.code = code;
    this.problem = problem;
    this.remedy = remedy;
  }
}

/**
 * An option or an argument is missing or invalid. Nothing was sent.
 *
 * @example
 * ```ts
 * await alikassa.payoutStatus({ id: "" }).catch((error) => error instanceof InvalidRequestError); // true
 * ```
 */
export class InvalidRequestError extends AliKassaError {
  override readonly name: string = "InvalidRequestError";
  override readonly code: "invalid_request" = "invalid_request" as const;
}

/**
 * AliKassa did not sign this notification, or it was changed on its way. Use nothing of it. The message says what is wrong
 * and quotes none of the values.
 *
 * @example
 * ```ts
 * import { VerificationError, verifyNotification } from "alikassa-edge";
 *
 * try {
 *   verifyNotification(request.url, publicPem);
 * } catch (error) {
 *   if (!(error instanceof VerificationError)) throw error;
 *   return new Response(error.code, { status: 403 }); // invalid_signature
 * }
 * ```
 */
export class VerificationError extends AliKassaError {
  override readonly name: string = "VerificationError";
  override readonly code: "invalid_signature" = "invalid_signature" as const;
}

/**
 * The client was disposed of before this call. Nothing was sent.
 *
 * @example
 * ```ts
 * const isClosed = (error: unknown): boolean => error instanceof ClosedError;
 * ```
 */
export class ClosedError extends AliKassaError {
  override readonly name: string = "ClosedError";
  override readonly code: "disposed" = "disposed" as const;
}

/**
 * The facts in a {@link RequestError}.
 *
 * @example
 * ```ts
 * const describe = ({ upstreamStatus, upstreamMessage }: RequestErrorDetails): string =>
 *   `HTTP ${upstreamStatus ?? "–"} ${upstreamMessage ?? ""}`;
 * ```
 */
export interface RequestErrorDetails {
  /** How many requests were sent. Undefined for `aborted` and `wait_timeout`. */
  readonly attempts: number | undefined;
  /** AliKassa's messages about each field of the request. */
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;
  /**
   * Whether the same request may be answered later. This says nothing about safety: a request that moves money must not be
   * repeated for it.
   */
  readonly retryable: boolean;
  /** AliKassa's `message`. */
  readonly upstreamMessage: string | undefined;
  /** The HTTP status of AliKassa's answer. */
  readonly upstreamStatus: number | undefined;
}

/**
 * AliKassa did not answer a request with HTTP 200 and JSON.
 *
 * `request()` throws this class. After a method that moves money, the payout **may have been made**: ask for its status by
 * `order_id` before anything else. About the state of a payout there is the subclass {@link GatewayError}.
 *
 * @example
 * ```ts
 * const balance = await alikassa.request("v1/account/balance", []).catch((error: unknown) => {
 *   if (!(error instanceof RequestError)) throw error;
 *   console.error(error.code, error.upstreamStatus, error.message);
 * });
 * ```
 */
export class RequestError extends AliKassaError implements RequestErrorDetails {
  override readonly name: string;
  override readonly code: RequestErrorCode;
  readonly attempts: number | undefined;
  readonly errors: Readonly<Record<string, readonly string[]>> | undefined;
  readonly retryable: boolean;
  readonly upstreamMessage: string | undefined;
  readonly upstreamStatus: number | undefined;

  /** The package creates these; the constructor is public for tests of your own. */
  constructor(code: RequestErrorCode, message: string, details: Partial<RequestErrorDetails>, options?: ErrorOptions) {
    super(message, options);
    this.name = code === "aborted" ? "AbortError" : "RequestError";
    this.code = code;
    this.attempts = details.attempts;
    this.errors = details.errors;
    this.retryable = details.retryable ?? false;
    this.upstreamMessage = details.upstreamMessage;
    this.upstreamStatus = details.upstreamStatus;
  }
}

/** The rule that guards money, in the words of the WebAssembly module, for errors that are made here. */
const ADVICE =
  "The state of this payout is unknown: do not cancel or repeat it on your side; ask again later, or check it with AliKassa's support.";

/**
 * AliKassa did not answer with the payout, so **the state of the payout is unknown**. It may have been paid: do not cancel or
 * repeat it because of this error. The type has no `payment_status`.
 *
 * An aborted call throws this class with the code `aborted` and the name `AbortError`; its `cause` is the signal's reason.
 *
 * @example
 * ```ts
 * try {
 *   const payout = await alikassa.payoutStatus({ order_id });
 *   await book(payout.payment_status);
 * } catch (error) {
 *   if (!(error instanceof GatewayError)) throw error;
 *   await askAgainLater(order_id, error.code); // error.payoutState is "unknown"
 * }
 * ```
 */
export class GatewayError extends RequestError {
  override readonly name: string;
  /** Always "unknown". */
  readonly payoutState: "unknown" = "unknown" as const;
  /** The rule that guards money, in one sentence that can be shown to people. */
  readonly advice: string;

  /** The package creates these; the constructor is public for tests of your own. */
  constructor(
    code: RequestErrorCode,
    message: string,
    details: Partial<RequestErrorDetails> & { readonly advice?: string | undefined },
    options?: ErrorOptions,
  ) {
    super(code, message, details, options);
    this.advice = details.advice ?? ADVICE;
    this.name = code === "aborted" ? "AbortError" : "GatewayError";
  }
}

/**
 * `waitForPayout` reached its time limit before the payout was final. **The state of the payout is unknown**; it may become
 * `paid` at any moment. The `cause` is the error of the last status request, if it failed.
 *
 * @example
 * ```ts
 * try {
 *   await book(await alikassa.waitForPayout({ order_id }, { timeoutMs: 60_000 }));
 * } catch (error) {
 *   if (!(error instanceof WaitTimeoutError)) throw error;
 *   await askAgainLater(order_id); // neither cancelled nor repeated
 * }
 * ```
 */
export class WaitTimeoutError extends GatewayError {
  override readonly name: string = "WaitTimeoutError";
  override readonly code: "wait_timeout" = "wait_timeout" as const;
  readonly #lastPayout: Payout | undefined;

  /** The package creates these; the constructor is public for tests of your own. */
  constructor(timeoutMs: number, lastPayout?: Payout, lastError?: GatewayError) {
    const message = `the payout's state is unknown: it was not final within ${timeoutMs} ms`;
    super("wait_timeout", message, { retryable: true }, lastError === undefined ? undefined : { cause: lastError });
    this.#lastPayout = lastPayout;
  }

  /**
   * The last payout that AliKassa answered with, if any; it was not final. This is a method so that a log of the error shows
   * no `payment_status`, which may have changed since.
   */
  lastPayout(): Payout | undefined {
    return this.#lastPayout;
  }
}
