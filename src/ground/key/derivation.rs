//! From a password to the key of a cipher: PBKDF2 and scrypt, as PBES2 names them (RFC 8018, RFC 7914).
//!
//! Their cost is the sender's to choose, and a large one would hang an isolate, so it is bounded before anything
//! is derived.

use pbkdf2::pbkdf2_hmac;
use pkcs8::ObjectIdentifier;
use pkcs8::der::Tag;
use pkcs8::der::asn1::AnyRef;
use pkcs8::spki::AlgorithmIdentifierRef;
use sha2::{Sha224, Sha384, Sha512, Sha512_224, Sha512_256};

use super::error::KeyError;
use super::pbkdf2::pbkdf2_hmac_sha256;
use super::pem::PRIVATE_PEM;
use crate::ground::der::Elements;

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
    pub(super) fn from_algorithm(algorithm: &AlgorithmIdentifierRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let parameters = algorithm.parameters.ok_or(MALFORMED)?;
        match algorithm.oid {
            PBKDF2 => Self::pbkdf2(parameters, key_len),
            SCRYPT => Self::scrypt(parameters, key_len),
            oid => Err(KeyError::UnsupportedCipher { algorithm: oid.to_string() }),
        }
    }

    fn pbkdf2(parameters: AnyRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let mut elements = Elements::of_any(parameters).ok_or(MALFORMED)?;
        let salt = elements.octets().ok_or(MALFORMED)?;
        let iterations = elements.uint().ok_or(MALFORMED)?;
        check_key_len(&mut elements, key_len)?;
        let prf = if elements.is_at_end() { None } else { Some(elements.algorithm().ok_or(MALFORMED)?.oid) };
        elements.end().ok_or(MALFORMED)?;
        let iterations = check_iterations(iterations)?;
        let prf = match prf {
            None => Prf::Sha1,
            Some(oid) => PRFS
                .iter()
                .find(|(_, known)| *known == oid)
                .map(|(prf, _)| *prf)
                .ok_or_else(|| KeyError::UnsupportedCipher { algorithm: format!("PBKDF2 with {oid}") })?,
        };
        Ok(Self::Pbkdf2 { salt, iterations, prf })
    }

    /// Out of line: a fresh isolate hardly ever needs it compiled.
    #[inline(never)]
    fn scrypt(parameters: AnyRef<'a>, key_len: usize) -> Result<Self, KeyError> {
        let mut elements = Elements::of_any(parameters).ok_or(MALFORMED)?;
        let salt = elements.octets().ok_or(MALFORMED)?;
        let mut number = || elements.uint().map(saturating).ok_or(MALFORMED);
        let (n, r, p) = (number()?, number()?, number()?);
        check_key_len(&mut elements, key_len)?;
        elements.end().ok_or(MALFORMED)?;
        if n < 2 || !n.is_power_of_two() || r == 0 || p == 0 {
            return Err(MALFORMED);
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
        let log_n = u8::try_from(n.trailing_zeros()).map_err(|_| MALFORMED)?;
        let r = u32::try_from(r).map_err(|_| MALFORMED)?;
        let p = u32::try_from(p).map_err(|_| MALFORMED)?;
        let params = scrypt::Params::new(log_n, r, p).map_err(|_| MALFORMED)?;
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
            Self::Scrypt { salt, ref params } => scrypt::scrypt(password, salt, params, key).map_err(|_| MALFORMED),
        }
    }
}

const MALFORMED: KeyError = KeyError::Malformed { file: PRIVATE_PEM, what: "the parameters of its key derivation" };

/// The rounds of a derivation, if there are any and not too many.
pub(super) fn check_iterations(iterations: &[u8]) -> Result<u32, KeyError> {
    match saturating(iterations) {
        0 => Err(MALFORMED),
        value if value > MAX_ITERATIONS => {
            Err(KeyError::TooExpensive { what: "iterations", value, limit: MAX_ITERATIONS })
        }
        value => u32::try_from(value).map_err(|_| MALFORMED),
    }
}

/// The optional `keyLength` must be the cipher's, as it must be for OpenSSL.
fn check_key_len(elements: &mut Elements<'_>, key_len: usize) -> Result<(), KeyError> {
    if !elements.has(Tag::Integer) {
        return Ok(());
    }
    match elements.uint().map(saturating).map(usize::try_from) {
        Some(Ok(length)) if length == key_len => Ok(()),
        _ => Err(MALFORMED),
    }
}

/// A number of an ASN.1 INTEGER; all that 64 bits can't hold is as good as the largest value they can.
fn saturating(uint: &[u8]) -> u64 {
    uint.iter().fold(0, |value: u64, byte| match value.checked_mul(256) {
        Some(shifted) => shifted.saturating_add(u64::from(*byte)),
        None => u64::MAX,
    })
}
