//! From a PEM to the public key that notifications are checked with.

use std::fmt;
use std::sync::OnceLock;

use pkcs8::der::{Tag, TagNumber};

use super::error::{KeyError, PUBLIC_PEM};
use super::fingerprint;
use super::pem::{self, PublicBlock};
use crate::ground::der::{Elements, Oid};
use crate::ground::rsa::{MAX_BITS, MIN_BITS, RSA_ENCRYPTION, Recovered, Refused, RsaPublicKey};
use crate::ground::signature::Digest;

/// The RSA public key that AliKassa's notifications verify with: `public.pem` of the «API certificate for notifications».
pub struct NotificationKey {
    rsa: RsaPublicKey,
    /// Made when it is first asked for: not on the way to a verification.
    fingerprint: OnceLock<String>,
}

impl NotificationKey {
    /// Opens the text of `public.pem`.
    ///
    /// Opens `PUBLIC KEY` (RFC 5280's `SubjectPublicKeyInfo`), `RSA PUBLIC KEY` (RFC 8017's `RSAPublicKey`) and
    /// `CERTIFICATE` (X.509; neither its dates nor its issuer are looked at, as in PHP), from 1024 to 8192 bits with an odd
    /// public exponent from 3 to 2^33 - 1. CRLF, blanks, a byte order mark, quotes, text around the block and literal `\n`
    /// in place of line breaks do no harm. A certificate comes before a public key beside it, as in PHP.
    ///
    /// # Errors
    /// A [`KeyError`] that says what is wrong with the text; for a private key, that it is one.
    ///
    /// ```
    /// use alikassa_edge::{KeyError, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../../tests/vectors/public/spki-2048.pem"))?;
    /// assert_eq!(key.bits(), 2048);
    /// assert_eq!(key.fingerprint(), "6b23d7851f5463f3e7a45de06d78319475605ceb73ed226b603494147e63eaf3");
    /// let error = NotificationKey::from_pem(include_bytes!("../../../tests/vectors/keys/plain-2048.pem")).unwrap_err();
    /// assert_eq!(error, KeyError::PrivateInPlaceOfPublic { label: "PRIVATE KEY".into() });
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let rsa = match pem::find_public(pem.as_ref())? {
            PublicBlock::Spki(der) => from_spki(&Elements::of(&der).and_then(Spki::read).ok_or(NOT_A_PUBLIC_KEY)?)?,
            // Under this label some programs write the other form, and OpenSSL reads it.
            PublicBlock::Pkcs1(der) => match Elements::of(&der).and_then(Spki::read) {
                Some(spki) => from_spki(&spki)?,
                None => from_rsa_public_key(&der)?,
            },
            PublicBlock::Certificate(der) => from_spki(&spki_of_certificate(&der).ok_or(NOT_A_CERTIFICATE)?)?,
        };
        Ok(Self { rsa, fingerprint: OnceLock::new() })
    }

    /// Whether `signature` is an RSASSA-PKCS1-v1_5 signature (RFC 8017 section 8.2.2) of `message` with this digest: raw
    /// bytes, as long as the modulus.
    ///
    /// What the signature holds is compared in full with the one encoding that a signer may write, and nothing in it is
    /// taken apart, so there is no room for another text in its padding. That refuses the `DigestInfo` without its NULL,
    /// as OpenSSL does.
    ///
    /// ```
    /// use alikassa_edge::{Digest, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../../tests/vectors/public/spki-2048.pem"))?;
    /// assert!(!key.verifies(b"{}", &[0; 256], Digest::Sha1));
    /// # Ok::<(), alikassa_edge::KeyError>(())
    /// ```
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8], digest: Digest) -> bool {
        self.recover(signature).is_some_and(|recovered| recovered.encodes(&digest.digest_info(message)))
    }

    /// What was signed, to be compared with what might have been; `None` for what can be no signature of this key.
    pub(in crate::ground) fn recover(&self, signature: &[u8]) -> Option<Recovered> {
        self.rsa.recover(signature)
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.rsa.bits()
    }

    /// The SHA-256 of the public key, in lower-case hex: what
    /// `openssl pkey -pubin -in public.pem -outform der | sha256sum` prints.
    #[must_use]
    pub fn fingerprint(&self) -> &str {
        self.fingerprint.get_or_init(|| fingerprint(&self.rsa.public_der()))
    }
}

impl fmt::Debug for NotificationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NotificationKey")
            .field("bits", &self.bits())
            .field("fingerprint", &self.fingerprint())
            .finish_non_exhaustive()
    }
}

const NOT_A_PUBLIC_KEY: KeyError = malformed("its DER is not a SubjectPublicKeyInfo");
const NOT_AN_RSA_PUBLIC_KEY: KeyError = malformed("its DER is not an RSAPublicKey");
const NOT_A_CERTIFICATE: KeyError = malformed("its DER is not a certificate");

const fn malformed(what: &'static str) -> KeyError {
    KeyError::Malformed { file: PUBLIC_PEM, what }
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
struct Spki<'a> {
    algorithm: Oid<'a>,
    /// The content of the BIT STRING: the number of bits at its end that do not count, and the bits.
    key: &'a [u8],
}

impl<'a> Spki<'a> {
    fn read(mut elements: Elements<'a>) -> Option<Self> {
        let spki = Self { algorithm: elements.algorithm()?.oid, key: elements.tagged(Tag::BitString)? };
        elements.end()?;
        Some(spki)
    }
}

fn from_spki(spki: &Spki<'_>) -> Result<RsaPublicKey, KeyError> {
    if spki.algorithm != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa { algorithm: spki.algorithm.to_string() });
    }
    match spki.key {
        [0, key @ ..] => from_rsa_public_key(key),
        _ => Err(NOT_AN_RSA_PUBLIC_KEY),
    }
}

fn from_rsa_public_key(der: &[u8]) -> Result<RsaPublicKey, KeyError> {
    RsaPublicKey::from_der(der).map_err(|refused| match refused {
        Refused::NotAKey => NOT_AN_RSA_PUBLIC_KEY,
        Refused::BadSize(bits) => KeyError::BadSize { bits, min: MIN_BITS, max: MAX_BITS },
        Refused::Inconsistent => KeyError::Impossible,
    })
}

/// The key in a `Certificate` (RFC 5280 section 4.1), before which stand the version where there is one, the serial
/// number, the signature's algorithm, the issuer, the dates and the subject.
fn spki_of_certificate(der: &[u8]) -> Option<Spki<'_>> {
    // What OpenSSL puts behind a trusted certificate is of no interest, and neither is what follows the key.
    let mut fields = Elements::at_front(der)?.sequence()?;
    let version = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let before_key = if fields.has(version) { 6 } else { 5 };
    for _ in 0..before_key {
        fields.any()?;
    }
    Spki::read(fields.sequence()?)
}
