//! The public half of a key: as OpenSSL writes it, and the operation that undoes a signature.

use pkcs8::ObjectIdentifier;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{AnyRef, BitStringRef, UintRef};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use rsa::BoxedUint;
use rsa::hazmat::rsa_encrypt;
use rsa::pkcs1::RsaPublicKeyRef;
use rsa::traits::PublicKeyParts;

use super::numbers::{Numbers, bit_length};
use super::{MAX_BITS, MIN_BITS, Refused, encode};
use crate::ground::der::Elements;

/// RFC 8017 appendix A.1.
pub(in crate::ground) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// A public key, ready to verify.
pub(in crate::ground) struct RsaPublicKey {
    /// `RSAPublicKey`.
    der: Vec<u8>,
    bits: u32,
    key: rsa::PublicKey,
}

impl RsaPublicKey {
    /// From an `RSAPublicKey` (RFC 8017 appendix A.1.1). Numbers that no RSA key has, an exponent over 33 bits among them,
    /// are [`Refused::Inconsistent`].
    pub(in crate::ground) fn from_der(der: &[u8]) -> Result<Self, Refused> {
        let (n, e) = Elements::of(der).and_then(read).ok_or(Refused::NotAKey)?;
        let bits = bit_length(n);
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(Refused::BadSize(bits));
        }
        let number = |bytes| {
            let precision = bit_length(bytes).next_multiple_of(8);
            BoxedUint::from_be_slice(bytes, precision).map_err(|_| Refused::Inconsistent)
        };
        // An exponent of 1, of which every encoding is its own signature, is not taken.
        let key = rsa::PublicKey::new(number(n)?, number(e)?).map_err(|_| Refused::Inconsistent)?;
        Ok(Self { der: der.to_vec(), bits, key })
    }

    /// The size of the modulus in bits.
    pub(in crate::ground) fn bits(&self) -> u32 {
        self.bits
    }

    /// The key as a `SubjectPublicKeyInfo` in DER.
    pub(in crate::ground) fn public_der(&self) -> Vec<u8> {
        wrap(&self.der).unwrap_or_default()
    }

    /// RSAVP1 (RFC 8017 section 5.2.2): `None` where the signature has another length than the modulus, or is not below it.
    pub(in crate::ground) fn recover(&self, signature: &[u8]) -> Option<Recovered> {
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
        // In whole words, which may be more than the modulus has.
        let encoded = message.get(message.len().checked_sub(length)?..)?.to_vec();
        Some(Recovered { encoded, bits: self.bits })
    }
}

/// Modulus and public exponent.
fn read(mut elements: Elements<'_>) -> Option<(&[u8], &[u8])> {
    let numbers = (elements.uint()?, elements.uint()?);
    elements.end()?;
    Some(numbers)
}

/// What a signature holds.
pub(in crate::ground) struct Recovered {
    encoded: Vec<u8>,
    bits: u32,
}

impl Recovered {
    /// Whether it is the encoding of this `DigestInfo`, to the last bit of its padding.
    pub(in crate::ground) fn encodes(&self, digest_info: &[u8]) -> bool {
        self.encoded == encode(digest_info, self.bits)
    }
}

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1) in DER: what `public.pem` holds.
pub(super) fn subject_public_key_info(numbers: &Numbers<'_>) -> Option<Vec<u8>> {
    let modulus = UintRef::new(numbers.n).ok()?;
    let public_exponent = UintRef::new(numbers.e).ok()?;
    wrap(&RsaPublicKeyRef { modulus, public_exponent }.to_der().ok()?)
}

/// The `SubjectPublicKeyInfo` of an `RSAPublicKey`.
fn wrap(key: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(key).ok()? }.to_der().ok()
}
