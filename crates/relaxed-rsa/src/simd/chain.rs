//! The sum of up to four products of digits, split exactly into a high and a low part.
//!
//! Numbers are written to the base `B = 2^50` with balanced digits, integers from `-2^49` to `2^49`, each held
//! in an `f64`. One factor of a product may be a doubled digit (up to `2^50`), so that a product is at most
//! `2^99` in absolute value, and the sum of four at most `2^101`.
//!
//! # Why it is exact
//! * **High part.** `h1 = fma(x1, y1, HIGH)`, `h2 = fma(x2, y2, h1)`, … with `HIGH = 1.5·2^102`. The doubles from
//!   `2^102` to `2^103` are the multiples of `U = 2^50` there, and `HIGH ± 2^101` are the ends of that range. The
//!   bound on a product, `2^99`, is itself a multiple of `U`, and rounding is monotonic and leaves multiples of `U`
//!   alone: so after `j` products `|h_j - HIGH| <= j·2^99 <= 2^101`, rounding errors included. Hence every `h_j` is
//!   rounded to a multiple of `U`, by at most `U/2 = 2^49`.
//! * **Remainder.** `h_(j-1) - h_j` is a multiple of `U` of at most `2^99 + 2^49`, less than `2^53·U`: the subtraction
//!   is exact. `x_j·y_j + (h_(j-1) - h_j)` is the rounding error of `h_j`, an integer of at most `2^49`, so the second
//!   fused multiply-add gives it exactly. For the first product the constant includes `LOW = 1.5·2^52`, a multiple of
//!   `U`: `HIGH + LOW` is a double, and the argument is the same.
//! * **Low part.** The sum of `LOW` and up to four remainders is within `LOW ± 2^51`, from `2^52` to `2^53`, where the
//!   doubles are the integers: every partial sum is exact.
//! * **Bits.** From one power of two to the next, ends included, the bit pattern of a double is linear in its value:
//!   `bits(high) = bits(HIGH) + Σ/U` and `bits(low) = bits(LOW) + Σ remainders`. So both are summed as 64-bit
//!   integers, and the constant bit patterns are subtracted at the end (see `montgomery::bias`).
//!
//! A chain of K products costs `4K - 1` floating-point operations, and its two parts one integer addition each.

use super::lanes::Lanes;

/// Bits of a digit.
pub(super) const DIGIT_BITS: u32 = 50;

/// `1.5·2^102`: its unit in the last place is `2^50`.
pub(super) const HIGH: f64 = f64::from_bits(0x4658_0000_0000_0000);

/// `1.5·2^52`: its unit in the last place is 1.
pub(super) const LOW: f64 = f64::from_bits(0x4338_0000_0000_0000);

/// The constants, to be kept in registers. They are read from memory once: if they are written as literals, optimizers
/// may put them back into the loops, where the engine's baseline compiler materializes them for every use.
#[derive(Clone, Copy)]
pub(super) struct Constants<L> {
    /// `HIGH`.
    high: L,
    /// `HIGH + LOW`.
    both: L,
}

impl<L: Lanes> Constants<L> {
    /// The constants.
    pub(super) fn new() -> Self {
        Self { high: L::splat(HIGH), both: L::splat(HIGH + LOW) }
    }

    /// Starts a chain with one product.
    #[inline(always)]
    pub(super) fn mul(self, x: L, y: L) -> Chain<L> {
        let high = x.fma(y, self.high);
        Chain { high, low: x.fma(y, self.both.fsub(high)) }
    }
}

/// A sum of one to four products, `Σ x·y = (high - HIGH) + (low - LOW)`.
#[derive(Clone, Copy)]
pub(super) struct Chain<L> {
    /// `HIGH` and a multiple of `2^50`.
    pub(super) high: L,
    /// `LOW` and the sum of remainders.
    pub(super) low: L,
}

impl<L: Lanes> Chain<L> {
    /// Adds a product to the chain.
    #[inline(always)]
    pub(super) fn mul_add(self, x: L, y: L) -> Self {
        let high = x.fma(y, self.high);
        let remainder = x.fma(y, self.high.fsub(high));
        Self { high, low: self.low.fadd(remainder) }
    }
}
