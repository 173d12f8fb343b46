//! From a password to the key of a cipher: PBKDF2 and scrypt, as PBES2 names them (RFC 8018, RFC 7914).
//!
//! The parameters set the cost, and a high cost would block a server, so they are limited before any derivation.

use pbkdf2::pbkdf2_hmac;
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, OctetStringRef, UintRef};
use pkcs8::der::{self, Reader};
use pkcs8::spki::AlgorithmIdentifierRef;
use sha2::{Sha224, Sha256, Sha384, Sha512, Sha512_224, Sha512_256};

use super::error::KeyError;

/// The most PBKDF2 iterations that are accepted. OpenSSL and PHP write 2048.
const MAX_ITERATIONS: u64 = 1_000_000;

/// The most memory that scrypt may take: 64 MiB. OpenSSL's default takes 16 MiB.
const MAX_SCRYPT_MEMORY: u64 = 64 << 20;

/// The most bytes that scrypt may mix, to which its time is proportional: 256 MiB.
const MAX_SCRYPT_WORK: u64 = 256 << 20;

const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");

/// A key derivation function with its parameters, within the limits.
pub(super) enum KeyDerivation<'a> {
    Pbkdf2 { salt: &'a [u8], iterations: u32, prf: Prf },
    Scrypt { salt: &'a [u8], params: scrypt::Params },
}

/// PBKDF2's pseudo-random function: HMAC with this hash.
#[derive(Clone, Copy)]
pub(super) enum Prf {
    Sha1,
    Sha224,
    Sha256,
    Sha384,
    Sha512,
    Sha512_224,
    Sha512_256,
}

/// RFC 8018 appendix B.1.2. The default is SHA-1, which OpenSSL 1.0 used.
const PRFS: [(Prf, ObjectIdentifier); 7] = [
    (Prf::Sha1, ObjectIdentifier::new_unwrap("1.2.840.113549.2.7")),
    (Prf::Sha224, ObjectIdentifier::new_unwrap("1.2.840.113549.2.8")),
    (Prf::Sha256, ObjectIdentifier::new_unwrap("1.2.840.113549.2.9")),
    (Prf::Sha384, ObjectIdentifier::new_unwrap("1.2.840.113549.2.10")),
    (Prf::Sha512, ObjectIdentifier::new_unwrap("1.2.840.113549.2.11")),
    (Prf::Sha512_224, ObjectIdentifier::new_unwrap("1.2.840.113549.2.12")),
    (Prf::Sha512_256, ObjectIdentifier::new_unwrap("1.2.840.113549.2.13")),
];

impl<'a> KeyDerivation<'a> {
    /// Decodes the parameters for a cipher's key of `key_len` bytes, and checks them against the limits.
    pub(super) fn from_algorithm(algorithm: &AlgorithmIdentifierRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let parameters = algorithm.parameters.ok_or_else(malformed)?;
        if algorithm.oid == PBKDF2 {
            Self::pbkdf2(parameters, key_len)
        } else if algorithm.oid == SCRYPT {
            Self::scrypt(parameters, key_len)
        } else {
            Err(KeyError::unsupported(&algorithm.oid))
        }
    }

    fn pbkdf2(parameters: AnyRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let (salt, iterations, length, prf) = pbkdf2_parameters(parameters).map_err(|_| malformed())?;
        check_key_len(length, key_len)?;
        let iterations = check_iterations(iterations)?;
        let prf = match prf {
            None => Prf::Sha1,
            Some(AlgorithmIdentifierRef { oid, .. }) => PRFS
                .iter()
                .find(|(_, known)| oid == *known)
                .map(|(prf, _)| *prf)
                .ok_or_else(|| KeyError::unsupported(&format_args!("PBKDF2 with {oid}")))?,
        };
        Ok(Self::Pbkdf2 { salt, iterations, prf })
    }

    /// Out of line, so that an engine compiles it only if it is needed.
    #[inline(never)]
    fn scrypt(parameters: AnyRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let (salt, costs, length) = scrypt_parameters(parameters).map_err(|_| malformed())?;
        check_key_len(length, key_len)?;
        let [n, r, p] = costs.map(saturating);
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(malformed());
        }
        // RFC 7914 section 6: blocks of 128·r bytes, N of them for the table and p for the input.
        let block = r.saturating_mul(128);
        let memory = block.saturating_mul(n.saturating_add(p));
        if memory > MAX_SCRYPT_MEMORY {
            return Err(KeyError::TooExpensive {
                what: "bytes of memory for scrypt",
                value: memory,
                limit: MAX_SCRYPT_MEMORY,
            });
        }
        let work = block.saturating_mul(n).saturating_mul(p);
        if work > MAX_SCRYPT_WORK {
            return Err(KeyError::TooExpensive { what: "bytes mixed by scrypt", value: work, limit: MAX_SCRYPT_WORK });
        }
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| malformed())?;
        let r = u32::try_from(r).map_err(|_| malformed())?;
        let p = u32::try_from(p).map_err(|_| malformed())?;
        let params = scrypt::Params::new(log_n, r, p).map_err(|_| malformed())?;
        Ok(Self::Scrypt { salt, params })
    }

    /// Fills `key` with bytes derived from the password.
    pub(super) fn derive(&self, password: &[u8], key: &mut [u8]) -> Result<(), KeyError> {
        match *self {
            Self::Pbkdf2 { salt, iterations, prf } => {
                match prf {
                    Prf::Sha1 => pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, key),
                    Prf::Sha224 => pbkdf2_hmac::<Sha224>(password, salt, iterations, key),
                    Prf::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, iterations, key),
                    Prf::Sha384 => pbkdf2_hmac::<Sha384>(password, salt, iterations, key),
                    Prf::Sha512 => pbkdf2_hmac::<Sha512>(password, salt, iterations, key),
                    Prf::Sha512_224 => pbkdf2_hmac::<Sha512_224>(password, salt, iterations, key),
                    Prf::Sha512_256 => pbkdf2_hmac::<Sha512_256>(password, salt, iterations, key),
                }
                Ok(())
            }
            Self::Scrypt { salt, ref params } => scrypt::scrypt(password, salt, params, key).map_err(|_| malformed()),
        }
    }
}

