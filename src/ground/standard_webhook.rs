//! Standard Webhooks: how a request to somebody's endpoint is signed, so that the endpoint knows whose it is.
//!
//! The scheme is [Standard Webhooks](https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md)
//! with symmetric keys (`v1`): HMAC-SHA256 over `id.timestamp.body`.

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use thiserror::Error;
use zeroize::Zeroizing;

/// What a secret begins with.
const PREFIX: &str = "whsec_";

/// How many bytes a secret has at least and at most.
const MIN_LENGTH: usize = 24;
const MAX_LENGTH: usize = 64;

/// Signs requests to an endpoint by the Standard Webhooks scheme, with one secret or, while one is being replaced, with several.
///
/// Made from the secrets as text: each is `whsec_` and the base64 of 24 to 64 random bytes. Several are separated by commas or
/// blanks.
///
/// ```
/// use alikassa_edge::WebhookSigner;
///
/// let signer: WebhookSigner = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(
///     signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#),
///     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
/// );
/// # Ok::<(), alikassa_edge::InvalidWebhookSecret>(())
/// ```
pub struct WebhookSigner(Vec<Secret>);

/// A secret, filled up with zeros to a block of the hash, as HMAC itself fills up a key (RFC 2104 section 2).
type Secret = Zeroizing<[u8; 64]>;

impl WebhookSigner {
    /// The value of the header `webhook-signature`: a signature with each secret, separated by blanks.
    ///
    /// `id` is the header `webhook-id`, the same for each attempt to deliver one thing, without a full stop in it;
    /// `timestamp` is the header `webhook-timestamp`, the time of this attempt in seconds since 1970; `body` is exactly
    /// what is sent.
    #[must_use]
    pub fn sign(&self, id: &str, timestamp: u64, body: &str) -> String {
        let signatures = self.0.iter().map(|secret| {
            let mut mac = Hmac::<Sha256>::new(&(**secret).into());
            for part in [id, ".", &timestamp.to_string(), ".", body] {
                mac.update(part.as_bytes());
            }
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        });
        signatures.collect::<Vec<_>>().join(" ")
    }
}

impl FromStr for WebhookSigner {
    type Err = InvalidWebhookSecret;

    fn from_str(secrets: &str) -> Result<Self, InvalidWebhookSecret> {
        let secrets = secrets.split(|separator: char| separator == ',' || separator.is_whitespace());
        let secrets: Result<Vec<Secret>, _> = secrets.filter(|secret| !secret.is_empty()).map(read).collect();
        let secrets = secrets?;
        if secrets.is_empty() { Err(InvalidWebhookSecret::Missing) } else { Ok(Self(secrets)) }
    }
}

impl fmt::Debug for WebhookSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSigner").field("secrets", &self.0.len()).finish_non_exhaustive()
    }
}

fn read(secret: &str) -> Result<Secret, InvalidWebhookSecret> {
    let base64 = secret.strip_prefix(PREFIX).ok_or(InvalidWebhookSecret::NoPrefix)?;
    let bytes = Zeroizing::new(STANDARD.decode(base64).map_err(|_| InvalidWebhookSecret::NotBase64)?);
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&bytes.len()) {
        return Err(InvalidWebhookSecret::BadLength { length: bytes.len() });
    }
    let mut secret = Zeroizing::new([0; MAX_LENGTH]);
    secret.iter_mut().zip(bytes.iter()).for_each(|(place, byte)| *place = *byte);
    Ok(secret)
}

/// Secrets that are not used. Nothing of them is said.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidWebhookSecret {
    /// There is not a single one.
    #[error("there is no secret in it: make one with: echo \"whsec_$(openssl rand -base64 32)\"")]
    Missing,
    /// One does not begin as secrets of this scheme do.
    #[error("a secret must begin with \"whsec_\": make one with: echo \"whsec_$(openssl rand -base64 32)\"")]
    NoPrefix,
    /// What follows the beginning is not base64.
    #[error("what follows \"whsec_\" must be base64, with its padding")]
    NotBase64,
    /// Too short to be safe, or longer than the scheme has it.
    #[error("a secret must have {MIN_LENGTH} to {MAX_LENGTH} bytes, and this one has {length}")]
    BadLength {
        /// How many it has.
        length: usize,
    },
}
