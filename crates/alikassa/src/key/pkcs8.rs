//! `PrivateKeyInfo`: a private key with its algorithm (RFC 5958 section 2).

use pkcs8::der::Decode;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};

use super::error::KeyError;

/// RFC 8017 appendix A.1.
pub(super) const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The `RSAPrivateKey` in a `PrivateKeyInfo`, or `None` if the DER is something else.
pub(super) fn rsa_private_key(der: &[u8]) -> Result<Option<&[u8]>, KeyError> {
    match PrivateKeyInfoRef::from_der(der) {
        Err(_) => Ok(None),
        Ok(info) if info.algorithm.oid == RSA_ENCRYPTION => Ok(Some(info.private_key.as_bytes())),
        Ok(info) => Err(KeyError::NotRsa { algorithm: info.algorithm.oid.to_string() }),
    }
}
