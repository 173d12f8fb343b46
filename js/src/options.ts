/**
 * The options of `new AliKassa({ … })`, whose types a program in JavaScript need not keep, and of its calls. What the former
 * say is judged by the WebAssembly module.
 *
 * @module
 */
import { InvalidRequestError } from "./errors.js";

/**
 * What `AliKassa` is made of.
 *
 * @example
 * ```ts
 * const options: AliKassaOptions = { account, privateKey, password, digest: "sha256", timeoutMs: 10_000, retries: 0 };
 * ```
 */
export interface AliKassaOptions {
  /** The account's UUID from AliKassa's cabinet. */
  readonly account: string;
  /** The text of `private.pem`, encrypted as it came in the archive, or in the clear. */
  readonly privateKey: string;
  /** The text of `password.txt`. */
  readonly password?: string | undefined;
  /** The hash under the signature: `sha1`, as PHP signs by default, or `sha256`. */
  readonly digest?: "sha1" | "sha256" | undefined;
  /** Where AliKassa is: `https://api-merchant.alikassa.com`. `http` is for loopback addresses alone. */
  readonly baseUrl?: string | undefined;
  /** The total time for one answer in milliseconds, retries included: 30000; at most 600000. */
  readonly timeoutMs?: number | undefined;
  /** How often the reading of a status is tried again after the first time: 2; at most 10. */
  readonly retries?: number | undefined;
  /** The function that sends requests, in place of the runtime's own. */
  readonly fetch?: typeof fetch | undefined;
}

/**
 * What a call takes besides.
 *
 * @example
 * ```ts
 * const payout = await alikassa.payoutStatus({ id: "100000536" }, { signal: AbortSignal.timeout(5000) });
 * ```
 */
export interface CallOptions {
  /** Ends the call: it rejects with a `GatewayError` whose code is `aborted`, and whose cause is the signal's reason. */
  readonly signal?: AbortSignal | undefined;
}

type Name<Type> = keyof {
  [Option in keyof AliKassaOptions as AliKassaOptions[Option] extends Type | undefined ? Option : never]: 1;
};

/**
 * A string, or `undefined` where there is none. No message shows a value: it may be a password.
 *
 * @internal
 */
export function text(options: AliKassaOptions, name: Name<string>): string | undefined {
  const value: unknown = read(options, name);
  if (value === undefined || typeof value === "string") return value;
  throw new InvalidRequestError(`${name} must be a string`);
}

/**
 * A string that must be there.
 *
 * @internal
 */
export function required(options: AliKassaOptions, name: "account" | "privateKey"): string {
  const value = text(options, name);
  if (value === undefined) throw new InvalidRequestError(`${name} is missing`);
  return value;
}

/**
 * A number, or `undefined` where there is none; `NaN`, which no limits let in, for what is no number.
 *
 * @internal
 */
export function number(options: AliKassaOptions, name: Name<number>): number | undefined {
  const value: unknown = read(options, name);
  return value === undefined || typeof value === "number" ? value : Number.NaN;
}

/** A getter that throws is no option that was left out. */
function read(options: AliKassaOptions, name: keyof AliKassaOptions): unknown {
  try {
    return options[name] ?? undefined;
  } catch (cause) {
    throw new InvalidRequestError(`${name} can't be read`, { cause });
  }
}
