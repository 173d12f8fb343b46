//! Blinding (Kocher, 1996): the secret exponents are applied to `m·r^e`, and the result is multiplied by `1/r`. So an
//! attacker who chooses m does not know the number that is exponentiated.

use rsa::rand_core::TryCryptoRng;

use super::inverse::inverse;
use super::lanes::Lanes;
use super::primes::{Primes, number};
use crate::zeroed::Zeroed;

/// How often a pair is used, squared in between, before a new one is drawn.
const USES: u32 = 64;

/// `r^e` and `1/r`, in Montgomery form.
struct Pair<L: Lanes> {
    blind: Zeroed<L>,
    unblind: Zeroed<L>,
    /// How often it can still be squared.
    left: u32,
}

/// The pair that was used last.
pub(super) struct Blinding<L: Lanes>(Option<Pair<L>>);

impl<L: Lanes> Blinding<L> {
    /// Without a pair: the first use draws one.
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// The next pair `(r^e, 1/r)`, a different one each time; `None` if the random numbers fail.
    pub(super) fn next<R: TryCryptoRng + ?Sized>(
        &mut self,
        primes: &Primes<L>,
        e: u32,
        rng: &mut R,
        columns: &mut [L],
    ) -> Option<(Zeroed<L>, Zeroed<L>)> {
        let pair = match self.0.take() {
            Some(mut pair) if pair.left > 0 => {
                primes.square(&mut pair.blind, columns);
                primes.square(&mut pair.unblind, columns);
                pair.left -= 1;
                pair
            }
            _ => draw(primes, e, rng, columns)?,
        };
        let next = (pair.blind.clone(), pair.unblind.clone());
        self.0 = Some(pair);
        Some(next)
    }
}

/// Draws a new pair: r is a random number mod p and another mod q.
fn draw<L: Lanes, R: TryCryptoRng + ?Sized>(
    primes: &Primes<L>,
    e: u32,
    rng: &mut R,
    columns: &mut [L],
) -> Option<Pair<L>> {
    let mut random = || {
        let mut bytes = Zeroed::new(primes.byte_length());
        rng.try_fill_bytes(&mut bytes).ok()?;
        // Below the prime, whose top bit is set.
        bytes[0] &= 0x7f;
        Some(bytes)
    };
    let enter_montgomery = |p: &[u8], q: &[u8], columns: &mut [L]| {
        let mut x = number(p, q, primes.digit_count());
        primes.enter_montgomery(&mut x, columns);
        x
    };
    let [p, q] = primes.as_bytes();
    let (r_p, r_q) = (random()?, random()?);
    let unblind = enter_montgomery(&inverse(&r_p, p), &inverse(&r_q, q), columns);
    let base = enter_montgomery(&r_p, &r_q, columns);
    let mut blind = base.clone();
    for bit in (0..31 - e.leading_zeros()).rev() {
        primes.square(&mut blind, columns);
        if e >> bit & 1 == 1 {
            primes.multiply(&mut blind, &base, columns);
        }
    }
    Some(Pair { blind, unblind, left: USES - 1 })
}
