//! From the PEM and the password of AliKassa's archive to an RSA key.
//!
//! The rule is PHP's: what [`openssl_pkey_get_private`](https://www.php.net/manual/en/function.openssl-pkey-get-private.php)
//! opens, opens here, and so does what
//! [`openssl_pkey_get_public`](https://www.php.net/manual/en/function.openssl-pkey-get-public.php) opens, in [`public`].

mod cipher;
mod derivation;
mod encrypted;
mod error;
mod pbes1;
mod pbes2;
mod pbkdf2;
mod pem;
mod pkcs8;
mod public;
mod traditional;

use std::fmt;
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use self::encrypted::Encrypted;
pub use self::error::KeyError;
use self::pem::Label;
pub use self::public::NotificationKey;
use self::traditional::DekInfo;
use super::rsa::{MAX_BITS, MIN_BITS, Refused, RsaKey};

/// An RSA private key, opened and found sound. Its numbers are wiped from memory on drop and never printed.
///
/// ```
/// use alikassa_edge::PrivateKey;
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
/// assert_eq!(key.bits(), 2048);
/// // As `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints it.
/// assert_eq!(key.fingerprint(), "6b23d7851f5463f3e7a45de06d78319475605ceb73ed226b603494147e63eaf3");
/// # Ok::<(), alikassa_edge::KeyError>(())
/// ```
pub struct PrivateKey {
    rsa: RsaKey,
    /// Made when it is first asked for: not on the way to a signature.
    fingerprint: OnceLock<String>,
}

impl PrivateKey {
    /// Opens the text of `private.pem` with the text of `password.txt`.
    ///
    /// Opens `ENCRYPTED PRIVATE KEY` (PBES2 with PBKDF2 or scrypt and AES-CBC, DES-EDE3-CBC or DES-CBC; PBES1 with DES;
    /// PKCS#12's triple DES), `RSA PRIVATE KEY` with or without `DEK-Info`, and `PRIVATE KEY`, from 1024 to 8192 bits. CRLF, blanks, a byte
    /// order mark, quotes, text around the block and literal `\n` in place of line breaks do no harm.
    ///
    /// The password is tried as it is, and then without the line breaks at its end, which `password.txt` often has
    /// and which are no part of it. A key in the clear opens with any password and with none.
    ///
    /// # Errors
    /// A [`KeyError`] that says what is wrong with the text. Parameters that would hang an isolate (more than
    /// 1,000,000 rounds of PBKDF2, more than 64 MiB for scrypt) are refused before anything is derived.
    ///
    /// ```
    /// use alikassa_edge::PrivateKey;
    ///
    /// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
    /// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
    /// assert_eq!(key.bits(), 2048);
    /// # Ok::<(), alikassa_edge::KeyError>(())
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
        self.fingerprint.get_or_init(|| fingerprint(&self.rsa.public_der()))
    }

    pub(super) fn rsa(&self) -> &RsaKey {
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

/// The SHA-256 of a `SubjectPublicKeyInfo`, in lower-case hex.
fn fingerprint(public_der: &[u8]) -> String {
    Sha256::digest(public_der).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn not_rsa_private_key() -> KeyError {
    KeyError::malformed("its DER is not an RSAPrivateKey")
}

/// The key in a `PrivateKeyInfo`, or `None` where the DER is none.
fn from_private_key_info(der: &[u8]) -> Result<Option<RsaKey>, KeyError> {
    match pkcs8::rsa_private_key(der)? {
        None => Ok(None),
        // The wrapping was read, so a password was right: what is wrong now is damage within.
        Some(der) => from_rsa_private_key(der)?.ok_or_else(not_rsa_private_key).map(Some),
    }
}

/// The key in an `RSAPrivateKey`, or `None` where the DER is none.
fn from_rsa_private_key(der: &[u8]) -> Result<Option<RsaKey>, KeyError> {
    match RsaKey::from_der(der) {
        Ok(key) => Ok(Some(key)),
        Err(Refused::NotAKey) => Ok(None),
        Err(Refused::BadSize(bits)) => Err(KeyError::BadSize { bits, min: MIN_BITS, max: MAX_BITS }),
        Err(Refused::Inconsistent) => Err(KeyError::Inconsistent),
    }
}

/// Out of line: a fresh isolate hardly ever needs it compiled.
#[inline(never)]
fn unlock_traditional(dek_info: &DekInfo, der: &[u8], password: Option<&[u8]>) -> Result<RsaKey, KeyError> {
    unlock(password, |password| dek_info.decrypt(password, der).map_or(Ok(None), |der| from_rsa_private_key(&der)))
}

/// The most of a password that OpenSSL looks at, whoever asks for it (`PEM_BUFSIZE`).
const MAX_PASSWORD: usize = 1024;

/// Tries the password as it is, then without the line breaks at its end; of a very long one the part that OpenSSL takes.
///
/// `open` says `None` where the password does not fit; an error is one that no other password would mend.
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
