//! A payout: the query for its status, and AliKassa's answer.
//!
//! A [`Payout`] exists only if AliKassa answered with one in full. There is no way to make one from an error, and no default status.

mod decode;
mod decode_error;
mod invalid_request;
mod payout;
mod query;
mod status;

pub use self::decode_error::DecodeError;
pub use self::invalid_request::InvalidRequest;
pub use self::payout::Payout;
pub use self::query::PayoutQuery;
pub use self::status::PaymentStatus;
