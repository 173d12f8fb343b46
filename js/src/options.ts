/**
 * The options of `new AliKassa({ … })`, whose types a program in JavaScript need not keep. What they say is judged by the
 * WebAssembly module.
 *
 * @internal
 */
import type { AliKassaOptions } from "./alikassa.js";
import { InvalidRequestError } from "./errors.js";

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
