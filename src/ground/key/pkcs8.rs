//! `PrivateKeyInfo`: a private key with the name of its algorithm (RFC 5958 section 2).

use pkcs8::PrivateKeyInfoRef;
use pkcs8::der::Decode;

use super::error::KeyError;
use crate::ground::rsa::RSA_ENCRYPTION;

/// The `RSAPrivateKey` within, or `None` where the DER is no `PrivateKeyInfo`.
pub(super) fn rsa_private_key(der: &[u8]) -> Result<Option<&[u8]>, KeyError> {
    let Ok(info) = PrivateKeyInfoRef::from_der(der) else {
        return Ok(None);
    };
    if info.algorithm.oid != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa { algorithm: info.algorithm.oid.to_string() });
    }
    Ok(Some(info.private_key.as_bytes()))
}
