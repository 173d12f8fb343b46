//! A notification: AliKassa calls the merchant when a payout or a payment changes its status.
//!
//! The rule is AliKassa's PHP sample for «Verifying the signature of a notification»
//! ([doc-merchant.alikassa.com/api/sign](https://doc-merchant.alikassa.com/api/sign)); [`signed_text`] says what is signed. A
//! [`Notification`] exists only if its signature verified, and holds nothing that was not signed.

mod contradictions;
mod decimal;
mod error;
mod flag;
mod kind;
mod notification;
mod parameters;
mod signed_text;

pub use self::error::VerificationError;
pub use self::kind::NotificationKind;
pub use self::notification::Notification;
