//! The private-key operation.

use std::sync::{Mutex, PoisonError};

use rsa::rand_core::TryCryptoRng;

use super::blinding::Blinding;
use super::chain::DIGIT_BITS;
use super::digits::join;
use super::exponentiation::{Exponents, pow};
use super::lanes::Lanes;
use super::primes::{Primes, lane, number};
use super::public_modulus::PublicModulus;
use crate::components::Components;
use crate::zeroed::Zeroed;

/// A private key with all that is precomputed for it, and the state of its blinding.
pub(crate) struct Key<L: Lanes> {
    /// The modulus, big-endian.
    n: Vec<u8>,
    /// The public exponent.
    e: u32,
    primes: Primes<L>,
    /// `d mod (p - 1)` and `d mod (q - 1)`.
    exponents: Exponents,
    /// `1/q mod p` in Montgomery form, in lane 0.
    coefficient: Zeroed<L>,
    public_modulus: PublicModulus<L>,
    blinding: Mutex<Blinding<L>>,
}

impl<L: Lanes> core::fmt::Debug for Key<L> {
    fn fmt(&self, formatter: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        formatter.debug_struct("Key").field("bits", &(8 * self.n.len())).finish_non_exhaustive()
    }
}

impl<L: Lanes> Key<L> {
    /// For a modulus of 2048, 3072 or 4096 bits with two primes of half that size, and an odd public exponent of at
    /// most 32 bits. `None` for other keys. Does not check that the components belong together.
    pub(crate) fn new(components: &Components<'_>) -> Option<Self> {
        let n = trim(components.n);
        let half = n.len() / 2;
        if !matches!(n.len(), 256 | 384 | 512) || n[0] < 0x80 {
            return None;
        }
        let e = trim(components.e);
        let e = e.iter().fold(0, |e, byte| e << 8 | u64::from(*byte)) * u64::from(e.len() <= 4);
        let e = u32::try_from(e).ok().filter(|e| *e > 1 && e % 2 == 1)?;
        let (p, q) = (trim(components.p), trim(components.q));
        for prime in [p, q] {
            if prime.len() != half || prime[0] < 0x80 || prime[half - 1] % 2 == 0 {
                return None;
            }
        }
        let (dp, dq, qinv) = (trim(components.dp), trim(components.dq), trim(components.qinv));
        if dp.len().max(dq.len()).max(qinv.len()) > half {
            return None;
        }
        let primes = Primes::new(p, q, half);
        let mut coefficient = number(qinv, &[], primes.digit_count());
        primes.enter_montgomery(&mut coefficient, &mut primes.columns());
        Some(Self {
            n: n.to_vec(),
            e,
            exponents: Exponents::new(dp, dq, half),
            coefficient,
            public_modulus: PublicModulus::new(n),
            blinding: Mutex::new(Blinding::new()),
            primes,
        })
    }

    /// `m^d mod n` for a big-endian number of n's length.
    ///
    /// `None` if m is not below n, the random numbers fail, or the result does not pass the check with the public
    /// exponent.
    pub(crate) fn private_op<R: TryCryptoRng + ?Sized>(&self, m: &[u8], rng: &mut R) -> Option<Vec<u8>> {
        if m.len() != self.n.len() || m >= self.n.as_slice() {
            return None;
        }
        let signature = self.private_op_unchecked(m, rng, &mut self.primes.columns())?;
        self.verify(&signature, m).then(|| signature.to_vec())
    }

    /// Whether `s^e = m mod n`, for big-endian numbers of n's length, m below n.
    pub(super) fn verify(&self, s: &[u8], m: &[u8]) -> bool {
        self.public_modulus.verify(s, self.e, m)
    }

    fn private_op_unchecked<R: TryCryptoRng + ?Sized>(
        &self,
        m: &[u8],
        rng: &mut R,
        columns: &mut [L],
    ) -> Option<Zeroed<u8>> {
        let primes = &self.primes;
        let (blind, unblind) =
            self.blinding.lock().unwrap_or_else(PoisonError::into_inner).next(primes, self.e, rng, columns)?;
        let mut x = primes.reduce(m, columns);
        primes.multiply(&mut x, &blind, columns);
        pow(primes, &mut x, &self.exponents, columns);
        primes.multiply(&mut x, &unblind, columns);
        primes.leave_montgomery(&mut x, columns);

        // Garner: s = s_q + q·((s_p - s_q)/q mod p). The difference is taken in lane 0, modulo p.
        let half = self.n.len() / 2;
        let low = join(lane(&x, 1), DIGIT_BITS, half);
        let mut factor = number(&join(lane(&x, 0), DIGIT_BITS, half), &[], primes.digit_count());
        primes.subtract(&mut factor, &number(&low, &[], primes.digit_count()));
        primes.multiply(&mut factor, &self.coefficient, columns);
        primes.enter_montgomery(&mut factor, columns);
        primes.leave_montgomery(&mut factor, columns);
        let [_, q] = primes.as_bytes();
        Some(self.public_modulus.combine(&low, &join(lane(&factor, 0), DIGIT_BITS, half), q))
    }
}

/// Without leading zeros.
fn trim(bytes: &[u8]) -> &[u8] {
    &bytes[bytes.iter().take_while(|byte| **byte == 0).count()..]
}
