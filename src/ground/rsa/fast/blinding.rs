//! Blinding: signing is of `m·r^e`, and `1/r` takes r out again, so that what goes through the secret exponents is unknown to whoever chose m.

use super::inverse::inverse;
use super::lanes::Lanes;
use super::modulus::{Modulus, number};
use crate::ground::rsa::secret::Secret;
use rsa::rand_core::TryCryptoRng;

/// Uses of a pair, squared in between, before a new one is drawn.
const USES: u32 = 64;

/// `r^e` and `1/r`, as residues.
struct Pair<L: Lanes> {
    blind: Secret<L>,
    unblind: Secret<L>,
    /// How often it can still be squared.
    left: u32,
}

/// The pair that was used last.
pub(super) struct Blinding<L: Lanes>(Option<Pair<L>>);

impl<L: Lanes> Blinding<L> {
    /// Without a pair yet: the first use draws one.
    pub(super) fn new() -> Self {
        Self(None)
    }

    /// The next pair `(r^e, 1/r)`, never one that was given before; `None` if the random numbers fail.
    pub(super) fn next<R: TryCryptoRng + ?Sized>(
        &mut self,
        modulus: &Modulus<L>,
        e: u32,
        rng: &mut R,
        columns: &mut [L],
    ) -> Option<(Secret<L>, Secret<L>)> {
        let pair = match self.0.take() {
            Some(mut pair) if pair.left > 0 => {
                modulus.square(&mut pair.blind, columns);
                modulus.square(&mut pair.unblind, columns);
                pair.left -= 1;
                pair
            }
            _ => draw(modulus, e, rng, columns)?,
        };
        let given = (pair.blind.clone(), pair.unblind.clone());
        self.0 = Some(pair);
        Some(given)
    }
}

/// A new pair: r is a random number mod p and another mod q.
fn draw<L: Lanes, R: TryCryptoRng + ?Sized>(
    modulus: &Modulus<L>,
    e: u32,
    rng: &mut R,
    columns: &mut [L],
) -> Option<Pair<L>> {
    let mut random = || {
        let mut bytes = Secret::blank(modulus.bytes());
        rng.try_fill_bytes(&mut bytes).ok()?;
        // Below the prime, which has its top bit.
        bytes[0] &= 0x7f;
        Some(bytes)
    };
    let residue = |p: &[u8], q: &[u8], columns: &mut [L]| {
        let mut residue = number(p, q, modulus.digits());
        modulus.enter(&mut residue, columns);
        residue
    };
    let [p, q] = modulus.primes();
    let (r_p, r_q) = (random()?, random()?);
    let unblind = residue(&inverse(&r_p, p), &inverse(&r_q, q), columns);
    let base = residue(&r_p, &r_q, columns);
    let mut blind = base.clone();
    for bit in (0..31 - e.leading_zeros()).rev() {
        modulus.square(&mut blind, columns);
        if e >> bit & 1 == 1 {
            modulus.multiply(&mut blind, &base, columns);
        }
    }
    Some(Pair { blind, unblind, left: USES - 1 })
}
