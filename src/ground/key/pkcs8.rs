//! `PrivateKeyInfo`: a private key with the name of its algorithm (RFC 5958 section 2).

use pkcs8::der::{Tag, TagNumber, Tagged};

use super::error::KeyError;
use crate::ground::der::{Algorithm, Elements};
use crate::ground::rsa::RSA_ENCRYPTION;

/// The `RSAPrivateKey` within, or `None` where the DER is no `PrivateKeyInfo`.
pub(super) fn rsa_private_key(der: &[u8]) -> Result<Option<&[u8]>, KeyError> {
    match private_key(der) {
        None => Ok(None),
        Some((algorithm, key)) if algorithm.oid == RSA_ENCRYPTION => Ok(Some(key)),
        Some((algorithm, _)) => Err(KeyError::NotRsa { algorithm: algorithm.oid.to_string() }),
    }
}

/// The private key of any algorithm.
fn private_key(der: &[u8]) -> Option<(Algorithm<'_>, &[u8])> {
    let mut info = Elements::of(der)?;
    let version = info.uint()?;
    let algorithm = info.algorithm()?;
    let key = info.octets()?;
    // Attributes, the public key and what later versions may add: all of it with tags of its own.
    let mut has_public_key = false;
    while !info.is_at_end() {
        let Tag::ContextSpecific { number, .. } = info.any()?.tag() else { return None };
        has_public_key |= number == TagNumber(1);
    }
    (version == [u8::from(has_public_key)]).then_some((algorithm, key))
}
