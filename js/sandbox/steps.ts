/**
 * A planned answer, in a script for one payout or in a schedule for all.
 */
import { type FaultName, findFault } from "./faults.js";

/**
 * An answer given in full.
 *
 * @example
 * ```ts
 * const overloaded: ScriptedAnswer = { status: 503, headers: { "Retry-After": "7" } };
 * ```
 */
export interface ScriptedAnswer {
  /** The HTTP status. Default: 200. */
  readonly status?: number;
  /** Headers that replace those of the default answer one by one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body. Default: the payout for 200, else an error like AliKassa's. */
  readonly body?: string | Uint8Array;
  /** The delay in milliseconds. Default: 0. */
  readonly delayMs?: number;
}

/**
 * The payout, a fault by its name without `fault-`, or an answer given in full.
 *
 * @example
 * ```ts
 * const steps: Step[] = ["cut", { status: 503 }, "payout"];
 * ```
 */
export type Step = "payout" | FaultName | ScriptedAnswer;

/**
 * Checks a step when it is planned, so that the error shows the caller.
 * @throws RangeError for an unknown step.
 */
export function checkStep(step: Step): void {
  if (typeof step === "string" && step !== "payout" && findFault(step) === undefined)
    throw new RangeError(`the sandbox has no step "${step}": see FAULTS`);
}
