//! `ENCRYPTED PRIVATE KEY`: an `EncryptedPrivateKeyInfo` (RFC 5958 section 3), whatever its scheme.

use zeroize::Zeroizing;

use super::error::KeyError;
use super::pbes1::Pbes1;
use super::pbes2::{self, Pbes2};
use crate::ground::der::{Algorithm, Elements};

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
        let (algorithm, data) =
            read(der).ok_or_else(|| KeyError::malformed("its DER is not an EncryptedPrivateKeyInfo"))?;
        let scheme = if algorithm.oid == pbes2::OID {
            Scheme::Pbes2(Pbes2::from_algorithm(&algorithm)?)
        } else {
            Scheme::Pbes1(Pbes1::from_algorithm(&algorithm)?)
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

/// The algorithm and the encrypted data. What may follow is of no interest, as it is of none to OpenSSL.
fn read(der: &[u8]) -> Option<(Algorithm<'_>, &[u8])> {
    let mut info = Elements::at_front(der)?;
    let algorithm = info.algorithm()?;
    let data = info.octets()?;
    info.end()?;
    Some((algorithm, data))
}
