//! `ENCRYPTED PRIVATE KEY`: an `EncryptedPrivateKeyInfo` (RFC 5958 section 3), whatever its scheme.

use pkcs8::der::asn1::OctetStringRef;
use pkcs8::der::{self, Decode, Reader, SliceReader};
use pkcs8::spki::AlgorithmIdentifierRef;
use zeroize::Zeroizing;

use super::error::KeyError;
use super::pbes1::Pbes1;
use super::pbes2::{self, Pbes2};
use super::pem::PRIVATE_PEM;

/// An encrypted private key, read and judged, waiting for its password.
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
        let malformed = |_: der::Error| KeyError::Malformed {
            file: PRIVATE_PEM,
            what: "its DER is not an EncryptedPrivateKeyInfo",
        };
        let mut reader = SliceReader::new(der).map_err(malformed)?;
        let (algorithm, data) = reader
            .sequence(|reader| {
                let algorithm = AlgorithmIdentifierRef::decode(reader)?;
                let data = <&OctetStringRef>::decode(reader)?.as_bytes();
                Ok::<_, der::Error>((algorithm, data))
            })
            .map_err(malformed)?;
        let scheme = match algorithm.oid {
            pbes2::OID => Scheme::Pbes2(Pbes2::from_algorithm(&algorithm)?),
            _ => Scheme::Pbes1(Pbes1::from_algorithm(&algorithm)?),
        };
        Ok(Self { scheme, data })
    }

    /// The DER of the `PrivateKeyInfo` inside, or `None` where the password does not fit.
    pub(super) fn decrypt(&self, password: &[u8]) -> Result<Option<Zeroizing<Vec<u8>>>, KeyError> {
        Ok(match &self.scheme {
            Scheme::Pbes1(scheme) => scheme.derive(password).decrypt(scheme.cipher(), self.data),
            Scheme::Pbes2(scheme) => scheme.derive(password)?.decrypt(scheme.cipher(), self.data),
        })
    }
}
