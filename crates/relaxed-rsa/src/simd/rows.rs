//! Rows of a schoolbook multiplication, added to columns four at a time (or two, where the number of digits is not a
//! multiple of four).
//!
//! A column is a sum of 64-bit integers, mod 2^64, in each lane. A chain of products belonging to column `k`
//! adds its low part there and its high part, in units of the base, to column `k + 1`. Four rows at a time means
//! chains of four products and one load and store of a column for each. Loops run over pairs of columns, so lengths
//! are even; both ends are written out.

use super::chain::{Chain, Constants};
use super::lanes::Lanes;

/// Adds the low part of its chain to a column, and the high part that is pending from the column before. Returns the
/// high part that is pending for the next column.
#[inline(always)]
fn put<L: Lanes>(column: &mut L, pending: L, chain: Chain<L>) -> L {
    *column = column.add(pending).add(chain.low);
    chain.high
}

/// Continues four rows: `columns` starts where `b` begins to meet all four digits of `a`, and `before` are the
/// three digits before `b`, last first.
#[inline(always)]
pub(super) fn run4<L: Lanes>(k: Constants<L>, a: [L; 4], before: [L; 3], b: &[L], columns: &mut [L], mut pending: L) {
    let [a0, a1, a2, a3] = a;
    let [mut w2, mut w1, mut w0] = before;
    let Some((full, end)) = columns.split_at_mut_checked(b.len()) else {
        return;
    };
    for ([b0, b1], [t0, t1]) in b.as_chunks().0.iter().zip(full.as_chunks_mut().0) {
        pending = put(t0, pending, k.mul(a0, *b0).mul_add(a1, w2).mul_add(a2, w1).mul_add(a3, w0));
        pending = put(t1, pending, k.mul(a0, *b1).mul_add(a1, *b0).mul_add(a2, w2).mul_add(a3, w1));
        (w2, w1, w0) = (*b1, *b0, w2);
    }
    let Some([t0, t1, t2, t3]) = end.first_chunk_mut() else {
        return;
    };
    pending = put(t0, pending, k.mul(a1, w2).mul_add(a2, w1).mul_add(a3, w0));
    pending = put(t1, pending, k.mul(a2, w2).mul_add(a3, w1));
    pending = put(t2, pending, k.mul(a3, w2));
    *t3 = t3.add(pending);
}

/// Continues two rows, as `run4`.
#[inline(always)]
pub(super) fn run2<L: Lanes>(k: Constants<L>, a: [L; 2], before: L, b: &[L], columns: &mut [L], mut pending: L) {
    let [a0, a1] = a;
    let mut w0 = before;
    let Some((full, end)) = columns.split_at_mut_checked(b.len()) else {
        return;
    };
    for ([b0, b1], [t0, t1]) in b.as_chunks().0.iter().zip(full.as_chunks_mut().0) {
        pending = put(t0, pending, k.mul(a0, *b0).mul_add(a1, w0));
        pending = put(t1, pending, k.mul(a0, *b1).mul_add(a1, *b0));
        w0 = *b1;
    }
    let Some([t0, t1]) = end.first_chunk_mut() else { return };
    pending = put(t0, pending, k.mul(a1, w0));
    *t1 = t1.add(pending);
}

/// Adds `a·b`; `b` has an even number of digits.
#[inline(always)]
pub(super) fn product4<L: Lanes>(k: Constants<L>, a: [L; 4], b: &[L], columns: &mut [L]) {
    let [a0, a1, a2, a3] = a;
    let Some((&[b0, b1, b2, b3], b)) = b.split_first_chunk() else {
        return;
    };
    let Some(([t0, t1, t2, t3], columns)) = columns.split_first_chunk_mut() else {
        return;
    };
    let pending = put(t0, L::ZERO, k.mul(a0, b0));
    let pending = put(t1, pending, k.mul(a0, b1).mul_add(a1, b0));
    let pending = put(t2, pending, k.mul(a0, b2).mul_add(a1, b1).mul_add(a2, b0));
    let pending = put(t3, pending, k.mul(a0, b3).mul_add(a1, b2).mul_add(a2, b1).mul_add(a3, b0));
    run4(k, a, [b3, b2, b1], b, columns, pending);
}

