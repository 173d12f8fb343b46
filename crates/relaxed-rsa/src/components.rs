//! The components of an RSA private key, as they stand in its DER.

use rsa::pkcs1::RsaPrivateKey;
use rsa::pkcs1::der::Decode;
use rsa::pkcs1::der::asn1::UintRef;

use crate::error::{KeyError, MAX_BITS, MIN_BITS};

/// OpenSSL's limit.
const MAX_PRIMES: usize = 5;

/// The components, big-endian, without leading zeros.
pub(crate) struct Components<'a> {
    pub(crate) n: &'a [u8],
    pub(crate) e: &'a [u8],
    pub(crate) d: &'a [u8],
    pub(crate) p: &'a [u8],
    pub(crate) q: &'a [u8],
    /// `d mod (p - 1)`.
    pub(crate) dp: &'a [u8],
    /// `d mod (q - 1)`.
    pub(crate) dq: &'a [u8],
    /// `1/q mod p`.
    pub(crate) qinv: &'a [u8],
    /// The primes after the second.
    pub(crate) other_primes: Vec<&'a [u8]>,
}

impl<'a> Components<'a> {
    /// Reads an `RSAPrivateKey` (RFC 8017 appendix A.1.2) with a modulus of an accepted size.
    pub(crate) fn from_pkcs1_der(der: &'a [u8]) -> Result<Self, KeyError> {
        let key = RsaPrivateKey::from_der(der).map_err(|_| KeyError::Malformed)?;
        let bytes = |number: UintRef<'a>| number.as_bytes();
        let other_primes = key.other_prime_infos.unwrap_or_default();
        let components = Self {
            n: bytes(key.modulus),
            e: bytes(key.public_exponent),
            d: bytes(key.private_exponent),
            p: bytes(key.prime1),
            q: bytes(key.prime2),
            dp: bytes(key.exponent1),
            dq: bytes(key.exponent2),
            qinv: bytes(key.coefficient),
            other_primes: other_primes.iter().map(|other| bytes(other.prime)).collect(),
        };
        check_size(components.bits())?;
        components.check_lengths()?;
        Ok(components)
    }

    /// The size of the modulus in bits.
    pub(crate) fn bits(&self) -> u32 {
        bit_length(self.n)
    }

    /// The time that arithmetic takes is quadratic in these lengths, so they are checked before it.
    fn check_lengths(&self) -> Result<(), KeyError> {
        let numbers = [self.e, self.d, self.p, self.q, self.dp, self.dq, self.qinv];
        let are_short = numbers.iter().chain(&self.other_primes).all(|number| number.len() <= self.n.len());
        let are_few = self.other_primes.len() + 2 <= MAX_PRIMES;
        if are_short && are_few { Ok(()) } else { Err(KeyError::Inconsistent) }
    }
}

/// Fails if a modulus has too few or too many bits.
pub(crate) fn check_size(bits: u32) -> Result<(), KeyError> {
    if (MIN_BITS..=MAX_BITS).contains(&bits) { Ok(()) } else { Err(KeyError::Size { bits }) }
}

/// The number of bits of a big-endian number, leading zeros not counted.
pub(crate) fn bit_length(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().position(|byte| *byte != 0).and_then(|at| bytes.get(at..)).unwrap_or_default();
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}
