/**
 * The sandbox: a local AliKassa for tests. It checks signatures with Node's crypto, answers with payouts in every status, sends
 * signed notifications, and has faults on demand.
 *
 * @module alikassa-edge/sandbox
 */

export type { FieldErrors } from "./answers.js";
export { type ArchiveOptions, type KeyArchive, makeArchive, readArchive, writeArchive } from "./archive.js";
export type { Digest } from "./checks.js";
export type {
  NotificationAnswer,
  NotificationDelivery,
  NotificationEndpoint,
  RecordedNotification,
} from "./deliveries.js";
export { FAULTS, type Fault, type FaultContext, type FaultName } from "./faults.js";
export {
  NOTIFICATION_FIELDS,
  type NotificationField,
  type NotificationForm,
  type NotificationOptions,
  type SignedForm,
} from "./notifications.js";
export type { PayoutNames, TimedPayout } from "./payout-store.js";
export { type PayoutFields, type PayoutKey, payoutJson, SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";
export { phpJson } from "./php-json.js";
export type { RecordedAnswer, RecordedRequest } from "./records.js";
export {
  DEFAULT_FAULTS,
  NOTIFICATION_FAULTS,
  type NotificationFault,
  type NotificationSchedule,
  type Schedule,
} from "./schedule.js";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.js";
export type { ScriptedAnswer, Step } from "./steps.js";
