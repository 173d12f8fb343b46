//! What can be wrong with a key archive, said so that its owner can mend it.

use std::fmt;

use thiserror::Error;

/// The file of the archive that a private key comes in.
pub(super) const PRIVATE_PEM: &str = "private.pem";

/// The file that a public key comes in.
pub(super) const PUBLIC_PEM: &str = "public.pem";

/// Why a key was not opened.
///
/// No variant carries a piece of the key or of the password: labels, cipher names, object identifiers
/// and sizes are all that is ever said.
///
/// ```
/// use alikassa_edge::{KeyError, PrivateKey};
///
/// let error = PrivateKey::from_pem("-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----", None).unwrap_err();
/// assert_eq!(error, KeyError::NotAPrivateKey { label: "PUBLIC KEY".into() });
/// assert_eq!(error.code(), "bad_key");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is empty or has no `-----BEGIN …-----` line.
    #[error("there is no PEM in it (no \"-----BEGIN …-----\" line): paste the whole text of {file}")]
    NoPem {
        /// The file that belongs there: `private.pem` or `public.pem`.
        file: &'static str,
    },

    /// There is a PEM block, but none with a private key.
    #[error("it holds a PEM block \"{label}\" and no private key: paste private.pem of the archive, not another file")]
    NotAPrivateKey {
        /// The label of the first block.
        label: String,
    },

    /// There is a PEM block, but none with a public key.
    #[error("it holds a PEM block \"{label}\" and no public key: paste public.pem of the notifications' certificate")]
    NotAPublicKey {
        /// The label of the first block.
        label: String,
    },

    /// A private key stands where a public one belongs.
    #[error(
        "it holds a private key (\"{label}\") where a public one belongs: \
         paste public.pem of the notifications' certificate, and keep private.pem to where it signs"
    )]
    PrivateInPlaceOfPublic {
        /// The label of its block.
        label: String,
    },

    /// The `-----END …-----` line is missing.
    #[error("the text is cut off (no \"-----END {label}-----\" line): paste {file} to its last line")]
    CutOff {
        /// The file that belongs there: `private.pem` or `public.pem`.
        file: &'static str,
        /// The label of the block.
        label: &'static str,
    },

    /// Something between the BEGIN and the END line is not base64.
    #[error("the base64 between the BEGIN and the END line is damaged: paste {file} again, unchanged")]
    BadBase64 {
        /// The file that belongs there: `private.pem` or `public.pem`.
        file: &'static str,
    },

    /// The `Proc-Type` or `DEK-Info` lines (RFC 1421 section 4.6.1) can't be read.
    #[error("its Proc-Type and DEK-Info lines are damaged: paste private.pem again, unchanged")]
    BadHeader,

    /// The DER inside is not what its label says.
    #[error("its content is damaged ({what}): paste {file} again, unchanged")]
    Malformed {
        /// The file that belongs there: `private.pem` or `public.pem`.
        file: &'static str,
        /// The part that could not be read.
        what: &'static str,
    },

    /// The key is encrypted and no password was given.
    #[error("the key is encrypted and no password was given: the password is the text of password.txt")]
    PasswordMissing,

    /// The password does not open the key.
    #[error("the password does not open the key: it must be the text of the password.txt of the same archive")]
    WrongPassword,

    /// The key is encrypted with something that is not supported.
    #[error(
        "it is encrypted with {algorithm}, which is not supported: \
         convert it with \"openssl pkcs8 -topk8 -v2 aes-256-cbc -in private.pem -out converted.pem\""
    )]
    UnsupportedCipher {
        /// The name or the object identifier of the algorithm.
        algorithm: String,
    },

    /// Deriving the key from the password would take longer, or more memory, than an isolate has.
    #[error(
        "opening it is too expensive ({what}: {value}, the limit is {limit}): \
         convert it with \"openssl pkcs8 -topk8 -v2 aes-256-cbc -in private.pem -out converted.pem\""
    )]
    TooExpensive {
        /// The parameter that is over its limit.
        what: &'static str,
        /// The value asked for; `u64::MAX` stands for anything larger.
        value: u64,
        /// The largest value that is accepted.
        limit: u64,
    },

    /// A key, but not for RSA.
    #[error("it is not an RSA key ({algorithm}): AliKassa's archive holds an RSA key")]
    NotRsa {
        /// The label or the object identifier that says so.
        algorithm: String,
    },

    /// An RSA key under 1024 or over 8192 bits.
    #[error("an RSA key of {bits} bits is not accepted: from {min} to {max} bits are")]
    BadSize {
        /// The size of the modulus in bits.
        bits: u32,
        /// The smallest size that is accepted.
        min: u32,
        /// The largest size that is accepted.
        max: u32,
    },

    /// The numbers of the key do not belong together, so that no signature could verify.
    #[error("the numbers of the RSA key contradict each other: generate a new archive in AliKassa's cabinet")]
    Inconsistent,

    /// A public key with numbers that no RSA key has.
    #[error(
        "no RSA key has such numbers (the modulus is odd, and the public exponent odd, from 3 to 2^33 - 1): \
         generate a new certificate in AliKassa's cabinet"
    )]
    Impossible,
}

impl KeyError {
    /// The machine-readable code, `bad_key` for each of them.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "bad_key"
    }

    /// Something in `private.pem`.
    pub(super) fn malformed(what: &'static str) -> Self {
        Self::Malformed { file: PRIVATE_PEM, what }
    }

    /// Out of line: a fresh isolate hardly ever needs it compiled.
    #[inline(never)]
    pub(super) fn unsupported(algorithm: &dyn fmt::Display) -> Self {
        Self::UnsupportedCipher { algorithm: algorithm.to_string() }
    }
}
