//! The public API, as another program uses it.
//!
//! One binary, so that it is linked once. Expected values come from PHP, OpenSSL and Node (`tests/vectors`), from AliKassa's page or
//! from an RFC, never from this crate's own output.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic, missing_docs)]

mod batch;
mod batch_query;
mod contradictions;
mod damaged_keys;
mod forged_notifications;
#[cfg(feature = "reqwest")]
mod http_server;
mod live_notifications;
mod live_php;
mod malformed_payout;
mod mock_api;
mod mock_clock;
mod notification;
mod notification_key;
mod pasted_keys;
mod payout;
mod payout_query;
mod payout_status;
mod pem;
mod php_json;
mod private_key;
mod rejected_keys;
#[cfg(feature = "reqwest")]
mod reqwest_transport;
mod retries;
mod secrets;
mod settings;
mod signed_request;
mod signer;
mod vectors;
mod webhook;
mod wycheproof;
