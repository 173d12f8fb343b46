//! RSA's private-key operation on fused multiply-adds of two lanes: one prime of the CRT in each.
//!
//! wasm has no wide integer multiplication, but relaxed SIMD has a fused multiply-add of doubles, two at a time. Numbers
//! are written in digits of 50 bits, each in a double; two multiply-adds give the high and the low part of a product of
//! digits, both exact (Emmart, Zheng, Weems, "Faster Modular Exponentiation Using Double Precision Floating Point
//! Arithmetic on the GPU", ARITH 2018). Everything here is integer arithmetic in floating-point clothes.
//!
//! | file | subject |
//! | --- | --- |
//! | `lanes`, `wasm`, `portable` | two lanes of 64 bits; in a vector register; in plain Rust |
//! | `chain` | products of digits, and why they are exact |
//! | `rows` | products of numbers, a few rows at a time, added to columns |
//! | `montgomery` | multiplication and squaring modulo a multiple of the primes |
//! | `modulus` | what is precomputed for the primes; residues in and out |
//! | `power` | powers with secret exponents |
//! | `inverse`, `blinding` | the blinding pair |
//! | `wide` | the check before release: arithmetic of another kind, modulo n |
//! | `key` | the operation itself |
//! | `digits` | bytes to digits and back |
//! | `fused` | whether the processor does what all of this needs |
//!
//! No branch and no address depends on a key's secrets, on a message or on the blinding; only sizes, the public exponent
//! and whether a result was released do.

#![allow(
    clippy::indexing_slicing,
    reason = "lengths are those of the modulus; a slip is a panic, and no wrong signature"
)]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a test that fails panics"))]

mod blinding;
mod chain;
mod digits;
mod fused;
mod inverse;
mod key;
mod lanes;
mod modulus;
mod montgomery;
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
mod portable;
mod power;
mod rows;
#[cfg(test)]
pub(super) mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod wasm;
mod wide;

use rsa::rand_core::TryCryptoRng;

use self::key::Key;
pub(super) use self::key::Parts;
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
use self::portable::Vector;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
use self::wasm::Vector;

/// Whether the lanes are registers of the processor. Elsewhere the same code runs for the tests, and far too slowly for
/// anything else.
pub(super) const IS_VECTORIZED: bool = cfg!(all(target_arch = "wasm32", target_feature = "relaxed-simd"));

/// Whether there is any use for the code here: elsewhere the compiler leaves it out.
pub(super) const IS_COMPILED: bool = IS_VECTORIZED || cfg!(test);

/// A private key of 2048, 3072 or 4096 bits on the lanes of this platform.
pub(super) struct FastKey(Key<Vector>);

impl FastKey {
    /// `None` for another size, for primes that are not of half that size, and for an exponent of more than 32 bits. Whether the
    /// numbers belong together is not asked.
    pub(super) fn new(parts: &Parts<'_>) -> Option<Self> {
        Key::new(parts).map(Self)
    }

    /// `m^d mod n` for a big-endian number below n, as long as n; `None` where randomness fails, and where the result does not
    /// stand up to the check with the public exponent.
    pub(super) fn private_op<R: TryCryptoRng + ?Sized>(&self, m: &[u8], rng: &mut R) -> Option<Vec<u8>> {
        self.0.private_op(m, rng).ok()
    }
}

/// Whether this processor fuses multiplication and addition. Where it doesn't, no result of `FastKey` is released, and
/// there is no point in making one.
pub(super) fn fma_is_fused() -> bool {
    fused::fma_is_fused::<Vector>()
}
