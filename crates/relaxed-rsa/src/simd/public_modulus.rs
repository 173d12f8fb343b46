//! Arithmetic modulo n: recombination of the results modulo the primes, and the check before release.
//!
//! It shares nothing with the arithmetic modulo the primes. Its digits have 23 bits, so that products, and the sums of
//! all products in a column, are integers below `2^53`: every operation is exact by itself, whether or not the
//! processor fuses a multiplication and an addition. So it is right even where the other is not.
//!
//! # Bounds
//! Digits are balanced, at most `2^22`. For `d <= 180` digits a column sums at most `2d` products of at most `2^44`,
//! less than `2^52.5`, and a carry below `2^31`. As in `montgomery`, the modulus is a multiple `N` of n that is -1 in
//! its lowest digit, at most `2^22·n`, so that `R = 2^23d > 8·N`: for `|x|, |y| <= N` the Montgomery product is at most
//! `N²/R + N/2·(1 + 2^-22) < N`.
//!
//! # Lanes
//! Vector `j` of a number holds digits `j` and `j + d/2`, so that a row of the multiplication, one digit times a
//! number, moves by whole vectors only. Column `c` of a sum is then lane 0 of vector `c` and lane 1 of vector `c -
//! d/2`.

use super::digits::{balance, integer, join, split};
use super::lanes::Lanes;
use crate::zeroed::Zeroed;

/// Bits of a digit.
const BITS: u32 = 23;

/// The base.
const BASE: f64 = (1u64 << BITS) as f64;

/// A number as balanced digits, least significant first.
type Digits = Zeroed<f64>;

/// Arithmetic modulo n.
pub(super) struct PublicModulus<L: Lanes> {
    /// The length of n in bytes.
    bytes: usize,
    /// The number of digits, a multiple of four.
    digits: usize,
    /// n.
    modulus: Digits,
    /// The multiple of n that is -1 mod BASE.
    multiple: Digits,
    /// The same as vectors.
    rows: Zeroed<L>,
    /// `R²` modulo the multiple, as vectors.
    radix_square: Zeroed<L>,
}

