//! From the DER of an RSA key to its numbers, and whether they belong together.

use pkcs8::der::Decode;
use pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use rsa::BoxedUint;
use rsa::pkcs1::RsaPrivateKeyRef;

use super::error::KeyError;
use super::{MAX_BITS, MIN_BITS};

/// RFC 8017 appendix A.1.
const RSA_ENCRYPTION: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");

/// The `RSAPrivateKey` within a `PrivateKeyInfo` (RFC 5958 section 2), or `None` where the DER is none.
pub(super) fn from_pkcs8(der: &[u8]) -> Result<Option<rsa::PrivateKey>, KeyError> {
    let Ok(info) = PrivateKeyInfoRef::from_der(der) else {
        return Ok(None);
    };
    if info.algorithm.oid != RSA_ENCRYPTION {
        return Err(KeyError::NotRsa { algorithm: info.algorithm.oid.to_string() });
    }
    match from_pkcs1(info.private_key.as_bytes())? {
        Some(key) => Ok(Some(key)),
        // The wrapping was read, so a password was right: this is damage within.
        None => Err(KeyError::Malformed { what: "its DER is not an RSAPrivateKey" }),
    }
}

/// An `RSAPrivateKey` (RFC 8017 appendix A.1.2), or `None` where the DER is none.
pub(super) fn from_pkcs1(der: &[u8]) -> Result<Option<rsa::PrivateKey>, KeyError> {
    let Ok(key) = RsaPrivateKeyRef::from_der(der) else {
        return Ok(None);
    };
    let modulus = key.modulus.as_bytes();
    let bits = bit_length(modulus);
    if !(MIN_BITS..=MAX_BITS).contains(&bits) {
        return Err(KeyError::BadSize { bits, min: MIN_BITS, max: MAX_BITS });
    }
    let precision = bits.next_multiple_of(8);
    let number = |bytes| BoxedUint::from_be_slice(bytes, precision).map_err(|_| KeyError::Inconsistent);
    let n = number(modulus)?;
    let exponent = key.public_exponent.as_bytes();
    let e = BoxedUint::from_be_slice(exponent, bit_length(exponent).next_multiple_of(8))
        .map_err(|_| KeyError::Inconsistent)?;
    let d = number(key.private_exponent.as_bytes())?;
    let mut primes = vec![number(key.prime1.as_bytes())?, number(key.prime2.as_bytes())?];
    for more in key.other_prime_infos.iter().flatten() {
        primes.push(number(more.prime.as_bytes())?);
    }
    // The sizes of the primes stand in the DER's own lengths; a key with unequal ones is rare, and slower.
    let half = bits.div_ceil(2);
    let unequal = primes.len() == 2 && primes.iter().any(|prime| prime.bit_width() > half);
    let key = if unequal {
        rsa::PrivateKey::from_components_with_wide_primes(n, e, d, primes)
    } else {
        rsa::PrivateKey::from_components(n, e, d, primes)
    };
    key.map(Some).map_err(|_| KeyError::Inconsistent)
}

fn bit_length(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().position(|byte| *byte != 0).and_then(|at| bytes.get(at..)).unwrap_or_default();
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}
