/**
 * AliKassa's merchant API: what became of a payout, and signatures for everything else.
 *
 * @module
 */
export { AliKassa, type AliKassaOptions, type CallOptions, type SignedRequest } from "./alikassa.js";
export {
  AliKassaError,
  type ErrorCode,
  GatewayError,
  type GatewayErrorDetails,
  InvalidRequestError,
  KeyError,
} from "./errors.js";
export type { Json, PaymentStatus, Payout, PayoutQuery } from "./payout.js";
