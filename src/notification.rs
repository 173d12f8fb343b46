//! Notifications from AliKassa: read the payout again, and forward it to the merchant, from a request or from a queue.

pub(crate) mod consumer;
pub(crate) mod forwarding;
pub(crate) mod handler;
pub(crate) mod queue;
mod reconciled;
