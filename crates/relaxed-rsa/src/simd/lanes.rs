//! Two lanes of 64 bits, as floating-point numbers or as integers. The arithmetic is generic over them.

use crate::zeroed::Zero;

/// Two lanes of 64 bits. The same bits are a pair of `f64` for the floating-point operations and a pair of
/// `u64` for the integer ones, as in a vector register. The time of an operation does not depend on the bits.
pub(crate) trait Lanes: Zero {
    /// Two numbers.
    fn pair(low: f64, high: f64) -> Self;
    /// Two integers.
    fn words(words: [u64; 2]) -> Self;
    /// The two integers.
    fn to_words(self) -> [u64; 2];
    /// `self · factor + addend` with a single rounding, to nearest, ties to even.
    fn fma(self, factor: Self, addend: Self) -> Self;
    /// Floating-point sum.
    fn fadd(self, other: Self) -> Self;
    /// Floating-point difference.
    fn fsub(self, other: Self) -> Self;
    /// Integer sum mod 2^64.
    fn add(self, other: Self) -> Self;
    /// Bitwise and.
    fn and(self, other: Self) -> Self;
    /// Bitwise or.
    fn or(self, other: Self) -> Self;
    /// Integer shift to the right by `COUNT` bits, filling with zeros.
    fn shr<const COUNT: u32>(self) -> Self;

    /// All bits set in the lanes whose integers are equal, none in the others.
    fn equal(self, other: Self) -> Self;

    /// The same number in both lanes.
    #[inline(always)]
    fn splat(number: f64) -> Self {
        Self::pair(number, number)
    }

    /// The same integer in both lanes.
    #[inline(always)]
    fn splat_word(word: u64) -> Self {
        Self::words([word, word])
    }
}
