//! From a PEM to the RSA public key that verifies notifications.

use std::fmt;
use std::sync::OnceLock;

use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{self, Decode, Reader, SliceReader, Tag, TagNumber, Tagged};
use pkcs8::spki::SubjectPublicKeyInfoRef;
use relaxed_rsa::{MAX_BITS, MIN_BITS, PublicKey, Recovered};

use super::error::{KeyError, PUBLIC_PEM};
use super::fingerprint::fingerprint;
use super::pem::{self, PublicBlock};
use super::pkcs8::RSA_ENCRYPTION;
use crate::digest::Digest;

/// The RSA public key that verifies AliKassa's notifications: `public.pem` of the «API certificate for notifications».
pub struct NotificationKey {
    rsa: PublicKey,
    /// Computed on first use, since verifying does not need it.
    fingerprint: OnceLock<String>,
}

impl NotificationKey {
    /// Opens the text of `public.pem`.
    ///
    /// Supports `PUBLIC KEY` (RFC 5280's `SubjectPublicKeyInfo`), `RSA PUBLIC KEY` (RFC 8017's `RSAPublicKey`) and `CERTIFICATE` (X.509;
    /// its dates and issuer are ignored, as in PHP), from 1024 to 8192 bits with an odd public exponent from 3 to 2^33 - 1. CRLF,
    /// blanks, a byte order mark, quotes, text around the block and literal `\n` in place of line breaks are ignored. A certificate is
    /// preferred to a public key in the same text, as in PHP.
    ///
    /// # Errors
    /// [`KeyError`] if there is no such key in the text.
    ///
    /// ```
    /// use alikassa::{KeyError, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// assert_eq!(key.bits(), 2048);
    /// assert_eq!(key.fingerprint(), "6b23d7851f5463f3e7a45de06d78319475605ceb73ed226b603494147e63eaf3");
    /// let error = NotificationKey::from_pem(include_bytes!("../../tests/vectors/keys/plain-2048.pem")).unwrap_err();
    /// assert_eq!(error, KeyError::PrivateInPlaceOfPublic { label: "PRIVATE KEY".into() });
    /// # Ok::<(), KeyError>(())
    /// ```
    pub fn from_pem(pem: impl AsRef<[u8]>) -> Result<Self, KeyError> {
        let rsa = match pem::find_public(pem.as_ref())? {
            PublicBlock::Spki(der) => {
                from_spki(&SubjectPublicKeyInfoRef::from_der(&der).map_err(|_| NOT_A_PUBLIC_KEY)?)?
            }
            // Some programs write a `SubjectPublicKeyInfo` under this label, and OpenSSL reads it.
            PublicBlock::Pkcs1(der) => match SubjectPublicKeyInfoRef::from_der(&der) {
                Ok(spki) => from_spki(&spki)?,
                Err(_) => from_rsa_public_key(&der)?,
            },
            PublicBlock::Certificate(der) => from_spki(&spki_of_certificate(&der).map_err(|_| NOT_A_CERTIFICATE)?)?,
        };
        Ok(Self { rsa, fingerprint: OnceLock::new() })
    }

    /// Whether `signature` is an RSASSA-PKCS1-v1_5 signature (RFC 8017 section 8.2.2) of `message` with this digest: raw
    /// bytes, as long as the modulus.
    ///
    /// The encoded message is compared in full with the one encoding that a signer may write, and never parsed, so nothing can hide in
    /// its padding. A `DigestInfo` without its NULL is therefore rejected, as it is by OpenSSL.
    ///
    /// ```
    /// use alikassa::{Digest, NotificationKey};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// assert!(!key.verifies(b"{}", &[0; 256], Digest::Sha1));
    /// # Ok::<(), alikassa::KeyError>(())
    /// ```
    #[must_use]
    pub fn verifies(&self, message: &[u8], signature: &[u8], digest: Digest) -> bool {
        self.recover(signature).is_some_and(|recovered| recovered.encodes(&digest.digest_info(message)))
    }

    /// The encoded message under a signature, to be compared with several candidates. `None` if its length or value is out of range.
    pub(crate) fn recover(&self, signature: &[u8]) -> Option<Recovered> {
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
        self.fingerprint.get_or_init(|| fingerprint(&self.rsa.public_key_der()))
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

fn from_spki(spki: &SubjectPublicKeyInfoRef<'_>) -> Result<PublicKey, KeyError> {
    let algorithm = spki.algorithm.oid;
    if algorithm != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa { algorithm: algorithm.to_string() });
    }
    from_rsa_public_key(spki.subject_public_key.as_bytes().ok_or(NOT_AN_RSA_PUBLIC_KEY)?)
}

fn from_rsa_public_key(der: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::from_pkcs1_der(der).map_err(|error| match error {
        relaxed_rsa::KeyError::Malformed => NOT_AN_RSA_PUBLIC_KEY,
        relaxed_rsa::KeyError::Size { bits } => KeyError::BadSize { bits, min: MIN_BITS, max: MAX_BITS },
        _ => KeyError::InvalidPublicKey,
    })
}

/// The key in a `Certificate` (RFC 5280 section 4.1). Before it come the version (optional), the serial number, the signature's
/// algorithm, the issuer, the dates and the subject. They are not decoded, since OpenSSL reads none of them strictly.
fn spki_of_certificate(der: &[u8]) -> der::Result<SubjectPublicKeyInfoRef<'_>> {
    // OpenSSL appends data to a trusted certificate; that and all fields after the key are ignored.
    let certificate = AnyRef::decode(&mut SliceReader::new(der)?)?;
    certificate.tag().assert_eq(Tag::Sequence)?;
    SliceReader::new(certificate.value())?.sequence(|fields| {
        let version = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
        let before_key = if Tag::peek(fields)? == version { 6 } else { 5 };
        for _ in 0..before_key {
            AnyRef::decode(fields)?;
        }
        let key = fields.decode()?;
        fields.drain(fields.remaining_len())?;
        Ok(key)
    })
}
