//! Notifications from AliKassa that are handled within their own request: read the payout again, and forward it to the merchant.

pub(crate) mod forwarding;
pub(crate) mod handler;
mod reconciled;
