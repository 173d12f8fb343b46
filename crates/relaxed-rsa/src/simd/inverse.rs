//! Inverses modulo a secret odd number, in time that depends on its length only.
//!
//! Bernstein and Yang's division steps ("Fast constant-time gcd computation and modular inversion", 2019), in the
//! variant that starts from `delta = 1/2`: for inputs of `b >= 46` bits `(45907·b + 26313)/19929` steps are enough, as
//! Wuille's hull computations show. Steps are done thirty at a time on the low words, which gives a matrix that is then
//! applied to the whole numbers. Numbers have signed 30-bit limbs.

use core::hint::black_box;

use super::digits::{join, split};
use crate::zeroed::Zeroed;

/// Bits of a limb, and division steps at a time.
const BITS: u32 = 30;

/// The bits of a limb.
const MASK: i64 = (1 << BITS) - 1;

/// A number, least significant limb first; all but the last limb are from 0 to `2^30 - 1`.
type Limbs = Zeroed<i64>;

/// The effect of thirty division steps: `(f, g) = ((u·f + v·g), (q·f + r·g))/2^30`.
struct Matrix {
    u: i64,
    v: i64,
    q: i64,
    r: i64,
}

/// `1/value mod modulus` as big-endian bytes, for an odd modulus and a value below it of the same length. If there is
/// no inverse, the result is meaningless.
#[inline(never)]
pub(super) fn inverse(value: &[u8], modulus: &[u8]) -> Zeroed<u8> {
    let bits = 8 * modulus.len();
    // The cofactors go up to twice the modulus, with a sign.
    let count = (bits + 2).div_ceil(BITS as usize);
    let modulus = limbs(modulus, count);
    let (mut f, mut g) = (modulus.clone(), limbs(value, count));
    let mut d = Limbs::new(count);
    let mut e = d.clone();
    e[0] = 1;

    // 1/modulus mod 2^30 (Newton): right to 3 bits, then 6, 12, 24, 48.
    let mut reciprocal = modulus[0];
    for _ in 0..4 {
        reciprocal = reciprocal.wrapping_mul(2i64.wrapping_sub(modulus[0].wrapping_mul(reciprocal))) & MASK;
    }

    let steps = (45907 * bits + 26313) / 19929;
    let mut delta = -1;
    for _ in 0..steps.div_ceil(BITS as usize) {
        let matrix = division_steps(&mut delta, f[0], g[0]);
        update_cofactors(&mut d, &mut e, &matrix, &modulus, reciprocal);
        update(&mut f, &mut g, &matrix);
    }

    // g is 0 and f is 1 or -1: d·value = f mod modulus, with d from -2·modulus to modulus.
    let sign = mask(f[count - 1] >> 63);
    let negative = mask(d[count - 1] >> 63);
    add_if(&mut d, &modulus, negative);
    for limb in d.iter_mut() {
        *limb = (*limb ^ sign) - sign;
    }
    carry(&mut d);
    let negative = mask(d[count - 1] >> 63);
    add_if(&mut d, &modulus, negative);
    join(d.iter().map(|limb| *limb as u64), BITS, bits / 8)
}

/// Hides from the compiler that a mask is all ones or all zeros. Otherwise it would turn masked operations into
/// selections, which an engine may compile to branches.
#[inline(always)]
fn mask(mask: i64) -> i64 {
    black_box(mask)
}

/// As `mask`, of 32 bits.
#[inline(always)]
fn mask32(mask: i32) -> i32 {
    black_box(mask)
}

/// The limbs of a big-endian number.
fn limbs(bytes: &[u8], count: usize) -> Limbs {
    let mut limbs = Limbs::new(count);
    for (limb, digit) in limbs.iter_mut().zip(split(bytes, BITS, count).iter()) {
        *limb = *digit as i64;
    }
    limbs
}

