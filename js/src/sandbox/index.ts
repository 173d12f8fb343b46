/**
 * The sandbox: a local AliKassa for tests and for people who have no account yet.
 *
 * @example
 * ```ts
 * const archive = makeArchive();
 * const sandbox = await startSandbox({ account: "93d5df06-996c-48c3-9847-348d6b580b80", publicPem: archive.publicPem });
 * ```
 */
export { type ArchiveOptions, type KeyArchive, makeArchive, readArchive, writeArchive } from "./archive.js";
export type { Digest } from "./checks.js";
export { FAULTS, type Fault, type FaultName } from "./faults.js";
export {
  type PayoutFields,
  type PayoutKey,
  type PayoutNames,
  payoutJson,
  SANDBOX_PAYOUTS,
  type SandboxPayout,
} from "./payouts.js";
export {
  type RecordedAnswer,
  type RecordedRequest,
  type Sandbox,
  type SandboxOptions,
  type ScriptedAnswer,
  type Step,
  startSandbox,
} from "./server.js";
