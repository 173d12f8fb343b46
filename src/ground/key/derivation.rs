//! From a password to the key of a cipher: PBKDF2 and scrypt, as PBES2 names them (RFC 8018, RFC 7914).
//!
//! Their cost is the sender's to choose, and a large one would hang an isolate, so it is bounded before anything
//! is derived.

use pbkdf2::pbkdf2_hmac;
use pkcs8::ObjectIdentifier;
use pkcs8::der::Tag;
use pkcs8::der::asn1::AnyRef;
use sha2::{Sha224, Sha384, Sha512, Sha512_224, Sha512_256};

use super::error::KeyError;
use super::pbkdf2::pbkdf2_hmac_sha256;
use crate::ground::der::{Algorithm, Elements, Oid};

/// The most PBKDF2 iterations that are accepted. OpenSSL and PHP write 2048.
const MAX_ITERATIONS: u64 = 1_000_000;

/// The most memory that scrypt may take: 64 MiB. OpenSSL's default takes 16 MiB.
const MAX_SCRYPT_MEMORY: u64 = 64 << 20;

/// The most memory that scrypt may pass over in all, which is what its time goes by: 256 MiB.
const MAX_SCRYPT_WORK: u64 = 256 << 20;

const PBKDF2: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.12");
const SCRYPT: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.4.1.11591.4.11");

/// A key derivation function with its parameters, all within bounds.
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

/// RFC 8018 appendix B.1.2. Where the field is left out, SHA-1 is meant: so wrote OpenSSL 1.0.
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
    /// Reads the parameters for a cipher that wants `key_len` bytes, and refuses those that cost too much.
    pub(super) fn from_algorithm(algorithm: &Algorithm<'a>, key_len: usize) -> Result<Self, KeyError> {
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
        let (salt, iterations, prf) = pbkdf2_parameters(parameters, key_len).ok_or_else(malformed)?;
        let iterations = check_iterations(iterations)?;
        let prf = match prf {
            None => Prf::Sha1,
            Some(oid) => PRFS
                .iter()
                .find(|(_, known)| oid == *known)
                .map(|(prf, _)| *prf)
                .ok_or_else(|| KeyError::unsupported(&format_args!("PBKDF2 with {oid}")))?,
        };
        Ok(Self::Pbkdf2 { salt, iterations, prf })
    }

    /// Out of line: a fresh isolate hardly ever needs it compiled.
    #[inline(never)]
    fn scrypt(parameters: AnyRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let mut elements = Elements::of_any(parameters).ok_or_else(malformed)?;
        let salt = elements.octets().ok_or_else(malformed)?;
        let mut number = || elements.uint().map(saturating).ok_or_else(malformed);
        let (n, r, p) = (number()?, number()?, number()?);
        check_key_len(&mut elements, key_len).ok_or_else(malformed)?;
        elements.end().ok_or_else(malformed)?;
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(malformed());
        }
        // RFC 7914 section 6: 128·r bytes a block; N of them for the table, p of them for the input.
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

    /// Fills `key` with what the password yields.
    pub(super) fn derive(&self, password: &[u8], key: &mut [u8]) -> Result<(), KeyError> {
        match *self {
            Self::Pbkdf2 { salt, iterations, prf } => {
                match prf {
                    Prf::Sha1 => pbkdf2_hmac::<sha1::Sha1>(password, salt, iterations, key),
                    Prf::Sha224 => pbkdf2_hmac::<Sha224>(password, salt, iterations, key),
                    Prf::Sha256 => pbkdf2_hmac_sha256(password, salt, iterations, key),
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
    KeyError::malformed("the parameters of its key derivation")
}

/// The rounds of a derivation, if there are any and not too many.
pub(super) fn check_iterations(iterations: &[u8]) -> Result<u32, KeyError> {
    match saturating(iterations) {
        0 => Err(malformed()),
        value if value > MAX_ITERATIONS => {
            Err(KeyError::TooExpensive { what: "iterations", value, limit: MAX_ITERATIONS })
        }
        value => u32::try_from(value).map_err(|_| malformed()),
    }
}

/// The optional `keyLength` must be the cipher's, as it must be for OpenSSL.
fn check_key_len(elements: &mut Elements<'_>, key_len: usize) -> Option<()> {
    (!elements.has(Tag::Integer) || saturating(elements.uint()?) == key_len as u64).then_some(())
}

/// The salt, the rounds, and the name of the pseudo-random function where there is one.
fn pbkdf2_parameters(parameters: AnyRef<'_>, key_len: usize) -> Option<(&[u8], &[u8], Option<Oid<'_>>)> {
    let mut elements = Elements::of_any(parameters)?;
    let salt = elements.octets()?;
    let iterations = elements.uint()?;
    check_key_len(&mut elements, key_len)?;
    let prf = if elements.is_at_end() { None } else { Some(elements.algorithm()?.oid) };
    elements.end()?;
    Some((salt, iterations, prf))
}

/// A number of an ASN.1 INTEGER; all that 64 bits can't hold is as good as the largest value they can.
fn saturating(uint: &[u8]) -> u64 {
    uint.iter().fold(0, |value: u64, byte| match value.checked_mul(256) {
        Some(shifted) => shifted.saturating_add(u64::from(*byte)),
        None => u64::MAX,
    })
}
