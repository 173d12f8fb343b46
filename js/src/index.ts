/**
 * AliKassa's merchant API: what became of a payout, signatures for everything else, and notifications.
 *
 * @module
 */
export { AliKassa, type SignedRequest } from "./alikassa.js";
export {
  AliKassaError,
  type ErrorCode,
  GatewayError,
  type GatewayErrorDetails,
  InvalidRequestError,
  KeyError,
  SignatureError,
  WaitTimeoutError,
} from "./errors.js";
export {
  type Notification,
  type OtherNotification,
  type PaymentNotification,
  type PayoutNotification,
  verifyNotification,
} from "./notification.js";
export type { AliKassaOptions, CallOptions } from "./options.js";
export type { Json, PaymentStatus, Payout, PayoutQuery } from "./payout.js";
export type { PayoutAnswer } from "./payout-answer.js";
export type { PayoutStatusesOptions } from "./payout-statuses.js";
export type { WaitOptions } from "./wait-for-payout.js";
