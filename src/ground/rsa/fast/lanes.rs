//! Two lanes of 64 bits, seen as floating-point numbers or as integers: what the arithmetic is written over.

use crate::ground::rsa::secret::Blank;

/// Two lanes of 64 bits. The same bits are a pair of `f64` for the floating-point operations and a pair of
/// `u64` for the integer ones, as in a vector register. No operation's time depends on the bits.
pub(super) trait Lanes: Blank {
    /// Two numbers.
    fn pair(low: f64, high: f64) -> Self;
    /// Two words.
    fn words(words: [u64; 2]) -> Self;
    /// The two words.
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

    /// All bits set in the lanes whose words are equal, none in the others.
    fn equal(self, other: Self) -> Self;

    /// One number in both lanes.
    #[inline(always)]
    fn splat(number: f64) -> Self {
        Self::pair(number, number)
    }

    /// One word in both lanes.
    #[inline(always)]
    fn splat_word(word: u64) -> Self {
        Self::words([word, word])
    }
}
