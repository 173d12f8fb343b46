//! PBES2 (RFC 8018 section 6.2): a key derivation function and a cipher, each with its own parameters.

use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::AnyRef;
use pkcs8::der::{self, Reader, Tag, Tagged};
use pkcs8::spki::AlgorithmIdentifierRef;

use super::cipher::{Cipher, KeyAndIv};
use super::derivation::KeyDerivation;
use super::error::KeyError;

pub(super) const OID: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.13");

/// The parameters of PBES2, within the limits.
pub(super) struct Pbes2<'a> {
    derivation: KeyDerivation<'a>,
    cipher: Cipher,
    /// Of the cipher's length.
    iv: &'a [u8],
}

impl<'a> Pbes2<'a> {
    pub(super) fn from_algorithm(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<Self, KeyError> {
        let parameters = algorithm.parameters.ok_or_else(|| KeyError::malformed("its PBES2 parameters are missing"))?;
        let (derivation, encryption) =
            read(parameters).map_err(|_| KeyError::malformed("its PBES2 parameters are malformed"))?;
        let cipher = Cipher::from_oid(encryption.oid).ok_or_else(|| KeyError::unsupported(&encryption.oid))?;
        let iv = encryption
            .parameters
            .filter(|iv| iv.tag() == Tag::OctetString && iv.value().len() == cipher.iv_len())
            .ok_or_else(|| KeyError::malformed("the initialisation vector of its cipher is malformed"))?;
        let derivation = KeyDerivation::from_algorithm(&derivation, cipher.key_len())?;
        Ok(Self { derivation, cipher, iv: iv.value() })
    }

    pub(super) fn cipher(&self) -> Cipher {
        self.cipher
    }

    pub(super) fn derive(&self, password: &[u8]) -> Result<KeyAndIv, KeyError> {
        let mut derived = KeyAndIv::default();
        if let Some(key) = derived.key.get_mut(..self.cipher.key_len()) {
            self.derivation.derive(password, key)?;
        }
        if let Some(iv) = derived.iv.get_mut(..self.iv.len()) {
            iv.copy_from_slice(self.iv);
        }
        Ok(derived)
    }
}

/// The key derivation function and the cipher.
fn read<'a>(parameters: AnyRef<'a>) -> der::Result<(AlgorithmIdentifierRef<'a>, AlgorithmIdentifierRef<'a>)> {
    parameters.sequence(|fields| Ok((fields.decode()?, fields.decode()?)))
}
