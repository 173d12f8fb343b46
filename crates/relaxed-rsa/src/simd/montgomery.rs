//! Montgomery multiplication and squaring modulo a number that is -1 in its lowest digit.
//!
//! With `M = -1 mod B` (`B` the base, `2^50`) the factor that clears the lowest column is that column's own balanced
//! digit: no multiplication by an inverse, and a short dependency from one column to the next. `primes` makes such an
//! `M` as a multiple of each prime.
//!
//! # Bounds
//! `R = B^n` for `n` digits, and `M < 3/8·R`. The factors make up an `m` with `|m| <= R/2·(1 + 2^-49)`, and the result
//! is `(x·y + m·M)/R`. So for `|x|, |y| <= M` it is at most `(3/8 + 1/2·(1 + 2^-49))·M < M`: no final subtraction, and
//! numbers are signed. Results fit in `n` balanced digits, as `M < R/2`.
//!
//! A column sums at most `2n <= 84` products of at most `2^98` (doubled ones stand for two): low parts below `2^49`
//! each, high parts below `2^48` in units of the base. So a column without its bias stays below `2^56`, and a bias of
//! `2^62` makes it positive with room to spare.

use super::chain::{Constants, DIGIT_BITS, HIGH, LOW};
use super::lanes::Lanes;
use super::rows::{product2, product4, run2, run4, square2, square4};
use crate::zeroed::Zeroed;

/// Every column is raised by this when its digit is taken: half a digit, for balance, and `2^62`, for a positive sum.
pub(super) const RAISE: u64 = (1 << (DIGIT_BITS - 1)) + (1 << 62);

/// The share of `2^62` in the carry to the next column.
pub(super) const RAISED_CARRY: u64 = 1 << (62 - DIGIT_BITS);

/// The balanced digit of a column raised by `RAISE`.
///
/// The lowest 50 bits are put into the mantissa of `2^52`, which makes the double `2^52 + bits`; half a digit comes off
/// again.
#[inline(always)]
fn digit<L: Lanes>(column: L) -> L {
    const UNIT: f64 = (1u64 << 52) as f64;
    const HALF: f64 = (1u64 << (DIGIT_BITS - 1)) as f64;
    let bits = column.and(L::splat_word((1 << DIGIT_BITS) - 1));
    bits.or(L::splat_word(UNIT.to_bits())).fsub(L::splat(UNIT + HALF))
}

/// The carry of a raised column to the next one, `RAISED_CARRY` included.
#[inline(always)]
fn carry<L: Lanes>(column: L) -> L {
    column.shr::<DIGIT_BITS>()
}

/// Takes the digits of raised columns, from the lowest up.
#[inline(always)]
pub(super) fn take_digits<L: Lanes>(columns: &[L], digits: &mut [L]) {
    let mut over = L::ZERO;
    for (column, out) in columns.iter().zip(digits) {
        let column = column.add(over);
        *out = digit(column);
        over = carry(column);
    }
}

/// A product whose columns are added a block of rows at a time.
trait Product<L: Lanes> {
    /// Adds the first two rows.
    fn two(&self, k: Constants<L>, columns: &mut [L]);
    /// Adds four rows from row `i`. Does nothing past the last row.
    fn four(&self, k: Constants<L>, i: usize, columns: &mut [L]);
}

/// `self.0·self.1`.
struct Multiply<'a, L>(&'a [L], &'a [L]);

impl<L: Lanes> Product<L> for Multiply<'_, L> {
    #[inline(always)]
    fn two(&self, k: Constants<L>, columns: &mut [L]) {
        if let Some(rows) = self.0.first_chunk() {
            product2(k, *rows, self.1, columns);
        }
    }

    #[inline(always)]
    fn four(&self, k: Constants<L>, i: usize, columns: &mut [L]) {
        if let (Some(rows), Some(columns)) = (self.0.get(i..), columns.get_mut(i..))
            && let Some(rows) = rows.first_chunk()
        {
            product4(k, *rows, self.1, columns);
        }
    }
}

/// `self.0²`.
struct Square<'a, L>(&'a [L]);

impl<L: Lanes> Product<L> for Square<'_, L> {
    #[inline(always)]
    fn two(&self, k: Constants<L>, columns: &mut [L]) {
        square2(k, self.0, columns);
    }

    #[inline(always)]
    fn four(&self, k: Constants<L>, i: usize, columns: &mut [L]) {
        if let (Some(rows), Some(columns)) = (self.0.get(i..), columns.get_mut(2 * i..)) {
            square4(k, rows, columns);
        }
    }
}

