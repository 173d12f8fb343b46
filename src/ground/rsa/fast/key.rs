//! The private-key operation.

use std::sync::{Mutex, PoisonError};

use super::blinding::Blinding;
use super::chain::DIGIT_BITS;
use super::digits::join;
use super::lanes::Lanes;
use super::modulus::{Modulus, lane, number};
use super::power::{Exponents, power};
use super::wide::Wide;
use crate::ground::rsa::secret::Secret;
use rsa::rand_core::TryCryptoRng;

/// The parts of a private key, big-endian; leading zeros do not matter.
pub(in crate::ground::rsa) struct Parts<'a> {
    /// The modulus.
    pub(in crate::ground::rsa) n: &'a [u8],
    /// The public exponent.
    pub(in crate::ground::rsa) e: &'a [u8],
    /// The first prime.
    pub(in crate::ground::rsa) p: &'a [u8],
    /// The second prime.
    pub(in crate::ground::rsa) q: &'a [u8],
    /// `d mod p - 1`.
    pub(in crate::ground::rsa) dp: &'a [u8],
    /// `d mod q - 1`.
    pub(in crate::ground::rsa) dq: &'a [u8],
    /// `1/q mod p`.
    pub(in crate::ground::rsa) qinv: &'a [u8],
}

/// No result: the input was not below n, the random numbers failed, or the check before release did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct NotReleased;

/// A private key made ready, with its state of blinding.
pub(super) struct Key<L: Lanes> {
    /// The modulus, big-endian.
    n: Vec<u8>,
    /// The public exponent.
    e: u32,
    /// The primes.
    modulus: Modulus<L>,
    /// `d mod p - 1` and `d mod q - 1`.
    exponents: Exponents,
    /// `1/q mod p` as a residue, in lane 0.
    coefficient: Secret<L>,
    /// Arithmetic modulo n.
    wide: Wide<L>,
    /// The blinding pair.
    blinding: Mutex<Blinding<L>>,
}

impl<L: Lanes> core::fmt::Debug for Key<L> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Key").field("bits", &(8 * self.n.len())).finish_non_exhaustive()
    }
}

impl<L: Lanes> Key<L> {
    /// A key of 2048, 3072 or 4096 bits with two primes of half that size and an odd exponent of at most 32 bits; `None` for others.
    pub(super) fn new(parts: &Parts<'_>) -> Option<Self> {
        let n = trim(parts.n);
        let half = n.len() / 2;
        if !matches!(n.len(), 256 | 384 | 512) || n[0] < 0x80 {
            return None;
        }
        let e = trim(parts.e);
        let e = e.iter().fold(0, |e, byte| e << 8 | u64::from(*byte)) * u64::from(e.len() <= 4);
        let e = u32::try_from(e).ok().filter(|e| *e > 1 && e % 2 == 1)?;
        let (p, q) = (trim(parts.p), trim(parts.q));
        for prime in [p, q] {
            if prime.len() != half || prime[0] < 0x80 || prime[half - 1] % 2 == 0 {
                return None;
            }
        }
        let (dp, dq, qinv) = (trim(parts.dp), trim(parts.dq), trim(parts.qinv));
        if dp.len().max(dq.len()).max(qinv.len()) > half {
            return None;
        }
        let modulus = Modulus::new(p, q, half);
        let mut coefficient = number(qinv, &[], modulus.digits());
        modulus.enter(&mut coefficient, &mut modulus.columns());
        Some(Self {
            n: n.to_vec(),
            e,
            exponents: Exponents::new(dp, dq, half),
            coefficient,
            wide: Wide::new(n),
            blinding: Mutex::new(Blinding::new()),
            modulus,
        })
    }

    /// `m^d mod n` for a big-endian number below n of n's length.
    pub(super) fn private_op<R: TryCryptoRng + ?Sized>(&self, m: &[u8], rng: &mut R) -> Result<Vec<u8>, NotReleased> {
        if m.len() != self.n.len() || m >= self.n.as_slice() {
            return Err(NotReleased);
        }
        let mut columns = self.modulus.columns();
        let root = self.root(m, rng, &mut columns).ok_or(NotReleased)?;
        if !self.check(&root, m) {
            return Err(NotReleased);
        }
        Ok(root.to_vec())
    }

    /// Whether `s^e = m mod n`, for big-endian numbers of n's length, `m` below n: the check before release.
    pub(super) fn check(&self, s: &[u8], m: &[u8]) -> bool {
        self.wide.is_root(s, self.e, m)
    }

    /// The result before its check; `None` if the random numbers fail.
    fn root<R: TryCryptoRng + ?Sized>(&self, m: &[u8], rng: &mut R, columns: &mut [L]) -> Option<Secret<u8>> {
        let modulus = &self.modulus;
        let (blind, unblind) =
            self.blinding.lock().unwrap_or_else(PoisonError::into_inner).next(modulus, self.e, rng, columns)?;
        let mut x = modulus.residue(m, columns);
        modulus.multiply(&mut x, &blind, columns);
        power(modulus, &mut x, &self.exponents, columns);
        #[cfg(test)]
        super::tests::fault::strike(&mut x);
        modulus.multiply(&mut x, &unblind, columns);
        modulus.leave(&mut x, columns);

        // Garner: s = s_q + q·((s_p - s_q)/q mod p). The difference is taken in lane 0, as the residue of s_q there.
        let half = self.n.len() / 2;
        let low = join(lane(&x, 1), DIGIT_BITS, half);
        let mut factor = number(&join(lane(&x, 0), DIGIT_BITS, half), &[], modulus.digits());
        modulus.subtract(&mut factor, &number(&low, &[], modulus.digits()));
        modulus.multiply(&mut factor, &self.coefficient, columns);
        modulus.enter(&mut factor, columns);
        modulus.leave(&mut factor, columns);
        Some(self.wide.join(&low, &join(lane(&factor, 0), DIGIT_BITS, half), modulus.primes()[1]))
    }
}

/// Without leading zeros.
fn trim(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}
