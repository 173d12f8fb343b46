//! What the library does, as another program sees it.
//!
//! One binary, so that it is linked once. What is expected comes from PHP, OpenSSL and Node (`tests/vectors`), from
//! AliKassa's page or from an RFC, and never from our own output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod batch;
mod batch_query;
mod company;
mod contradictions;
mod damaged;
mod endpoint;
mod gateway;
mod key;
mod live_notifications;
mod live_php;
mod mangled;
mod notification;
mod notification_hostile;
mod notification_key;
mod payout;
mod payout_hostile;
mod pem;
mod php_json;
mod query;
mod refused;
mod request;
mod retries;
mod secrecy;
mod signature;
mod standard_webhook;
mod transport;
mod vectors;
mod wycheproof;