/// The factors that clear the first four columns, and the high part that is pending for the fifth. The digits of `M`
/// are given without the lowest.
#[inline(always)]
fn factors4<L: Lanes>(k: Constants<L>, [m1, m2, m3]: [L; 3], columns: &[L]) -> Option<([L; 4], L)> {
    let &[t0, t1, t2, t3] = columns.first_chunk()?;
    let f0 = digit(t0);
    let first = k.mul(f0, m1);
    let column = t1.add(carry(t0)).add(first.low);
    let f1 = digit(column);
    let second = k.mul(f0, m2).mul_add(f1, m1);
    let column = t2.add(carry(column)).add(first.high).add(second.low);
    let f2 = digit(column);
    let third = k.mul(f0, m3).mul_add(f1, m2).mul_add(f2, m1);
    let column = t3.add(carry(column)).add(second.high).add(third.low);
    Some(([f0, f1, f2, digit(column)], carry(column).add(third.high)))
}

/// The factors that clear the first two columns, as `factors4`.
#[inline(always)]
fn factors2<L: Lanes>(k: Constants<L>, m1: L, columns: &[L]) -> Option<([L; 2], L)> {
    let &[t0, t1] = columns.first_chunk()?;
    let f0 = digit(t0);
    let first = k.mul(f0, m1);
    let column = t1.add(carry(t0)).add(first.low);
    Some(([f0, digit(column)], carry(column).add(first.high)))
}

/// A modulus for both lanes.
pub(super) struct Montgomery<L: Lanes> {
    constants: Constants<L>,
    /// The digits of `M` after the lowest, which is -1.
    upper: Zeroed<L>,
    /// The initial columns of a multiplication.
    multiply_bias: Zeroed<L>,
    /// The initial columns of a squaring.
    square_bias: Zeroed<L>,
}

impl<L: Lanes> Montgomery<L> {
    /// For `M` given in `n` digits, an even number from 22 to 42.
    pub(super) fn new(modulus: &[L]) -> Self {
        let n = modulus.len();
        Self {
            constants: Constants::new(),
            upper: Zeroed::copy_of(&modulus[1..]),
            multiply_bias: bias(n, |n, i, rows| (i, n + rows - 1)),
            square_bias: bias(n, |n, i, rows| (2 * i, n - i + rows - 1)),
        }
    }

    /// `x = x·y/R mod M`, with room for `2n` columns.
    #[inline(never)]
    pub(super) fn multiply(&self, x: &mut [L], y: &[L], columns: &mut [L]) {
        copy(columns, &self.multiply_bias);
        self.columns(&Multiply(x, y), x.len(), columns);
        take_digits(&columns[x.len()..], x);
    }

    /// `x = x²/R mod M`, with room for `2n` columns.
    #[inline(never)]
    pub(super) fn square(&self, x: &mut [L], columns: &mut [L]) {
        copy(columns, &self.square_bias);
        self.columns(&Square(x), x.len(), columns);
        take_digits(&columns[x.len()..], x);
    }

    /// Adds up the product and the multiple of `M` that clears its lower half.
    #[inline(always)]
    fn columns(&self, product: &impl Product<L>, n: usize, columns: &mut [L]) {
        let k = self.constants;
        let upper: &[L] = &self.upper;
        let Some((&[m1, m2, m3], after)) = upper.split_first_chunk() else {
            return;
        };
        let mut i = 0;
        if n % 4 == 2 {
            product.two(k, columns);
            let Some((factors, pending)) = factors2(k, m1, columns) else {
                return;
            };
            run2(k, factors, m1, &upper[1..], &mut columns[2..], pending);
            i = 2;
        }
        while i < n {
            product.four(k, i, columns);
            let Some((factors, pending)) = factors4(k, [m1, m2, m3], &columns[i..]) else {
                return;
            };
            run4(k, factors, [m3, m2, m1], after, &mut columns[i + 4..], pending);
            i += 4;
        }
    }
}

/// Copies lane by lane: for these lengths the engine's `memory.copy` is slower.
#[inline(always)]
fn copy<L: Lanes>(to: &mut [L], from: &[L]) {
    for (to, from) in to.iter_mut().zip(from) {
        *to = *from;
    }
}

/// The initial columns: `RAISE`, less its share in the carry from the column before, less the constant bit patterns of
/// all chains that will be added. `product(n, i, rows)` returns the first column and the number of columns to which the
/// block of rows from `i` adds a chain.
#[inline(never)]
fn bias<L: Lanes>(n: usize, product: fn(usize, usize, usize) -> (usize, usize)) -> Zeroed<L> {
    let mut columns = Zeroed::new(2 * n + 1);
    columns.fill(RAISE.wrapping_sub(RAISED_CARRY));
    columns[0] = RAISE;
    let mut i = 0;
    while i < n {
        let rows = if i == 0 && n % 4 == 2 { 2 } else { 4 };
        // The multiple of M has n - 1 digits from the column after the block's first.
        for (first, count) in [product(n, i, rows), (i + 1, n - 1 + rows - 1)] {
            for k in first..first + count {
                columns[k] = columns[k].wrapping_sub(LOW.to_bits());
                columns[k + 1] = columns[k + 1].wrapping_sub(HIGH.to_bits());
            }
        }
        i += rows;
    }
    let mut bias = Zeroed::new(2 * n);
    for (lanes, column) in bias.iter_mut().zip(columns.iter()) {
        *lanes = L::splat_word(*column);
    }
    bias
}
