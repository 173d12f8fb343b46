//! RSA's private-key operation on fused multiply-adds of two lanes, one prime of the Chinese remainder theorem (CRT) in
//! each.
//!
//! wasm has no wide integer multiplication, but relaxed SIMD has a fused multiply-add of doubles, two at a time.
//! Numbers are written in digits of 50 bits, each in a double. Two multiply-adds give the high and the low part of a
//! product of two digits, both exact (Emmart, Zheng, Weems, "Faster Modular Exponentiation Using Double Precision
//! Floating Point Arithmetic on the GPU", ARITH 2018). So floating-point operations do exact integer arithmetic.
//!
//! From the bottom up:
//!
//! | module | subject |
//! | --- | --- |
//! | `lanes`, `wasm`, `portable` | two lanes of 64 bits; in a vector register; in plain Rust |
//! | `fused` | whether the processor fuses multiply-adds |
//! | `digits` | bytes to digits and back |
//! | `chain` | sums of products of digits, and why they are exact |
//! | `rows` | products of numbers, a few rows at a time |
//! | `montgomery` | multiplication and squaring modulo a multiple of the primes |
//! | `primes` | precomputation for the primes; to and from Montgomery form |
//! | `exponentiation` | powers with secret exponents |
//! | `inverse`, `blinding` | the blinding pair |
//! | `public_modulus` | arithmetic modulo n: recombination, and the check before release |
//! | `key` | the operation itself |
//!
//! No branch and no address depends on a secret component of the key, on the message or on the blinding. They depend on
//! lengths, on the public exponent, and on whether the result passed its check.

#![allow(clippy::indexing_slicing, reason = "lengths are those of the key; an error is a panic, not a wrong signature")]
#![cfg_attr(test, allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test panics"))]

mod blinding;
mod chain;
mod digits;
mod exponentiation;
mod fused;
mod inverse;
mod key;
mod lanes;
mod montgomery;
#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
mod portable;
mod primes;
mod public_modulus;
mod rows;
#[cfg(test)]
mod tests;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
mod wasm;

#[cfg(not(all(target_arch = "wasm32", target_feature = "relaxed-simd")))]
use self::portable::Vector;
#[cfg(all(target_arch = "wasm32", target_feature = "relaxed-simd"))]
use self::wasm::Vector;

/// Whether lanes are vector registers. Elsewhere the same code is compiled for the tests alone: it would be slower than
/// the `rsa` crate.
pub(crate) const IS_VECTORIZED: bool = cfg!(all(target_arch = "wasm32", target_feature = "relaxed-simd"));

/// Whether this code is ever called. If not, the compiler leaves it out.
pub(crate) const IS_COMPILED: bool = IS_VECTORIZED || cfg!(test);

/// A private key of 2048, 3072 or 4096 bits on the lanes of this platform.
pub(crate) type SimdKey = key::Key<Vector>;

/// Whether this processor fuses multiplication and addition. If not, no result of a [`SimdKey`] passes its check.
pub(crate) fn fma_is_fused() -> bool {
    fused::fma_is_fused::<Vector>()
}