/// Thirty division steps on the low limbs. `delta` is the algorithm's, as `-(delta + 1/2)`.
fn division_steps(delta: &mut i32, f: i64, g: i64) -> Matrix {
    let [mut u, mut v, mut q, mut r] = [1i32, 0, 0, 1];
    let (mut f, mut g) = (f as i32, g as i32);
    for _ in 0..BITS {
        // All ones where delta > 0, and where g is odd.
        let positive = mask32(*delta >> 31);
        let odd = mask32(-(g & 1));
        let negated = |x: i32| (x ^ positive).wrapping_sub(positive) & odd;
        g = g.wrapping_add(negated(f));
        q = q.wrapping_add(negated(u));
        r = r.wrapping_add(negated(v));
        let swap = positive & odd;
        *delta = (*delta ^ swap).wrapping_sub(1);
        f = f.wrapping_add(g & swap);
        u = u.wrapping_add(q & swap);
        v = v.wrapping_add(r & swap);
        g >>= 1;
        u = u.wrapping_shl(1);
        v = v.wrapping_shl(1);
    }
    Matrix { u: i64::from(u), v: i64::from(v), q: i64::from(q), r: i64::from(r) }
}

/// Applies the matrix to f and g: the divisions are exact.
fn update(f: &mut [i64], g: &mut [i64], matrix: &Matrix) {
    let Matrix { u, v, q, r } = *matrix;
    let (mut next_f, mut next_g) = (0, 0);
    let mut before: Option<(&mut i64, &mut i64)> = None;
    for (f, g) in f.iter_mut().zip(g) {
        next_f += u * *f + v * *g;
        next_g += q * *f + r * *g;
        // The first limbs come out as 0 and are shifted out.
        if let Some((f, g)) = before {
            (*f, *g) = (next_f & MASK, next_g & MASK);
        }
        (next_f, next_g) = (next_f >> BITS, next_g >> BITS);
        before = Some((f, g));
    }
    if let Some((f, g)) = before {
        (*f, *g) = (next_f, next_g);
    }
}

/// Applies the matrix to d and e modulo the modulus, multiples of which make the divisions exact and keep both between
/// -2 and 1 times the modulus.
fn update_cofactors(d: &mut [i64], e: &mut [i64], matrix: &Matrix, modulus: &[i64], reciprocal: i64) {
    let Matrix { u, v, q, r } = *matrix;
    let (Some(d_sign), Some(e_sign)) = (d.last().map(|x| mask(x >> 63)), e.last().map(|x| mask(x >> 63))) else {
        return;
    };
    let mut md = (u & d_sign) + (v & e_sign);
    let mut me = (q & d_sign) + (r & e_sign);
    md -= (reciprocal.wrapping_mul(u * d[0] + v * e[0]).wrapping_add(md)) & MASK;
    me -= (reciprocal.wrapping_mul(q * d[0] + r * e[0]).wrapping_add(me)) & MASK;
    let (mut next_d, mut next_e) = (0, 0);
    let mut before: Option<(&mut i64, &mut i64)> = None;
    for ((d, e), m) in d.iter_mut().zip(e).zip(modulus) {
        next_d += u * *d + v * *e + m * md;
        next_e += q * *d + r * *e + m * me;
        if let Some((d, e)) = before {
            (*d, *e) = (next_d & MASK, next_e & MASK);
        }
        (next_d, next_e) = (next_d >> BITS, next_e >> BITS);
        before = Some((d, e));
    }
    if let Some((d, e)) = before {
        (*d, *e) = (next_d, next_e);
    }
}

/// Adds y where the mask is all ones.
fn add_if(x: &mut [i64], y: &[i64], mask: i64) {
    for (x, y) in x.iter_mut().zip(y) {
        *x += y & mask;
    }
    carry(x);
}

/// Brings all limbs but the last back into their range.
#[inline(never)]
fn carry(x: &mut [i64]) {
    let last = x.len() - 1;
    let mut over = 0;
    for limb in &mut x[..last] {
        let sum = *limb + over;
        *limb = sum & MASK;
        over = sum >> BITS;
    }
    x[last] += over;
}
