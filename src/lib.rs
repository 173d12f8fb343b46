#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

#[cfg(feature = "_web")]
mod edges;
mod gateway;
mod ground;

pub use gateway::client::Gateway;
pub use gateway::endpoint::{Account, BaseUrl, InvalidAccount, InvalidBaseUrl, Settings};
pub use gateway::error::{ADVICE, Failure, GatewayError};
pub use gateway::request::SignedRequest;
pub use gateway::transport::{Answer, MAX_BODY, Transport, Unreachable};
pub use ground::key::{KeyError, PrivateKey};
pub use ground::payout::{NotAPayout, PaymentStatus, Payout};
pub use ground::php_json::{self, PhpJsonError};
pub use ground::query::{InvalidRequest, PayoutQuery};
pub use ground::signature::{Digest, SignError, Signer, UnknownDigest};
