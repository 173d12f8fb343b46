//! Why a key was not opened, and what to do.

use std::error::Error;
use std::fmt;

/// The file of AliKassa's archive that holds the private key.
pub(super) const PRIVATE_PEM: &str = "private.pem";

/// The file that holds a public key.
pub(super) const PUBLIC_PEM: &str = "public.pem";

/// Why a key was not opened.
///
/// The text says what is wrong, and [`remedy`](Self::remedy) what to do. [`message`](Self::message) is both, with the caller's names
/// of the key and the password, such as those of environment variables.
///
/// No variant holds a piece of the key or of the password: only labels, names of ciphers, object identifiers and sizes.
///
/// ```
/// use alikassa::{KeyError, PrivateKey};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let error = PrivateKey::from_pem(pem, Some(b"another")).unwrap_err();
/// assert_eq!(error, KeyError::WrongPassword);
/// assert_eq!(error.code(), "bad_key");
/// assert_eq!(error.to_string(), "the password does not decrypt the key");
/// assert_eq!(
///     error.message("ALIKASSA_PRIVATE_KEY", "ALIKASSA_KEY_PASSWORD"),
///     "ALIKASSA_KEY_PASSWORD does not decrypt ALIKASSA_PRIVATE_KEY. Set it to the text of password.txt of the same archive.",
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The text is empty or has no `-----BEGIN …-----` line.
    NoPem {
        /// The file that is expected: `private.pem` or `public.pem`.
        file: &'static str,
    },
    /// There is a PEM block, but none with a private key.
    NotAPrivateKey {
        /// The label of the first block.
        label: String,
    },
    /// There is a PEM block, but none with a public key.
    NotAPublicKey {
        /// The label of the first block.
        label: String,
    },
    /// There is a private key where a public key is expected.
    PrivateInPlaceOfPublic {
        /// The label of its block.
        label: String,
    },
    /// The `-----END …-----` line is missing.
    Truncated {
        /// The file that is expected: `private.pem` or `public.pem`.
        file: &'static str,
        /// The label of the block.
        label: &'static str,
    },
    /// The text between the BEGIN and the END line is not base64.
    BadBase64 {
        /// The file that is expected: `private.pem` or `public.pem`.
        file: &'static str,
    },
    /// The `Proc-Type` or `DEK-Info` line (RFC 1421 section 4.6.1) is malformed.
    BadHeader,
    /// The DER is not what the label of its block says.
    Malformed {
        /// The file that is expected: `private.pem` or `public.pem`.
        file: &'static str,
        /// What could not be decoded.
        what: &'static str,
    },
    /// The key is encrypted and no password was given.
    PasswordMissing,
    /// The password does not decrypt the key.
    WrongPassword,
    /// The key is encrypted with an algorithm that is not supported.
    UnsupportedCipher {
        /// The name or the object identifier of the algorithm.
        algorithm: String,
    },
    /// Deriving the cipher's key from the password would take too much time or memory.
    TooExpensive {
        /// The parameter that exceeds its limit.
        what: &'static str,
        /// Its value; `u64::MAX` stands for anything larger.
        value: u64,
        /// The largest value that is accepted.
        limit: u64,
    },
    /// A key, but not for RSA.
    NotRsa {
        /// The label or the object identifier of its algorithm.
        algorithm: String,
    },
    /// An RSA key of an unsupported size.
    BadSize {
        /// The size of the modulus in bits.
        bits: u32,
        /// The smallest size that is supported.
        min: u32,
        /// The largest size that is supported.
        max: u32,
    },
    /// The components of the private key contradict each other, so no signature could verify.
    Inconsistent,
    /// No RSA public key has such components.
    InvalidPublicKey,
}

