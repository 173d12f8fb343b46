//! The client of AliKassa's merchant API.
//!
//! AliKassa requires the JSON body of every request to be signed with an RSA key, which it issues as a PEM encrypted with a password.
//! This crate decrypts the key, writes the JSON as PHP does, signs it, sends it, and decodes the answer. It does no I/O of its own: a
//! [`Transport`] sends the requests.
//!
//! The types, in the order of the data flow:
//!
//! | step | types |
//! | --- | --- |
//! | key | [`PrivateKey`], [`NotificationKey`] |
//! | body | [`PayoutQuery`], [`php_json`] |
//! | signature | [`Signer`], [`Digest`] |
//! | request | [`SignedRequest`], [`Account`], [`BaseUrl`], [`Settings`] |
//! | answer | [`Client`], [`Transport`], [`Clock`] |
//! | payout | [`Payout`], [`PaymentStatus`] |
//! | notification | [`Notification`] |
//! | webhook | [`WebhookSigner`] |
//!
//! **Anything but HTTP 200 with the payout in it means that the payout's state is unknown.** It is then a [`PayoutStatusError`], which
//! has no payment status. Never take unknown for failed.
//!
//! ```
//! use alikassa::{Digest, PrivateKey, Signer, php_json};
//!
//! let pem = include_str!("../tests/vectors/keys/php-3des-2048.pem");
//! let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
//! let body = php_json::reencode(r#"{"order_id": "заказ/1"}"#)?;
//! let sign = Signer::new(key, Digest::Sha1).sign(body.as_bytes())?;
//! assert_eq!(body, r#"{"order_id":"\u0437\u0430\u043a\u0430\u0437\/1"}"#);
//! assert_eq!(sign.len(), 344);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Features
//!
//! | feature | adds |
//! | --- | --- |
//! | `reqwest` | module `reqwest`: a transport on reqwest, and a clock on tokio |
//! | `web` | module `web`: a transport on `fetch`, and a clock on the timers of JavaScript runtimes; on `wasm32-unknown-unknown` |
//!
//! The crate builds with stable Rust 1.91 or newer.

#![forbid(unsafe_code)]

mod client;
mod digest;
mod json;
mod key;
mod notification;
mod payout;
pub mod php_json;
#[cfg(feature = "reqwest")]
pub mod reqwest;
mod signing;
#[cfg(feature = "web")]
pub mod web;
mod webhook;

// Key.
pub use key::{KeyError, NotificationKey, PrivateKey};

// Body.
pub use payout::{InvalidRequest, PayoutQuery};
pub use php_json::PhpJsonError;

// Signature.
pub use digest::{Digest, UnknownDigest};
pub use signing::{Signer, SigningError};

// Request.
pub use client::{
    Account, BaseUrl, HttpsUrl, InvalidAccount, InvalidBaseUrl, InvalidHttpsUrl, Settings, SignedRequest,
};

// Answer.
pub use client::{
    ADVICE, Client, Clock, MAX_BODY, PayoutStatusError, RequestBudget, RequestError, RequestErrorKind, Response,
    Transport, TransportError, parse_retry_after, timeout,
};

// Payout.
pub use payout::{DecodeError, PaymentStatus, Payout};

// Notification.
pub use notification::{Notification, NotificationForm, NotificationKind, VerificationError, contradictions};

// Webhook.
pub use webhook::{InvalidWebhookSecret, WebhookSigner};

/// Runs the examples of the README and of the guide.
#[cfg(doctest)]
mod guides {
    #[doc = include_str!("../README.md")]
    mod readme {}

    #[doc = include_str!("../docs/rust.md")]
    mod guide {}
}
