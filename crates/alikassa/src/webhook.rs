//! Signs requests to a merchant's endpoint, so that the endpoint can verify the sender.
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

/// The prefix of a secret.
const PREFIX: &str = "whsec_";

/// The fewest and the most bytes of a secret.
const MIN_LENGTH: usize = 24;
const MAX_LENGTH: usize = 64;

/// Signs requests by the Standard Webhooks scheme, with one secret or, while secrets are rotated, with several.
///
/// It is parsed from the secrets, separated by commas or blanks: each is `whsec_` and the base64 of 24 to 64 random bytes.
///
/// ```
/// use alikassa::WebhookSigner;
///
/// let signer: WebhookSigner = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".parse()?;
/// assert_eq!(
///     signer.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, r#"{"test": 2432232314}"#),
///     "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
/// );
/// # Ok::<(), alikassa::InvalidWebhookSecret>(())
/// ```
pub struct WebhookSigner(Vec<Secret>);

/// A secret, padded with zeros to a block of the hash as HMAC pads a key (RFC 2104 section 2).
type Secret = Zeroizing<[u8; 64]>;

impl WebhookSigner {
    /// The value of the header `webhook-signature`: one signature per secret, separated by blanks.
    ///
    /// `id` is the header `webhook-id`, the same for each attempt to deliver one event, without a full stop; `timestamp` is the header
    /// `webhook-timestamp`, the time of this attempt in seconds since 1970; `body` is the exact body of the request.
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
        let secrets: Result<Vec<Secret>, _> = secrets.filter(|secret| !secret.is_empty()).map(decode).collect();
        let secrets = secrets?;
        if secrets.is_empty() { Err(InvalidWebhookSecret::Missing) } else { Ok(Self(secrets)) }
    }
}

impl fmt::Debug for WebhookSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebhookSigner").field("secrets", &self.0.len()).finish_non_exhaustive()
    }
}

fn decode(secret: &str) -> Result<Secret, InvalidWebhookSecret> {
    let base64 = secret.strip_prefix(PREFIX).ok_or(InvalidWebhookSecret::NoPrefix)?;
    let bytes = Zeroizing::new(STANDARD.decode(base64).map_err(|_| InvalidWebhookSecret::NotBase64)?);
    if !(MIN_LENGTH..=MAX_LENGTH).contains(&bytes.len()) {
        return Err(InvalidWebhookSecret::BadLength { length: bytes.len() });
    }
    let mut secret = Zeroizing::new([0; MAX_LENGTH]);
    secret.iter_mut().zip(bytes.iter()).for_each(|(place, byte)| *place = *byte);
    Ok(secret)
}

/// Why secrets were rejected. The error holds no part of a secret.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidWebhookSecret {
    /// There is no secret.
    #[error("there is no secret: make one with: echo \"whsec_$(openssl rand -base64 32)\"")]
    Missing,
    /// A secret has another prefix.
    #[error("a secret must begin with \"whsec_\": make one with: echo \"whsec_$(openssl rand -base64 32)\"")]
    NoPrefix,
    /// The rest of a secret is not base64.
    #[error("a secret must be \"whsec_\" and padded base64")]
    NotBase64,
    /// A secret is too short to be safe, or longer than the scheme allows.
    #[error("a secret must have {MIN_LENGTH} to {MAX_LENGTH} bytes, but has {length}")]
    BadLength {
        /// The number of its bytes.
        length: usize,
    },
}