impl<L: Lanes> PublicModulus<L> {
    /// For an odd n that has its top bit, 256 to 512 bytes long.
    pub(super) fn new(n: &[u8]) -> Self {
        let bytes = n.len();
        let digits = (8 * bytes + 25).div_ceil(4 * BITS as usize) * 4;
        let modulus = to_digits(n, digits);
        // -1/n mod BASE (Newton): right to 3 bits, then 6, 12, 24.
        let low = split(n, BITS, 1)[0];
        let mut inverse = low;
        for _ in 0..3 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        }
        let (factor, _) = divide((inverse.wrapping_neg() & ((1 << BITS) - 1)) as f64);
        let mut multiple = modulus.clone();
        for digit in multiple.iter_mut() {
            *digit *= factor;
        }
        normalize(&mut multiple, 0.0);
        let rows = vectors(&multiple);
        let mut wide = Self { bytes, digits, modulus, multiple, rows, radix_square: Zeroed::new(0) };
        wide.radix_square = vectors(&wide.radix_square());
        wide
    }

    /// `R² mod n`: `R` from the power of two below n by shifts, then by squarings and shifts, as in a power of `BASE`.
    fn radix_square(&self) -> Digits {
        // BASE^start <= 2^(8·bytes - 1) <= n.
        let start = (8 * self.bytes - 1) / BITS as usize;
        let mut power = Digits::new(self.digits);
        power[start] = 1.0;
        for _ in start..self.digits {
            self.shift(&mut power);
        }
        // Now R, which as a residue is BASE^0. The residue BASE^digits is R².
        for bit in (0..usize::BITS - self.digits.leading_zeros()).rev() {
            self.square(&mut power);
            if self.digits >> bit & 1 == 1 {
                self.shift(&mut power);
            }
        }
        power
    }

    /// `x = x·BASE` modulo the multiple, at most a little over half of it in absolute value.
    #[inline(never)]
    fn shift(&self, x: &mut Digits) {
        let quotient = (leading(x) * BASE / leading(&self.multiple)).round_ties_even();
        x.rotate_right(1);
        // The highest digit drops out: it is 0 modulo R, and the difference is smaller than that.
        x[0] = 0.0;
        subtract_multiple(x, quotient, &self.multiple);
    }

    /// `x = x²/R` modulo the multiple.
    #[inline(never)]
    fn square(&self, x: &mut Digits) {
        self.multiply(x, &vectors(x));
    }

    /// `x = x·y/R` modulo the multiple.
    #[inline(never)]
    fn multiply(&self, x: &mut Digits, y: &[L]) {
        let mut columns = self.product(x, y);
        let half = self.digits / 2;
        let [_, n1, n2, n3] = *self.multiple.first_chunk().unwrap_or(&[0.0; 4]);
        let mut carry = 0.0;
        for i in (0..self.digits).step_by(4) {
            let [t0, t1, t2, t3] = [0, 1, 2, 3].map(|k| column(&columns, half, i + k));
            // The multiple's lowest digit, -1, clears the rest of a column.
            let (m0, m1, m2, m3);
            (m0, carry) = divide(t0 + carry);
            (m1, carry) = divide(t1 + m0 * n1 + carry);
            (m2, carry) = divide(t2 + m0 * n2 + m1 * n1 + carry);
            (m3, carry) = divide(t3 + m0 * n3 + m1 * n2 + m2 * n1 + carry);
            rows([m0, m1, m2, m3], &self.rows, &mut columns[i..]);
        }
        for (c, sum) in (self.digits..).zip(x.iter_mut()) {
            *sum = column(&columns, half, c);
        }
        normalize(x, carry);
    }

    /// The columns of `x·y`, the digits of `x` a multiple of four.
    #[inline(never)]
    fn product(&self, x: &[f64], y: &[L]) -> Zeroed<L> {
        let mut columns = Zeroed::new(2 * self.digits);
        for (i, four) in x.as_chunks::<4>().0.iter().enumerate() {
            rows(*four, y, &mut columns[4 * i..]);
        }
        columns
    }

    /// `low + factor·other` as big-endian bytes of n's length, for non-negative numbers of half n's length whose sum of
    /// products is below n.
    pub(super) fn combine(&self, low: &[u8], factor: &[u8], other: &[u8]) -> Zeroed<u8> {
        let half = self.digits / 2;
        let mut sum = to_digits(low, self.digits);
        let factor = to_digits(factor, half.next_multiple_of(4));
        let columns = self.product(&factor, &vectors::<L>(&to_digits(other, self.digits)));
        for (c, sum) in sum.iter_mut().enumerate() {
            *sum += column(&columns, half, c);
        }
        normalize(&mut sum, 0.0);
        to_bytes(&sum, self.bytes)
    }

    /// Whether `s^e = m mod n`, for `s` and `m` as big-endian bytes of n's length, `m` below n.
    pub(super) fn verify(&self, s: &[u8], e: u32, m: &[u8]) -> bool {
        let mut power = to_digits(s, self.digits);
        let plain = vectors(&power);
        self.multiply(&mut power, &self.radix_square);
        let base = vectors(&power);
        for bit in (0..31 - e.leading_zeros()).rev() {
            self.square(&mut power);
            // e is odd: the last multiplication, by s itself, also leaves Montgomery form.
            if e >> bit & 1 == 1 {
                self.multiply(&mut power, if bit == 0 { &plain } else { &base });
            }
        }
        // If the signature is right, a multiple of n is left, and then 0. All digits of 0 are 0, whichever way halves
        // are rounded.
        subtract_multiple(&mut power, 1.0, &to_digits(m, self.digits));
        let quotient = (leading(&power) / leading(&self.modulus)).round_ties_even();
        subtract_multiple(&mut power, quotient, &self.modulus);
        power.iter().fold(0.0, |sum, digit| sum + digit.abs()) == 0.0
    }
}

