//! From the PEM and the password of AliKassa's archive to an RSA private key.

use std::fmt;
use std::sync::OnceLock;

use relaxed_rsa::{MAX_BITS, MIN_BITS};

use super::encrypted::Encrypted;
use super::error::KeyError;
use super::fingerprint::fingerprint;
use super::pem::{self, Label};
use super::pkcs8;
use super::traditional::DekInfo;

/// An RSA private key. Its components are wiped from memory on drop and never printed.
///
/// ```
/// use alikassa::PrivateKey;
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
/// assert_eq!(key.bits(), 2048);
/// // As `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints it.
/// assert_eq!(key.fingerprint(), "6b23d7851f5463f3e7a45de06d78319475605ceb73ed226b603494147e63eaf3");
/// # Ok::<(), alikassa::KeyError>(())
/// ```
pub struct PrivateKey {
    rsa: relaxed_rsa::PrivateKey,
    /// Computed on first use, since signing does not need it.
    fingerprint: OnceLock<String>,
}

impl PrivateKey {
    /// Opens the text of `private.pem` with the text of `password.txt`.
    ///
    /// Supports `ENCRYPTED PRIVATE KEY` (PBES2 with PBKDF2 or scrypt and AES-CBC, DES-EDE3-CBC or DES-CBC; PBES1 with DES; PKCS#12's
    /// triple DES), `RSA PRIVATE KEY` with or without `DEK-Info`, and `PRIVATE KEY`, from 1024 to 8192 bits. CRLF, blanks, a byte order
    /// mark, quotes, text around the block and literal `\n` in place of line breaks are ignored.
    ///
    /// The password is tried as it is, then without the line breaks at its end, which `password.txt` often has. An unencrypted key
    /// needs no password, and ignores one.
    ///
    /// # Errors
    /// [`KeyError`] if there is no such key in the text or the password does not decrypt it. Parameters that would block a server (more
    /// than 1,000,000 iterations of PBKDF2, more than 64 MiB for scrypt) are rejected before any derivation.
    ///
    /// ```
    /// use alikassa::PrivateKey;
    ///
    /// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
    /// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
    /// assert_eq!(key.bits(), 2048);
    /// # Ok::<(), alikassa::KeyError>(())
    /// ```
    pub fn from_pem(pem: impl AsRef<[u8]>, password: Option<&[u8]>) -> Result<Self, KeyError> {
        let block = pem::find_private(pem.as_ref())?;
        let rsa = match (block.label, &block.dek_info) {
            (Label::Pkcs8, None) => from_private_key_info(&block.der)?
                .ok_or_else(|| KeyError::malformed("its DER is not a PrivateKeyInfo"))?,
            (Label::Pkcs1, None) => from_rsa_private_key(&block.der)?.ok_or_else(not_rsa_private_key)?,
            (Label::Pkcs1, Some(dek_info)) => unlock_traditional(dek_info, &block.der, password)?,
            (Label::EncryptedPkcs8, None) => {
                let encrypted = Encrypted::from_der(&block.der)?;
                unlock(password, |password| {
                    encrypted.decrypt(password)?.map_or(Ok(None), |der| from_private_key_info(&der))
                })?
            }
            (Label::Pkcs8 | Label::EncryptedPkcs8, Some(_)) => return Err(KeyError::BadHeader),
        };
        Ok(Self { rsa, fingerprint: OnceLock::new() })
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.rsa.bits()
    }

    /// The SHA-256 of the public key, in lower-case hex: what
    /// `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints of the archive's `public.pem`.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| fingerprint(&self.rsa.public_key_der()))
    }

    pub(crate) fn rsa(&self) -> &relaxed_rsa::PrivateKey {
        &self.rsa
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PrivateKey")
            .field("bits", &self.bits())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

fn not_rsa_private_key() -> KeyError {
    KeyError::malformed("its DER is not an RSAPrivateKey")
}

/// The key in a `PrivateKeyInfo`, or `None` if the DER is something else.
fn from_private_key_info(der: &[u8]) -> Result<Option<relaxed_rsa::PrivateKey>, KeyError> {
    match pkcs8::rsa_private_key(der)? {
        None => Ok(None),
        // The outer structure was decoded, so the password was right and the key itself is damaged.
        Some(der) => from_rsa_private_key(der)?.ok_or_else(not_rsa_private_key).map(Some),
    }
}

/// The key in an `RSAPrivateKey`, or `None` if the DER is something else.
fn from_rsa_private_key(der: &[u8]) -> Result<Option<relaxed_rsa::PrivateKey>, KeyError> {
    match relaxed_rsa::PrivateKey::from_pkcs1_der(der) {
        Ok(key) => Ok(Some(key)),
        Err(relaxed_rsa::KeyError::Malformed) => Ok(None),
        Err(relaxed_rsa::KeyError::Size { bits }) => Err(KeyError::BadSize { bits, min: MIN_BITS, max: MAX_BITS }),
        Err(_) => Err(KeyError::Inconsistent),
    }
}

/// Out of line, so that an engine compiles it only if it is needed.
#[inline(never)]
fn unlock_traditional(
    dek_info: &DekInfo,
    der: &[u8],
    password: Option<&[u8]>,
) -> Result<relaxed_rsa::PrivateKey, KeyError> {
    unlock(password, |password| dek_info.decrypt(password, der).map_or(Ok(None), |der| from_rsa_private_key(&der)))
}

/// The most bytes of a password that OpenSSL reads (`PEM_BUFSIZE`).
const MAX_PASSWORD: usize = 1024;

/// Tries the first [`MAX_PASSWORD`] bytes of the password, then the same without the line breaks at their end.
///
/// `open` returns `None` if the password is wrong, and an error if no password would help.
fn unlock<T>(password: Option<&[u8]>, open: impl Fn(&[u8]) -> Result<Option<T>, KeyError>) -> Result<T, KeyError> {
    let password = password.ok_or(KeyError::PasswordMissing)?;
    let exact = password.get(..MAX_PASSWORD).unwrap_or(password);
    if let Some(opened) = open(exact)? {
        return Ok(opened);
    }
    let end = exact.iter().rposition(|byte| !matches!(byte, b'\r' | b'\n')).map_or(0, |last| last + 1);
    match exact.get(..end) {
        Some(trimmed) if end < exact.len() => open(trimmed)?.ok_or(KeyError::WrongPassword),
        _ => Err(KeyError::WrongPassword),
    }
}
