//! Keys in PKCS#1 form inside the structures that name their algorithm: PKCS#8's `PrivateKeyInfo` and
//! `SubjectPublicKeyInfo`.

use rsa::pkcs1::der::asn1::{AnyRef, BitStringRef, UintRef};
use rsa::pkcs1::der::{Decode, Encode};
use rsa::pkcs1::{ALGORITHM_OID, RsaPublicKeyRef};
use rsa::pkcs8::PrivateKeyInfoRef;
use rsa::pkcs8::spki::{AlgorithmIdentifierRef, SubjectPublicKeyInfoRef};

use crate::components::Components;
use crate::error::KeyError;

/// The `RSAPrivateKey` in a `PrivateKeyInfo` (RFC 5958 section 2).
pub(crate) fn unwrap_private_key(der: &[u8]) -> Result<&[u8], KeyError> {
    let info = PrivateKeyInfoRef::from_der(der).map_err(|_| KeyError::Malformed)?;
    if info.algorithm.oid == ALGORITHM_OID { Ok(info.private_key.into()) } else { Err(KeyError::Malformed) }
}

/// The `RSAPublicKey` in a `SubjectPublicKeyInfo` (RFC 5280 section 4.1).
pub(crate) fn unwrap_public_key(der: &[u8]) -> Result<&[u8], KeyError> {
    let info = SubjectPublicKeyInfoRef::from_der(der).map_err(|_| KeyError::Malformed)?;
    let key = info.subject_public_key.as_bytes().ok_or(KeyError::Malformed)?;
    if info.algorithm.oid == ALGORITHM_OID { Ok(key) } else { Err(KeyError::Malformed) }
}

/// The `SubjectPublicKeyInfo` around an `RSAPublicKey`.
pub(crate) fn wrap_public_key(key: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid: ALGORITHM_OID, parameters: Some(AnyRef::NULL) };
    SubjectPublicKeyInfoRef { algorithm, subject_public_key: BitStringRef::from_bytes(key).ok()? }.to_der().ok()
}

/// The `SubjectPublicKeyInfo` of a private key.
pub(crate) fn public_key_of(components: &Components<'_>) -> Option<Vec<u8>> {
    let modulus = UintRef::new(components.n).ok()?;
    let public_exponent = UintRef::new(components.e).ok()?;
    wrap_public_key(&RsaPublicKeyRef { modulus, public_exponent }.to_der().ok()?)
}