/// About the number, in units of the fifth digit from the top.
fn leading(x: &[f64]) -> f64 {
    x[x.len() - 5..].iter().rev().fold(0.0, |sum, digit| sum * BASE + digit)
}

/// `x = x - factor·y`, for a factor of up to `2^24` in absolute value.
#[inline(never)]
fn subtract_multiple(x: &mut [f64], factor: f64, y: &[f64]) {
    for (x, y) in x.iter_mut().zip(y) {
        *x -= factor * y;
    }
    normalize(x, 0.0);
}

/// Turns columns into digits, in place, given a carry into the lowest.
fn normalize(columns: &mut [f64], mut carry: f64) {
    for column in columns {
        (*column, carry) = divide(*column + carry);
    }
}

/// Digit and carry of a column.
#[inline(always)]
fn divide(column: f64) -> (f64, f64) {
    // 1.5·2^(52 + 23): its unit in the last place is the base.
    const ROUND: f64 = f64::from_bits(0x44a8_0000_0000_0000);
    let carried = column + ROUND - ROUND;
    (column - carried, carried / BASE)
}

/// Column `c` of a sum.
#[inline(always)]
fn column<L: Lanes>(columns: &[L], half: usize, c: usize) -> f64 {
    let [low, _] = columns[c].to_words();
    let high = c.checked_sub(half).map_or(0, |c| columns[c].to_words()[1]);
    f64::from_bits(low) + f64::from_bits(high)
}

/// The vectors of a number.
#[inline(never)]
fn vectors<L: Lanes>(digits: &[f64]) -> Zeroed<L> {
    let (low, high) = digits.split_at(digits.len() / 2);
    let mut vectors = Zeroed::new(low.len());
    for (vector, (low, high)) in vectors.iter_mut().zip(low.iter().zip(high)) {
        *vector = L::pair(*low, *high);
    }
    vectors
}

/// Adds four rows.
#[inline(never)]
fn rows<L: Lanes>(digits: [f64; 4], y: &[L], columns: &mut [L]) {
    let [x0, x1, x2, x3] = digits.map(L::splat);
    let sum = |column: &mut L, y: [L; 4]| *column = x3.fma(y[3], x2.fma(y[2], x1.fma(y[1], x0.fma(y[0], *column))));
    let [mut w1, mut w2, mut w3] = [L::ZERO; 3];
    let Some((full, end)) = columns.split_at_mut_checked(y.len()) else {
        return;
    };
    for ([y0, y1], [t0, t1]) in y.as_chunks().0.iter().zip(full.as_chunks_mut().0) {
        sum(t0, [*y0, w1, w2, w3]);
        sum(t1, [*y1, *y0, w1, w2]);
        (w1, w2, w3) = (*y1, *y0, w1);
    }
    let Some([t0, t1, t2]) = end.first_chunk_mut() else {
        return;
    };
    *t0 = x3.fma(w3, x2.fma(w2, x1.fma(w1, *t0)));
    *t1 = x3.fma(w2, x2.fma(w1, *t1));
    *t2 = x3.fma(w1, *t2);
}

/// Balanced digits of a big-endian number.
#[inline(never)]
fn to_digits(bytes: &[u8], count: usize) -> Digits {
    let mut digits = Digits::new(count);
    for (digit, balanced) in digits.iter_mut().zip(balance(&split(bytes, BITS, count), BITS)) {
        *digit = balanced;
    }
    digits
}

/// A non-negative number as big-endian bytes.
#[inline(never)]
fn to_bytes(digits: &[f64], length: usize) -> Zeroed<u8> {
    let mut borrow = 0;
    let digits = digits.iter().map(|digit| {
        let digit = integer(*digit) + borrow;
        borrow = digit >> BITS;
        digit as u64 & ((1 << BITS) - 1)
    });
    join(digits, BITS, length)
}
