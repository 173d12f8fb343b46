//! The numbers of an RSA key, as they stand in its DER.

use pkcs8::der::Decode;
use rsa::BoxedUint;
use rsa::pkcs1::RsaPrivateKeyRef;
use zeroize::Zeroizing;

use super::Refused;
use super::fast::Parts;

/// The numbers, big-endian, without leading zeros.
pub(super) struct Numbers<'a>(RsaPrivateKeyRef<'a>);

impl<'a> Numbers<'a> {
    /// From an `RSAPrivateKey` (RFC 8017 appendix A.1.2).
    pub(super) fn from_der(der: &'a [u8]) -> Result<Self, Refused> {
        RsaPrivateKeyRef::from_der(der).map(Self).map_err(|_| Refused::NotAKey)
    }

    /// The modulus.
    pub(super) fn n(&self) -> &'a [u8] {
        self.0.modulus.as_bytes()
    }

    /// The public exponent.
    pub(super) fn e(&self) -> &'a [u8] {
        self.0.public_exponent.as_bytes()
    }

    /// The size of the modulus in bits.
    pub(super) fn bits(&self) -> u32 {
        bit_length(self.n())
    }

    /// The key as the `rsa` crate has it, which checks that its numbers belong together. Of the values for the Chinese
    /// remainder theorem it takes none, but computes its own.
    pub(super) fn to_crate_key(&self) -> Result<rsa::PrivateKey, Refused> {
        let bits = self.bits();
        let precision = bits.next_multiple_of(8);
        let number = |bytes| BoxedUint::from_be_slice(bytes, precision).map_err(|_| Refused::Inconsistent);
        let n = number(self.n())?;
        let e = BoxedUint::from_be_slice(self.e(), bit_length(self.e()).next_multiple_of(8))
            .map_err(|_| Refused::Inconsistent)?;
        let d = number(self.0.private_exponent.as_bytes())?;
        let mut primes = vec![number(self.0.prime1.as_bytes())?, number(self.0.prime2.as_bytes())?];
        for more in self.0.other_prime_infos.iter().flatten() {
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
        key.map_err(|_| Refused::Inconsistent)
    }

    /// The numbers that the lanes work with.
    pub(super) fn parts(&self) -> Parts<'a> {
        Parts {
            n: self.n(),
            e: self.e(),
            p: self.0.prime1.as_bytes(),
            q: self.0.prime2.as_bytes(),
            dp: self.0.exponent1.as_bytes(),
            dq: self.0.exponent2.as_bytes(),
            qinv: self.0.coefficient.as_bytes(),
        }
    }

    /// Whether the key has two primes, and all its numbers belong together, those for the Chinese remainder theorem
    /// among them: n = p·q; for both primes d mod (p - 1) is the exponent, and e undoes it; qinv·q = 1 mod p.
    pub(super) fn is_consistent(&self) -> bool {
        self.0.other_prime_infos.is_none() && self.check().unwrap_or(false)
    }

    fn check(&self) -> Option<bool> {
        // Wide enough for every product here, which then wraps nowhere.
        let bits = 2 * self.bits().next_multiple_of(64) + 64;
        let number = |bytes: &[u8]| BoxedUint::from_be_slice(bytes, bits).ok().map(Zeroizing::new);
        let remainder = |number: &BoxedUint, modulus: &BoxedUint| {
            let modulus = Zeroizing::new(modulus.to_nz().into_option()?);
            Some(Zeroizing::new(number.rem_vartime(&modulus)))
        };
        let (n, e) = (number(self.n())?, number(self.e())?);
        let d = number(self.0.private_exponent.as_bytes())?;
        let (p, q) = (number(self.0.prime1.as_bytes())?, number(self.0.prime2.as_bytes())?);
        let one = number(&[1])?;
        let mut consistent = p != q && p.wrapping_mul(&*q) == *n;
        for (prime, exponent) in [(&p, self.0.exponent1.as_bytes()), (&q, self.0.exponent2.as_bytes())] {
            let exponent = number(exponent)?;
            let order = Zeroizing::new(prime.wrapping_sub(&*one));
            consistent &= remainder(&d, &order)? == exponent;
            let undone = Zeroizing::new(exponent.wrapping_mul(&*e));
            consistent &= remainder(&undone, &order)? == one;
        }
        let coefficient = number(self.0.coefficient.as_bytes())?;
        let inverted = Zeroizing::new(coefficient.wrapping_mul(&*q));
        consistent &= remainder(&inverted, &p)? == one;
        Some(consistent)
    }
}

/// The bits of a big-endian number, without its leading zeros.
pub(super) fn bit_length(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().position(|byte| *byte != 0).and_then(|at| bytes.get(at..)).unwrap_or_default();
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}
