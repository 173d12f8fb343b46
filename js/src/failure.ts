/**
 * From the failure objects of the WebAssembly module to the error classes.
 *
 * @internal
 */
import {
  ADVICE,
  type AliKassaError,
  type ErrorCode,
  GatewayError,
  type GatewayErrorDetails,
  InvalidRequestError,
  KeyError,
  SignatureError,
} from "./errors.js";

/** What `src/edges/js/failure.rs` throws. */
type Failure =
  | { kind: "key"; code: "bad_key" | "signing_failed"; message: string }
  | { kind: "request"; code: "invalid_request"; message: string }
  | { kind: "signature"; code: "invalid_signature"; message: string }
  | { kind: "gateway"; code: ErrorCode; message: string; gateway: GatewayErrorDetails };

/**
 * Runs a call into the module and throws what it throws as an error class.
 *
 * @internal
 */
export function translated<T>(call: () => T): T {
  try {
    return call();
  } catch (thrown) {
    throw toError(thrown);
  }
}

/**
 * The error for what the module threw or rejected with. `signal` gives the cause of an aborted call.
 *
 * @internal
 */
export function toError(thrown: unknown, signal?: AbortSignal): AliKassaError | Error {
  if (!isFailure(thrown)) return thrown instanceof Error ? thrown : new Error(String(thrown));
  switch (thrown.kind) {
    case "key":
      return new KeyError(thrown.code, thrown.message);
    case "request":
      return new InvalidRequestError(thrown.message);
    case "signature":
      return new SignatureError(thrown.message);
    case "gateway": {
      const cause = thrown.code === "aborted" ? { cause: signal?.reason } : undefined;
      return new GatewayError(thrown.code, thrown.message, thrown.gateway, cause);
    }
  }
}

/**
 * The error for work that its `signal` ended between two calls, as a call would have ended with.
 *
 * @internal
 */
export function abortedError(signal: AbortSignal | undefined): GatewayError {
  const message = "the payout's state is unknown: the caller gave up before AliKassa answered";
  return new GatewayError("aborted", message, { advice: ADVICE, retryable: true }, { cause: signal?.reason });
}

function isFailure(thrown: unknown): thrown is Failure {
  return typeof thrown === "object" && thrown !== null && "kind" in thrown && !(thrown instanceof Error);
}
