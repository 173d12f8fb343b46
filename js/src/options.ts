/**
 * The options of `new AliKassa({ … })` and of its calls, and the checks of their types, which a JavaScript program may ignore.
 *
 * @module
 */
import { InvalidRequestError } from "./errors.js";

/**
 * The options of `new AliKassa({ … })`.
 *
 * @example
 * ```ts
 * const options: AliKassaOptions = { account, privateKey, password, digest: "sha256", timeoutMs: 10_000, retries: 0 };
 * ```
 */
export interface AliKassaOptions {
  /** The account's UUID from AliKassa's cabinet. */
  readonly account: string;
  /** The text of `private.pem`: encrypted, as it came in the archive, or in the clear. */
  readonly privateKey: string;
  /** The text of `password.txt`. */
  readonly password?: string | undefined;
  /** The hash of the signature: `sha1` (the default, as in AliKassa's PHP sample) or `sha256`. */
  readonly digest?: "sha1" | "sha256" | undefined;
  /** AliKassa's address. Default: `https://api-merchant.alikassa.com`. `http` is allowed for loopback addresses only. */
  readonly baseUrl?: string | undefined;
  /** The time limit of one call in milliseconds, retries included. Default: 30000; at most 600000. */
  readonly timeoutMs?: number | undefined;
  /** How often a status request is retried after the first attempt. Default: 2; at most 10. */
  readonly retries?: number | undefined;
  /** The function that sends requests. Default: the runtime's `fetch`. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * The options of a call.
 *
 * @example
 * ```ts
 * const payout = await alikassa.payoutStatus({ id: "100000536" }, { signal: AbortSignal.timeout(5000) });
 * ```
 */
export interface CallOptions {
  /**
   * Aborts the call. It rejects with an error whose `name` is `AbortError` and whose `code` is `aborted`; the `cause` is the
   * signal's reason.
   */
  readonly signal?: AbortSignal | undefined;
}

/** The options that the WebAssembly module reads: their types are right, their values it checks itself. */
interface WasmOptions {
  account: string;
  privateKey: string;
  password: string | undefined;
  digest: string | undefined;
  baseUrl: string | undefined;
  timeoutMs: number | undefined;
  retries: number | undefined;
}

/**
 * Reads each option once and checks its type. No message quotes a value, which may be a password.
 *
 * @throws {@link InvalidRequestError} if an option is missing or has the wrong type.
 * @internal
 */
export function readOptions(options: AliKassaOptions): { readonly fetch: unknown; readonly wasm: WasmOptions } {
  if (typeof options !== "object" || options === null) throw new InvalidRequestError("the options must be an object");
  const fetch = read(options, "fetch");
  const wasm = {
    account: required("account", text(options, "account")).trim(),
    privateKey: required("privateKey", text(options, "privateKey")),
    password: text(options, "password"),
    digest: text(options, "digest")?.trim(),
    baseUrl: text(options, "baseUrl")?.trim(),
    timeoutMs: number(options, "timeoutMs"),
    retries: number(options, "retries"),
  };
  return { fetch, wasm };
}

/**
 * The value of an option that is a whole number, or its default.
 *
 * @throws {@link InvalidRequestError} for anything but a whole number from 1 to `max`.
 * @internal
 */
export function wholeNumber(name: string, value: number | undefined, defaultValue: number, max: number): number {
  if (value === undefined) return defaultValue;
  if (!Number.isInteger(value) || value < 1 || value > max)
    throw new InvalidRequestError(`${name} must be a whole number from 1 to ${max}`);
  return value;
}

/**
 * The signal, or `undefined` for none.
 *
 * @throws {@link InvalidRequestError} if it is not an `AbortSignal`: the call could never be aborted.
 * @internal
 */
export function requireSignal(signal: AbortSignal | null | undefined): AbortSignal | undefined {
  if (signal === undefined || signal === null) return undefined;
  if (typeof signal.aborted !== "boolean" || typeof signal.addEventListener !== "function")
    throw new InvalidRequestError("signal must be an AbortSignal");
  return signal;
}

function text(options: AliKassaOptions, name: keyof AliKassaOptions): string | undefined {
  const value = read(options, name);
  if (value === undefined || typeof value === "string") return value;
  throw new InvalidRequestError(`${name} must be a string`);
}

function required(name: string, value: string | undefined): string {
  if (value === undefined) throw new InvalidRequestError(`${name} is missing`);
  return value;
}

/** `NaN`, which is outside of all limits, stands for everything that is not a number. */
function number(options: AliKassaOptions, name: keyof AliKassaOptions): number | undefined {
  const value = read(options, name);
  return value === undefined || typeof value === "number" ? value : Number.NaN;
}

function read(options: AliKassaOptions, name: keyof AliKassaOptions): unknown {
  try {
    return options[name] ?? undefined;
  } catch (cause) {
    throw new InvalidRequestError(`${name} can't be read`, { cause });
  }
}