impl KeyError {
    /// The machine-readable code of all these errors: `bad_key`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "bad_key"
    }

    /// What to do, in one sentence.
    ///
    /// ```
    /// use alikassa::PrivateKey;
    ///
    /// let error = PrivateKey::from_pem("MIIFNTBfBgkqhkiG9w0BBQ0wUj", None).unwrap_err();
    /// assert_eq!(error.to_string(), "the key contains no PEM block (no \"-----BEGIN …-----\" line)");
    /// assert_eq!(error.remedy(), "Set it to the whole text of private.pem.");
    /// ```
    #[must_use]
    pub fn remedy(&self) -> String {
        match self {
            Self::NoPem { file } | Self::Truncated { file, .. } => format!("Set it to the whole text of {file}."),
            Self::BadBase64 { file } | Self::Malformed { file, .. } => {
                format!("Set it to the unchanged text of {file}.")
            }
            Self::BadHeader => format!("Set it to the unchanged text of {PRIVATE_PEM}."),
            Self::NotAPrivateKey { .. } => format!("Set it to the text of {PRIVATE_PEM} of AliKassa's archive."),
            Self::NotAPublicKey { .. } | Self::InvalidPublicKey => {
                format!("Set it to the text of {PUBLIC_PEM} of the API certificate for notifications.")
            }
            Self::PrivateInPlaceOfPublic { .. } => format!(
                "Set it to the text of {PUBLIC_PEM} of the API certificate for notifications, \
                 and keep {PRIVATE_PEM} where requests are signed."
            ),
            Self::PasswordMissing => "Set it to the text of password.txt.".to_owned(),
            Self::WrongPassword => "Set it to the text of password.txt of the same archive.".to_owned(),
            Self::UnsupportedCipher { .. } | Self::TooExpensive { .. } => format!(
                "Convert it with \"openssl pkcs8 -topk8 -v2 aes-256-cbc -in {PRIVATE_PEM} -out converted.pem\"."
            ),
            Self::NotRsa { .. } => "Use an RSA key, such as that of AliKassa's archive.".to_owned(),
            Self::BadSize { .. } | Self::Inconsistent => "Generate a new certificate in AliKassa's cabinet.".to_owned(),
        }
    }

    /// What is wrong and what to do, in two sentences. `key` and `password` are the caller's names of what it passed.
    ///
    /// ```
    /// use alikassa::NotificationKey;
    ///
    /// let error = NotificationKey::from_pem(include_bytes!("../../tests/vectors/keys/plain-2048.pem")).unwrap_err();
    /// assert_eq!(
    ///     error.message("public.pem", ""),
    ///     "public.pem contains a private key (\"PRIVATE KEY\"), not a public one. Set it to the text of public.pem of the API \
    ///      certificate for notifications, and keep private.pem where requests are signed.",
    /// );
    /// ```
    #[must_use]
    pub fn message(&self, key: &str, password: &str) -> String {
        format!("{}. {}", self.problem(key, password), self.remedy())
    }

    fn problem(&self, key: &str, password: &str) -> String {
        match self {
            Self::NoPem { .. } => format!("{key} contains no PEM block (no \"-----BEGIN …-----\" line)"),
            Self::NotAPrivateKey { label } => format!("{key} contains a PEM block \"{label}\", but no private key"),
            Self::NotAPublicKey { label } => format!("{key} contains a PEM block \"{label}\", but no public key"),
            Self::PrivateInPlaceOfPublic { label } => {
                format!("{key} contains a private key (\"{label}\"), not a public one")
            }
            Self::Truncated { label, .. } => format!("{key} is truncated (no \"-----END {label}-----\" line)"),
            Self::BadBase64 { .. } => {
                format!("{key} is damaged (the text between its BEGIN and END lines is not base64)")
            }
            Self::BadHeader => format!("{key} is damaged (its Proc-Type and DEK-Info lines are malformed)"),
            Self::Malformed { what, .. } => format!("{key} is damaged ({what})"),
            Self::PasswordMissing => format!("{key} is encrypted, but {password} is missing"),
            Self::WrongPassword => format!("{password} does not decrypt {key}"),
            Self::UnsupportedCipher { algorithm } => {
                format!("{key} is encrypted with {algorithm}, which is not supported")
            }
            Self::TooExpensive { what, value, limit } => {
                format!("{key} is too expensive to decrypt ({what}: {value}, the limit is {limit})")
            }
            Self::NotRsa { algorithm } => format!("{key} is not an RSA key ({algorithm})"),
            Self::BadSize { bits, min, max } => {
                format!("{key} is an RSA key of {bits} bits, but must have {min} to {max} bits")
            }
            Self::Inconsistent => format!("{key} is an RSA key whose components contradict each other"),
            Self::InvalidPublicKey => format!(
                "{key} is not a valid RSA key (the modulus must be odd, and the public exponent odd and from 3 to 2^33 - 1)"
            ),
        }
    }

    /// Damage in `private.pem`.
    pub(super) fn malformed(what: &'static str) -> Self {
        Self::Malformed { file: PRIVATE_PEM, what }
    }

    /// Out of line, so that an engine compiles it only if it is needed.
    #[inline(never)]
    pub(super) fn unsupported(algorithm: &dyn fmt::Display) -> Self {
        Self::UnsupportedCipher { algorithm: algorithm.to_string() }
    }
}

impl fmt::Display for KeyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problem("the key", "the password"))
    }
}

impl Error for KeyError {}
