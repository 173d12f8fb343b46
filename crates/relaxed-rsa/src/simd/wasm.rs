//! The lanes in a wasm vector register, with relaxed SIMD's fused multiply-add.

use core::arch::wasm32::{
    f64x2, f64x2_add, f64x2_relaxed_madd, f64x2_sub, i64x2_add, i64x2_eq, u64x2, u64x2_extract_lane, u64x2_shr, v128,
    v128_and, v128_or,
};

use super::lanes::Lanes;
use crate::zeroed::Zero;

/// A wasm vector register.
pub(crate) type Vector = v128;

impl Zero for v128 {
    const ZERO: Self = u64x2(0, 0);
}

impl Lanes for v128 {
    #[inline(always)]
    fn pair(low: f64, high: f64) -> Self {
        f64x2(low, high)
    }
    #[inline(always)]
    fn words(words: [u64; 2]) -> Self {
        u64x2(words[0], words[1])
    }
    #[inline(always)]
    fn to_words(self) -> [u64; 2] {
        [u64x2_extract_lane::<0>(self), u64x2_extract_lane::<1>(self)]
    }
    #[inline(always)]
    fn fma(self, factor: Self, addend: Self) -> Self {
        f64x2_relaxed_madd(self, factor, addend)
    }
    #[inline(always)]
    fn fadd(self, other: Self) -> Self {
        f64x2_add(self, other)
    }
    #[inline(always)]
    fn fsub(self, other: Self) -> Self {
        f64x2_sub(self, other)
    }
    #[inline(always)]
    fn add(self, other: Self) -> Self {
        i64x2_add(self, other)
    }
    #[inline(always)]
    fn and(self, other: Self) -> Self {
        v128_and(self, other)
    }
    #[inline(always)]
    fn or(self, other: Self) -> Self {
        v128_or(self, other)
    }
    #[inline(always)]
    fn shr<const COUNT: u32>(self) -> Self {
        u64x2_shr(self, COUNT)
    }
    #[inline(always)]
    fn equal(self, other: Self) -> Self {
        i64x2_eq(self, other)
    }
}
