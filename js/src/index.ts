/**
 * AliKassa's merchant API: the status of payouts, signed requests and notifications.
 *
 * @module alikassa-edge
 */
export { AliKassa, type SignedRequest } from "./alikassa.js";
export {
  AliKassaError,
  type AliKassaErrorCode,
  ClosedError,
  GatewayError,
  InvalidRequestError,
  KeyError,
  RequestError,
  type RequestErrorCode,
  type RequestErrorDetails,
  VerificationError,
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
export type { JsonValue, PaymentStatus, Payout, PayoutQuery } from "./payout.js";
export type { PayoutAnswer } from "./payout-answer.js";
export type { PayoutStatusesOptions } from "./payout-statuses.js";
export type { WaitOptions } from "./wait-for-payout.js";