fn malformed() -> KeyError {
    KeyError::malformed("the parameters of its key derivation are malformed")
}

/// The number of iterations, if it is within the limits.
pub(super) fn check_iterations(iterations: UintRef<'_>) -> Result<u32, KeyError> {
    match saturating(iterations) {
        0 => Err(malformed()),
        value if value > MAX_ITERATIONS => {
            Err(KeyError::TooExpensive { what: "iterations", value, limit: MAX_ITERATIONS })
        }
        value => u32::try_from(value).map_err(|_| malformed()),
    }
}

/// The optional `keyLength` must be that of the cipher, as in OpenSSL.
fn check_key_len(length: Option<UintRef<'_>>, key_len: usize) -> Result<(), KeyError> {
    if length.is_none_or(|length| saturating(length) == key_len as u64) { Ok(()) } else { Err(malformed()) }
}

/// `PBKDF2-params` (RFC 8018 appendix A.2): salt, iterations, `keyLength` and pseudo-random function. The type of `pkcs5` is narrower
/// than OpenSSL: at most 32 bytes of salt, no SHA-512/224 and SHA-512/256, no function without its NULL.
#[expect(clippy::type_complexity, reason = "read in one place, and taken apart there")]
fn pbkdf2_parameters<'a>(
    parameters: AnyRef<'a>,
) -> der::Result<(&'a [u8], UintRef<'a>, Option<UintRef<'a>>, Option<AlgorithmIdentifierRef<'a>>)> {
    parameters.sequence(|fields| {
        let salt: &OctetStringRef = fields.decode()?;
        Ok((salt.as_bytes(), fields.decode()?, fields.decode()?, fields.decode()?))
    })
}

/// `scrypt-params` (RFC 7914 section 7.1): salt, the costs N, r and p, and `keyLength`.
fn scrypt_parameters<'a>(parameters: AnyRef<'a>) -> der::Result<(&'a [u8], [UintRef<'a>; 3], Option<UintRef<'a>>)> {
    parameters.sequence(|fields| {
        let salt: &OctetStringRef = fields.decode()?;
        let costs = [fields.decode()?, fields.decode()?, fields.decode()?];
        Ok((salt.as_bytes(), costs, fields.decode()?))
    })
}

/// The value of an ASN.1 INTEGER; `u64::MAX` for a larger one.
fn saturating(uint: UintRef<'_>) -> u64 {
    uint.as_bytes().iter().fold(0, |value: u64, byte| match value.checked_mul(256) {
        Some(shifted) => shifted.saturating_add(u64::from(*byte)),
        None => u64::MAX,
    })
}
