//! The public half of a key, as OpenSSL writes it.

use pkcs8::ObjectIdentifier;
use pkcs8::der::Encode;
use pkcs8::der::asn1::{AnyRef, BitStringRef, UintRef};
use pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};
use rsa::pkcs1::RsaPublicKeyRef;

use super::numbers::Numbers;

/// RFC 8017 appendix A.1.
pub(in crate::ground) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// `SubjectPublicKeyInfo` (RFC 5280 section 4.1) in DER: what `public.pem` holds.
pub(super) fn subject_public_key_info(numbers: &Numbers<'_>) -> Option<Vec<u8>> {
    let modulus = UintRef::new(numbers.n()).ok()?;
    let public_exponent = UintRef::new(numbers.e()).ok()?;
    let key = RsaPublicKeyRef { modulus, public_exponent }.to_der().ok()?;
    let algorithm = AlgorithmIdentifierRef { oid: RSA_ENCRYPTION, parameters: Some(AnyRef::NULL) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(&key).ok()? }.to_der().ok()
}
