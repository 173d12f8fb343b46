//! RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2): what goes into AliKassa's `Sign` header.

mod signed;

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use thiserror::Error;

use self::signed::Signed;
use super::key::PrivateKey;
use super::rsa::Withheld;
use super::sha::{sha1, sha256};

/// The hash under the signature.
///
/// AliKassa's sample calls `openssl_sign($data, $sign, $key)` without a fourth argument, which
/// [means SHA-1](https://www.php.net/manual/en/function.openssl-sign.php); one translation of its page says SHA-256.
/// The choice is yours, and never a guess.
///
/// ```
/// use alikassa_edge::{Digest, UnknownDigest};
///
/// assert_eq!(Digest::default().as_str(), "sha1");
/// assert_eq!("sha256".parse(), Ok(Digest::Sha256));
/// assert_eq!("md5".parse::<Digest>(), Err(UnknownDigest));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Digest {
    /// SHA-1, as PHP signs by default.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Digest {
    /// `sha1` or `sha256`, as the settings name it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The `DigestInfo` of a message in DER: the name of the hash and its value (RFC 8017 section 9.2, note 1).
    pub(super) fn digest_info(self, message: &[u8]) -> Vec<u8> {
        const SHA1: [u8; 15] =
            [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
        const SHA256: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ];
        match self {
            Self::Sha1 => [&SHA1[..], &sha1(message)].concat(),
            Self::Sha256 => [&SHA256[..], &sha256(message)].concat(),
        }
    }
}

/// The name of a digest that there isn't.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the digest must be \"sha1\" (the default) or \"sha256\"")]
pub struct UnknownDigest;

impl FromStr for Digest {
    type Err = UnknownDigest;

    fn from_str(name: &str) -> Result<Self, UnknownDigest> {
        [Self::Sha1, Self::Sha256].into_iter().find(|digest| digest.as_str() == name).ok_or(UnknownDigest)
    }
}

/// Signs the bodies of requests with one key and one digest.
///
/// ```
/// use alikassa_edge::{Digest, PrivateKey, Signer};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
/// let signer = Signer::new(key, Digest::Sha1);
/// let sign = signer.sign(br#"{"id":"100000536"}"#)?;
/// assert_eq!(sign.len(), 344); // 256 bytes in base64
/// assert_eq!((signer.key().bits(), signer.digest()), (2048, Digest::Sha1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Signer {
    key: PrivateKey,
    digest: Digest,
    signed: Signed,
}

impl Signer {
    /// A signer for this key and digest.
    #[must_use]
    pub fn new(key: PrivateKey, digest: Digest) -> Self {
        Self { key, digest, signed: Signed::default() }
    }

    /// The signature over exactly these bytes, as the `Sign` header carries it: base64 with the standard alphabet,
    /// padded, without line breaks. The same bytes always yield the same text, and it equals what
    /// `base64_encode` makes of PHP's `openssl_sign`.
    ///
    /// The private operation is blinded with the platform's randomness, and its result is checked with the public
    /// key before it is let out. The last bodies are remembered with their signatures, so that asking the same again
    /// costs no RSA.
    ///
    /// # Errors
    /// A [`SignError`] where the platform gives no randomness or the check fails.
    pub fn sign(&self, body: &[u8]) -> Result<String, SignError> {
        if let Some(sign) = self.signed.get(body) {
            return Ok(sign);
        }
        let signature = self.key.rsa().sign(&self.digest.digest_info(body)).map_err(|withheld| match withheld {
            Withheld::NoRandomness => SignError::NoRandomness,
            Withheld::Unverified => SignError::Rejected,
        })?;
        let sign = STANDARD.encode(signature);
        self.signed.keep(body, &sign);
        Ok(sign)
    }

    /// The key that signs.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.key
    }

    /// The digest under the signature.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.digest
    }
}

/// Why there is no signature.
///
/// ```
/// use alikassa_edge::{SignError, Signer};
///
/// fn header(signer: &Signer, body: &str) -> Result<String, &'static str> {
///     signer.sign(body.as_bytes()).map_err(|error| match error {
///         SignError::NoRandomness => "sign within a request",
///         _ => error.code(), // "signing_failed"
///     })
/// }
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignError {
    /// The platform gave no randomness. A Worker has none outside of a request.
    #[error("the platform gave no randomness to sign with (a Worker has none at the top level: sign within a request)")]
    NoRandomness,
    /// The signature did not stand up to the check with the public key, and was not let out.
    #[error("the signature did not verify with the public key and was held back")]
    Rejected,
}

impl SignError {
    /// The machine-readable code, `signing_failed`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "signing_failed"
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
