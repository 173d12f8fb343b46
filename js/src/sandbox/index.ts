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
export type { PayoutNames } from "./book.js";
export type { Digest } from "./checks.js";
export type {
  NotificationAnswer,
  NotificationDelivery,
  NotificationEndpoint,
  RecordedNotification,
} from "./deliveries.js";
export { FAULTS, type Fault, type FaultName } from "./faults.js";
export {
  NOTIFICATION_FIELDS,
  type NotificationField,
  type NotificationForm,
  type NotificationOptions,
} from "./notifications.js";
export { type PayoutFields, type PayoutKey, payoutJson, SANDBOX_PAYOUTS, type SandboxPayout } from "./payouts.js";
export { phpJson } from "./php-json.js";
export type { RecordedAnswer, RecordedRequest } from "./records.js";
export { type Schedule, WEATHER } from "./schedule.js";
export { type Sandbox, type SandboxOptions, startSandbox } from "./server.js";
export type { ScriptedAnswer, Step } from "./steps.js";
