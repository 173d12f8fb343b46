//! `ENCRYPTED PRIVATE KEY`: an `EncryptedPrivateKeyInfo` (RFC 5958 section 3) of any scheme.

use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{self, Reader, SliceReader};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::error::KeyError;
use super::pbes1::Pbes1;
use super::pbes2::{self, Pbes2};

/// An encrypted private key with supported parameters.
pub(super) struct Encrypted<'a> {
    scheme: Scheme<'a>,
    data: &'a [u8],
}

enum Scheme<'a> {
    Pbes1(Pbes1<'a>),
    Pbes2(Pbes2<'a>),
}

impl<'a> Encrypted<'a> {
    pub(super) fn from_der(der: &'a [u8]) -> Result<Self, KeyError> {
        let (algorithm, data) =
            read(der).map_err(|_| KeyError::malformed("its DER is not an EncryptedPrivateKeyInfo"))?;
        let scheme = if algorithm.oid == pbes2::OID {
            Scheme::Pbes2(Pbes2::from_algorithm(&algorithm)?)
        } else {
            Scheme::Pbes1(Pbes1::from_algorithm(&algorithm)?)
        };
        Ok(Self { scheme, data })
    }

    /// The DER of the `PrivateKeyInfo`, or `None` if the password is wrong.
    pub(super) fn decrypt(&self, password: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        Ok(match &self.scheme {
            Scheme::Pbes1(scheme) => scheme.derive(password).decrypt(scheme.cipher(), self.data),
            Scheme::Pbes2(scheme) => scheme.derive(password)?.decrypt(scheme.cipher(), self.data),
        })
    }
}

/// The algorithm and the encrypted data. Trailing bytes are ignored, as in OpenSSL. The type of `pkcs8` does not know the schemes of
/// PKCS#12.
fn read(der: &[u8]) -> der::Result<(AlgorithmIdentifierRef<'_>, &[u8])> {
    SliceReader::new(der)?.sequence(|info| {
        let (algorithm, data): (_, &OctetStringRef) = (info.decode()?, info.decode()?);
        Ok((algorithm, data.as_bytes()))
    })
}
