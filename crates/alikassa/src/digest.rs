//! The hash under a signature.

use std::fmt;
use std::str::FromStr;

use sha1::Sha1;
use sha2::{Digest as _, Sha256};
use thiserror::Error;

/// The hash under a signature.
///
/// AliKassa's sample calls `openssl_sign($data, $sign, $key)` without a fourth argument, which
/// [means SHA-1](https://www.php.net/manual/en/function.openssl-sign.php); one translation of its page says SHA-256. The digest is
/// therefore a setting, and is never guessed.
///
/// ```
/// use alikassa::{Digest, UnknownDigest};
///
/// assert_eq!(Digest::default().as_str(), "sha1");
/// assert_eq!("sha256".parse(), Ok(Digest::Sha256));
/// assert_eq!("md5".parse::<Digest>(), Err(UnknownDigest));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Digest {
    /// SHA-1, PHP's default.
    #[default]
    Sha1,
    /// SHA-256.
    Sha256,
}

impl Digest {
    /// `sha1` or `sha256`: the name that [`FromStr`] reads and [`Display`](fmt::Display) writes.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sha1 => "sha1",
            Self::Sha256 => "sha256",
        }
    }

    /// The `DigestInfo` of a message in DER: the hash's identifier and value (RFC 8017 section 9.2, note 1).
    pub(crate) fn digest_info(self, message: &[u8]) -> Vec<u8> {
        [self.identifier(), &self.hash(message)].concat()
    }

    /// What is before the hash in its `DigestInfo`. The last byte is the length of the hash.
    pub(crate) fn identifier(self) -> &'static [u8] {
        const SHA1: [u8; 15] =
            [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];
        const SHA256: [u8; 19] = [
            0x30, 0x31, 0x30, 0x0d, 0x06, 0x09, 0x60, 0x86, 0x48, 0x01, 0x65, 0x03, 0x04, 0x02, 0x01, 0x05, 0x00, 0x04,
            0x20,
        ];
        match self {
            Self::Sha1 => &SHA1,
            Self::Sha256 => &SHA256,
        }
    }

    pub(crate) fn hash(self, message: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha1 => Sha1::digest(message).to_vec(),
            Self::Sha256 => Sha256::digest(message).to_vec(),
        }
    }
}

impl FromStr for Digest {
    type Err = UnknownDigest;

    fn from_str(name: &str) -> Result<Self, UnknownDigest> {
        [Self::Sha1, Self::Sha256].into_iter().find(|digest| digest.as_str() == name).ok_or(UnknownDigest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The name is not that of a [`Digest`].
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the digest must be \"sha1\" (the default) or \"sha256\"")]
pub struct UnknownDigest;