/// Adds `a·b`; `b` has an even number of digits.
#[inline(always)]
pub(super) fn product2<L: Lanes>(k: Constants<L>, a: [L; 2], b: &[L], columns: &mut [L]) {
    let [a0, a1] = a;
    let Some((&[b0, b1], b)) = b.split_first_chunk() else {
        return;
    };
    let Some(([t0, t1], columns)) = columns.split_first_chunk_mut() else {
        return;
    };
    let pending = put(t0, L::ZERO, k.mul(a0, b0));
    let pending = put(t1, pending, k.mul(a0, b1).mul_add(a1, b0));
    run2(k, a, b1, b, columns, pending);
}

/// Adds what the first four digits of `x` contribute to the square of `x`: their own square, and twice their product
/// with the digits after them. The number of digits is a multiple of four.
#[inline(always)]
pub(super) fn square4<L: Lanes>(k: Constants<L>, x: &[L], columns: &mut [L]) {
    let Some((&[x0, x1, x2, x3], after)) = x.split_first_chunk() else {
        return;
    };
    let Some(([t0, t1, t2, t3, t4, t5, t6, t7], columns)) = columns.split_first_chunk_mut() else {
        return;
    };
    let d @ [d0, d1, d2, d3] = [x0.fadd(x0), x1.fadd(x1), x2.fadd(x2), x3.fadd(x3)];
    let pending = put(t0, L::ZERO, k.mul(x0, x0));
    let pending = put(t1, pending, k.mul(d0, x1));
    let pending = put(t2, pending, k.mul(d0, x2).mul_add(x1, x1));
    let pending = put(t3, pending, k.mul(d0, x3).mul_add(d1, x2));
    if let Some((&[y0, y1, y2, y3], after)) = after.split_first_chunk() {
        let pending = put(t4, pending, k.mul(d0, y0).mul_add(d1, x3).mul_add(x2, x2));
        let pending = put(t5, pending, k.mul(d0, y1).mul_add(d1, y0).mul_add(d2, x3));
        let pending = put(t6, pending, k.mul(d0, y2).mul_add(d1, y1).mul_add(d2, y0).mul_add(x3, x3));
        let pending = put(t7, pending, k.mul(d0, y3).mul_add(d1, y2).mul_add(d2, y1).mul_add(d3, y0));
        run4(k, d, [y3, y2, y1], after, columns, pending);
    } else {
        let pending = put(t4, pending, k.mul(d1, x3).mul_add(x2, x2));
        let pending = put(t5, pending, k.mul(d2, x3));
        let pending = put(t6, pending, k.mul(x3, x3));
        *t7 = t7.add(pending);
    }
}

/// As `square4` for the first two digits. The number of digits is even and at least four.
#[inline(always)]
pub(super) fn square2<L: Lanes>(k: Constants<L>, x: &[L], columns: &mut [L]) {
    let Some((&[x0, x1, y0, y1], after)) = x.split_first_chunk() else {
        return;
    };
    let Some(([t0, t1, t2, t3], columns)) = columns.split_first_chunk_mut() else {
        return;
    };
    let d @ [d0, d1] = [x0.fadd(x0), x1.fadd(x1)];
    let pending = put(t0, L::ZERO, k.mul(x0, x0));
    let pending = put(t1, pending, k.mul(d0, x1));
    let pending = put(t2, pending, k.mul(d0, y0).mul_add(x1, x1));
    let pending = put(t3, pending, k.mul(d0, y1).mul_add(d1, y0));
    run2(k, d, y1, after, columns, pending);
}
