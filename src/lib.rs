//! Signs and asks AliKassa's merchant API.
//!
//! AliKassa wants every request's JSON signed with an RSA key that comes in an encrypted PEM with a password. This crate
//! opens the key, writes the JSON as PHP would, signs it, asks, and reads the answer. It does no I/O of its own: a
//! [`Transport`] carries the requests, in a Cloudflare Worker, in JavaScript or in a program of yours.
//!
//! In the order in which data passes through:
//!
//! | | |
//! | --- | --- |
//! | secrets → key | [`PrivateKey::from_pem`] |
//! | body | [`PayoutQuery`], [`php_json`] |
//! | signature | [`Signer`], [`Digest`] |
//! | request | [`SignedRequest`], [`Account`], [`BaseUrl`] |
//! | answer | [`Gateway`], [`Settings`], [`Transport`] |
//! | payout | [`Payout`], [`PaymentStatus`] |
//! | notification | [`NotificationKey::from_pem`], [`Notification`] |
//! | passing it on | [`WebhookSigner`] |
//!
//! **Anything but HTTP 200 with the payout in it means that the payout's state is unknown.** That is a [`GatewayError`],
//! which has no payment status.
//!
//! ```
//! use alikassa_edge::{Digest, PrivateKey, Signer, php_json};
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
//! | feature | what it adds | for |
//! | --- | --- | --- |
//! | none (the default) | nothing: all that is documented here | a program in Rust, with a [`Transport`] of its own |
//! | `worker` | the Cloudflare Worker's entry points | `npm run build:worker`, on `wasm32-unknown-unknown` |
//! | `js` | the bindings behind the npm package | `npm run build:npm`, on `wasm32-unknown-unknown` |
//!
//! The last two add nothing that another crate could call. Everything runs on stable Rust 1.91 or newer, without a C library.

#[cfg(feature = "_web")]
mod edges;
mod gateway;
mod ground;

// Secrets and key.
pub use ground::key::{KeyError, PrivateKey};

// Body.
pub use ground::php_json::{self, PhpJsonError};
pub use ground::query::{InvalidRequest, PayoutQuery};

// Signature.
pub use ground::signature::{Digest, SignError, Signer, UnknownDigest};

// Request.
pub use gateway::endpoint::{Account, BaseUrl, InvalidAccount, InvalidBaseUrl, Settings};
pub use gateway::request::SignedRequest;

// Answer.
pub use gateway::client::Gateway;
pub use gateway::error::{ADVICE, Failure, GatewayError};
pub use gateway::transport::{Answer, MAX_BODY, Transport, Unreachable};

// Payout.
pub use ground::payout::{NotAPayout, PaymentStatus, Payout};

// Notification.
pub use ground::key::NotificationKey;
pub use ground::notification::{Notification, NotificationKind, SignatureError};

// Passing it on.
pub use ground::standard_webhook::{InvalidWebhookSecret, WebhookSigner};

/// The examples of the README are tests.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
