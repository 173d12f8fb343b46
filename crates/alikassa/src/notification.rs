//! A notification: AliKassa calls the merchant when a payout or a payment changes its status.
//!
//! The rule is AliKassa's PHP sample for «Verifying the signature of a notification»
//! ([doc-merchant.alikassa.com/api/sign](https://doc-merchant.alikassa.com/api/sign)); [`NotificationForm`] has the forms of the
//! signed text that are seen in production. A [`Notification`] exists only if its signature verified, and holds nothing that was not
//! signed.

mod contradictions;
mod decimal;
mod error;
mod flag;
mod form;
mod kind;
mod notification;
mod parameters;
mod signed_text;
mod value;

pub use self::contradictions::contradictions;
pub use self::error::VerificationError;
pub use self::form::NotificationForm;
pub use self::kind::NotificationKind;
pub use self::notification::Notification;
