//! The lanes in plain Rust, for tests on other platforms.

use core::hint::black_box;

use super::lanes::Lanes;
use crate::zeroed::Zero;

/// Two lanes in an array.
#[derive(Clone, Copy)]
#[repr(align(16))]
pub(crate) struct Vector([u64; 2]);

impl Vector {
    /// A floating-point operation on both lanes.
    #[inline(always)]
    fn number(self, other: Self, operation: impl Fn(f64, f64) -> f64) -> Self {
        let lane = |i: usize| operation(f64::from_bits(self.0[i]), f64::from_bits(other.0[i])).to_bits();
        Self([lane(0), lane(1)])
    }
}

impl Zero for Vector {
    const ZERO: Self = Self([0, 0]);
}

impl Lanes for Vector {
    #[inline(always)]
    fn pair(low: f64, high: f64) -> Self {
        Self([low.to_bits(), high.to_bits()])
    }
    #[inline(always)]
    fn words(words: [u64; 2]) -> Self {
        Self(words)
    }
    #[inline(always)]
    fn to_words(self) -> [u64; 2] {
        self.0
    }
    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        let lane = |i: usize| {
            f64::from_bits(self.0[i]).mul_add(f64::from_bits(factor.0[i]), f64::from_bits(addend.0[i])).to_bits()
        };
        Self([lane(0), lane(1)])
    }
    #[inline(always)]
    fn fadd(self, other: Self) -> Self {
        self.number(other, |a, b| a + b)
    }
    #[inline(always)]
    fn fsub(self, other: Self) -> Self {
        self.number(other, |a, b| a - b)
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        Self([self.0[0].wrapping_add(other.0[0]), self.0[1].wrapping_add(other.0[1])])
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        Self([self.0[0] & other.0[0], self.0[1] & other.0[1]])
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        Self([self.0[0] | other.0[0], self.0[1] | other.0[1]])
    }
    #[inline(always)]
    fn shr<const COUNT: u32>(self) -> Self {
        Self([self.0[0] >> COUNT, self.0[1] >> COUNT])
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Self {
        // The top bit of `d | -d` is set unless d is 0. Without the black box the compiler turns the mask into a
        // branch.
        let lane = |i: usize| {
            let difference = self.0[i] ^ other.0[i];
            black_box(((difference | difference.wrapping_neg()) >> 63).wrapping_sub(1))
        };
        Self([lane(0), lane(1)])
    }
}
