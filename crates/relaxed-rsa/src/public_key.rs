//! A public key: from its DER to the verification of a signature.

use rsa::BoxedUint;
use rsa::hazmat::rsa_encrypt;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs1::der::Decode;
use rsa::traits::PublicKeyParts;

use crate::components::{bit_length, check_size};
use crate::error::KeyError;
use crate::pkcs1v15::encode;
use crate::pkcs8;

/// An RSA public key, ready to verify. The `rsa` crate does the arithmetic, which is short with a public exponent.
///
/// ```
/// use relaxed_rsa::{PublicKey, digest_info};
/// use sha2::Sha256;
///
/// # let private_key = relaxed_rsa::PrivateKey::from_pkcs8_der(&std::fs::read("tests/vectors/2048.pkcs8")?)?;
/// # let signature = private_key.sign_pkcs1v15(&digest_info::<Sha256>(b"a message"))?;
/// // openssl pkey -pubout -outform DER -in key.pem -out public.der
/// let key = PublicKey::from_public_key_der(&std::fs::read("tests/vectors/2048.spki")?)?;
/// assert!(key.verify_pkcs1v15(&digest_info::<Sha256>(b"a message"), &signature));
/// assert!(!key.verify_pkcs1v15(&digest_info::<Sha256>(b"another message"), &signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PublicKey {
    /// `RSAPublicKey`.
    der: Vec<u8>,
    bits: u32,
    key: rsa::PublicKey,
}

impl PublicKey {
    /// Reads an `RSAPublicKey` (RFC 8017 appendix A.1.1) in DER: PEM label `RSA PUBLIC KEY`.
    ///
    /// # Errors
    /// [`KeyError`] if the DER is something else, the modulus is even or has an unsupported size, or the exponent is
    /// even or outside of 3 to 2^33 - 1.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let key = RsaPublicKeyRef::from_der(der).map_err(|_| KeyError::Malformed)?;
        let bits = bit_length(key.modulus.as_bytes());
        check_size(bits)?;
        let number = |bytes| {
            let precision = bit_length(bytes).next_multiple_of(8);
            BoxedUint::from_be_slice(bytes, precision).map_err(|_| KeyError::Inconsistent)
        };
        let (n, e) = (number(key.modulus.as_bytes())?, number(key.public_exponent.as_bytes())?);
        // The crate refuses an exponent of 1, under which every encoding is its own signature.
        let key = rsa::PublicKey::new(n, e).map_err(|_| KeyError::Inconsistent)?;
        Ok(Self { der: der.to_vec(), bits, key })
    }

    /// Reads a `SubjectPublicKeyInfo` (RFC 5280 section 4.1) in DER: PEM label `PUBLIC KEY`.
    ///
    /// # Errors
    /// As [`PublicKey::from_pkcs1_der`]; [`KeyError::Malformed`] if the key's algorithm is not `rsaEncryption`.
    pub fn from_public_key_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs1_der(pkcs8::unwrap_public_key(der)?)
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// The key as a `SubjectPublicKeyInfo` (RFC 5280 section 4.1) in DER.
    #[must_use]
    pub fn public_key_der(&self) -> Vec<u8> {
        pkcs8::wrap_public_key(&self.der).unwrap_or_default()
    }

    /// Whether `signature` is an RSASSA-PKCS1-v1_5 signature (RFC 8017 section 8.2.2) over this `DigestInfo`.
    #[must_use]
    pub fn verify_pkcs1v15(&self, digest_info: &[u8], signature: &[u8]) -> bool {
        self.recover(signature).is_some_and(|recovered| recovered.encodes(digest_info))
    }

    /// RSAVP1 (RFC 8017 section 5.2.2): the encoded message under a signature. It can be compared with several
    /// candidates, where the signer may have used one of several digests, at the price of one operation.
    ///
    /// `None` if the signature is not as long as the modulus, or not below it.
    #[must_use]
    pub fn recover(&self, signature: &[u8]) -> Option<Recovered> {
        let length = self.bits.div_ceil(8) as usize;
        if signature.len() != length {
            return None;
        }
        let modulus = self.key.n().as_ref();
        let signature = BoxedUint::from_be_slice(signature, self.bits.next_multiple_of(8)).ok()?;
        if signature >= *modulus {
            return None;
        }
        let message = rsa_encrypt(&self.key, &signature).ok()?.to_be_bytes();
        // The number has whole words, which may be more than the modulus has.
        let encoded = message.get(message.len().checked_sub(length)?..)?.to_vec();
        Some(Recovered { encoded, bits: self.bits })
    }
}

impl core::fmt::Debug for PublicKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PublicKey").field("bits", &self.bits).finish_non_exhaustive()
    }
}

/// The encoded message under a signature. It says nothing until it is compared, with [`Recovered::encodes`] or [`Recovered::hash`].
pub struct Recovered {
    encoded: Vec<u8>,
    bits: u32,
}

impl Recovered {
    /// Whether this is the encoding of a `DigestInfo`, to the last bit of its padding.
    ///
    /// The whole encoding is compared and nothing is parsed, so that nothing can hide in the padding.
    #[must_use]
    pub fn encodes(&self, digest_info: &[u8]) -> bool {
        encode(digest_info, self.bits).is_some_and(|expected| self.encoded == expected)
    }

    /// The `length` bytes of the hash, if everything before them is the encoding of a `DigestInfo` that begins with `prefix`
    /// (RFC 8017 section 9.2, note 1). It tells a hash function from others before any message is hashed.
    ///
    /// The signature is over a message if this hash is the message's: [`Recovered::encodes`] compares the same bytes.
    #[must_use]
    pub fn hash(&self, prefix: &[u8], length: usize) -> Option<&[u8]> {
        let expected = encode(&[prefix, &vec![0; length]].concat(), self.bits)?;
        let (expected, _) = expected.split_at_checked(expected.len().checked_sub(length)?)?;
        self.encoded.strip_prefix(expected)
    }
}

#[cfg(test)]
mod tests;
