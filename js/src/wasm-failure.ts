/**
 * Error classes for the failure objects of the WebAssembly module.
 *
 * @internal
 */
import {
  GatewayError,
  InvalidRequestError,
  KeyError,
  RequestError,
  type RequestErrorCode,
  VerificationError,
} from "./errors.js";

/** What `js/bindings/src/failure.rs` throws. A Map, since an object could not hold a field named `__proto__`. */
type Failure =
  | { kind: "key"; code: "bad_key" | "signing_failed"; problem: string; remedy: string }
  | { kind: "invalidRequest" | "verification"; message: string }
  | {
      kind: "request" | "payoutStatus";
      code: RequestErrorCode;
      message: string;
      advice: string | undefined;
      attempts: number | undefined;
      errors: ReadonlyMap<string, readonly string[]> | undefined;
      retryable: boolean;
      upstreamMessage: string | undefined;
      upstreamStatus: number | undefined;
    };

/**
 * Calls the module, and throws its failures as error classes.
 *
 * @internal
 */
export function callWasm<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw toError(thrown);
  }
}

/**
 * The error for what the module threw or rejected with. The reason of `signal` becomes the cause of an aborted call.
 *
 * @internal
 */
export function toError(thrown: unknown, signal?: AbortSignal): Error {
  if (!isFailure(thrown)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  switch (thrown.kind) {
    case "key":
      return new KeyError(thrown.code, thrown.problem, thrown.remedy);
    case "invalidRequest":
      return new InvalidRequestError(thrown.message);
    case "verification":
      return new VerificationError(thrown.message);
    case "request":
    case "payoutStatus": {
      const { kind, code, message, errors, ...details } = thrown;
      const Class = kind === "request" ? RequestError : GatewayError;
      const cause = code === "aborted" ? { cause: signal?.reason } : undefined;
      return new Class(code, message, { ...details, errors: errors && Object.fromEntries(errors) }, cause);
    }
  }
}

/**
 * The error of work that `signal` ended between two calls of the module: the same that a call would have thrown.
 *
 * @internal
 */
export function abortedError(signal: AbortSignal | undefined): GatewayError {
  const message = "the payout's state is unknown: the call was aborted before AliKassa answered";
  return new GatewayError("aborted", message, { retryable: true }, { cause: signal?.reason });
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && "kind" in thrown && !(thrown instanceof Error);
}
