//! The numbers of an RSA key, as they stand in its DER.

use pkcs8::der::Tag;
use rsa::BoxedUint;

use super::Refused;
use super::fast::Parts;
use crate::ground::der::Elements;

/// The numbers, big-endian, without leading zeros.
pub(super) struct Numbers<'a> {
    pub(super) n: &'a [u8],
    pub(super) e: &'a [u8],
    pub(super) d: &'a [u8],
    pub(super) p: &'a [u8],
    pub(super) q: &'a [u8],
    /// `d mod p - 1` and `d mod q - 1`.
    pub(super) exponents: [&'a [u8]; 2],
    /// `1/q mod p`.
    pub(super) coefficient: &'a [u8],
    /// The primes after the second.
    pub(super) more_primes: Vec<&'a [u8]>,
}

impl<'a> Numbers<'a> {
    /// From an `RSAPrivateKey` (RFC 8017 appendix A.1.2).
    pub(super) fn from_der(der: &'a [u8]) -> Result<Self, Refused> {
        Elements::of(der).and_then(Self::read).ok_or(Refused::NotAKey)
    }

    fn read(mut elements: Elements<'a>) -> Option<Self> {
        let version = elements.uint()?;
        let mut numbers = [Default::default(); 8];
        for number in &mut numbers {
            *number = elements.uint()?;
        }
        let [n, e, d, p, q, dp, dq, coefficient] = numbers;
        let mut more_primes = Vec::new();
        let has_more = elements.has(Tag::Sequence);
        if has_more {
            let mut more = elements.sequence()?;
            while !more.is_at_end() {
                let mut prime = more.sequence()?;
                more_primes.push(prime.uint()?);
                // Its exponent and coefficient, which are computed anew.
                prime.uint()?;
                prime.uint()?;
                prime.end()?;
            }
        }
        elements.end()?;
        let is_known = version == [u8::from(has_more)];
        is_known.then_some(Self { n, e, d, p, q, exponents: [dp, dq], coefficient, more_primes })
    }

    /// The size of the modulus in bits.
    pub(super) fn bits(&self) -> u32 {
        bit_length(self.n)
    }

    /// The key as the `rsa` crate has it, which checks that its numbers belong together. Of the values for the Chinese
    /// remainder theorem it takes none, but computes its own. Out of line: a fresh isolate hardly ever needs it compiled.
    #[inline(never)]
    pub(super) fn to_crate_key(&self) -> Result<rsa::PrivateKey, Refused> {
        let bits = self.bits();
        let precision = bits.next_multiple_of(8);
        let number = |bytes| BoxedUint::from_be_slice(bytes, precision).map_err(|_| Refused::Inconsistent);
        let n = number(self.n)?;
        let e = BoxedUint::from_be_slice(self.e, bit_length(self.e).next_multiple_of(8))
            .map_err(|_| Refused::Inconsistent)?;
        let d = number(self.d)?;
        let mut primes = vec![number(self.p)?, number(self.q)?];
        for prime in &self.more_primes {
            primes.push(number(prime)?);
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
        let [dp, dq] = self.exponents;
        Parts { n: self.n, e: self.e, p: self.p, q: self.q, dp, dq, qinv: self.coefficient }
    }
}

/// The bits of a big-endian number, without its leading zeros.
pub(super) fn bit_length(bytes: &[u8]) -> u32 {
    let bytes = bytes.iter().position(|byte| *byte != 0).and_then(|at| bytes.get(at..)).unwrap_or_default();
    let bits = bytes.first().map_or(0, |first| bytes.len() * 8 - first.leading_zeros() as usize);
    u32::try_from(bits).unwrap_or(u32::MAX)
}
