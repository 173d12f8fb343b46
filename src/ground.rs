//! The ground storey: pure functions without I/O.
//!
//! In the order in which data passes through: the [`key`] from PEM and password, the [`query`] that becomes a body, the
//! body's [`php_json`], the [`signature`] over it, the [`payout`] that comes back, the [`notification`] that comes by itself, and
//! the [`standard_webhook`] in which both go on.

mod der;
mod json_object;
pub(crate) mod key;
pub(crate) mod notification;
pub(crate) mod payout;
pub mod php_json;
pub(crate) mod query;
mod rsa;
mod sha;
pub(crate) mod signature;
pub(crate) mod standard_webhook;
