/**
 * One answer that is planned: in a script for one payout, or in a schedule for all.
 */
import { type FaultName, findFault } from "./faults.js";

/** An answer in so many words. */
export interface ScriptedAnswer {
  /** HTTP status; 200 by default. */
  readonly status?: number;
  /** Headers, which replace those of the default answer one by one. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Body; by default the payout with a 200, and else an error as AliKassa's. */
  readonly body?: string | Uint8Array;
  /** Milliseconds to wait before it is sent. */
  readonly delayMs?: number;
}

/** The payout, a fault by its name without `fault-`, or an answer in so many words. */
export type Step = "payout" | FaultName | ScriptedAnswer;

/**
 * Refuses a step that does not exist where the mistake is, and not in an answer much later.
 *
 * @example
 * ```ts
 * checkStep("hang");
 * ```
 * @throws RangeError that names it.
 */
export function checkStep(step: Step): void {
  if (typeof step === "string" && step !== "payout" && findFault(step) === undefined)
    throw new RangeError(`The sandbox knows no step "${step}"`);
}
