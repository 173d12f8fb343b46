//! The two primes: what is precomputed for them, and arithmetic modulo both at once.
//!
//! # The multiple
//! Montgomery's reduction here wants a modulus of -1 in its lowest digit: `M = k·p` with `k = -1/p mod 2^50`. Where that is
//! below `2^49`, `2^50` is added: so `2^49 <= k < 3/2·2^50`, and `M` is known within three bits. For a
//! prime of `h` bits in `n` digits, `h + 52 <= 50·n`: `M < 3/2·2^(50 + h) <= 3/8·R`, as `montgomery` needs.
//!
//! # Quotients
//! `x mod p` is `x - q·p` with `q` the nearest integer to `x/p`, estimated in doubles. Numerator and reciprocal are each
//! right to two units in the last place or so, and the estimate is wrong by less than `6·2^-53·|x/p| + 1/2`. For `|x/p|` of
//! up to `2^51` a first step leaves less than `2·p`, and a second less than `1/2 + 2^-40` of it.

use super::chain::{Chains, DIGIT_BITS, HIGH, LOW};
use super::digits::{balance, integer, split};
use super::lanes::Lanes;
use super::montgomery::{Montgomery, RAISE, RAISED_CARRY, take_digits};
use crate::ground::rsa::secret::Secret;

/// Both primes, one in each lane.
pub(super) struct Modulus<L: Lanes> {
    /// Number of digits.
    digits: usize,
    /// The primes, big-endian.
    bytes: [Secret<u8>; 2],
    /// The primes.
    prime: Secret<L>,
    /// About `1/prime`, in the units of `leading`.
    reciprocal: Secret<L>,
    /// Arithmetic modulo the multiples.
    montgomery: Montgomery<L>,
    /// 1.
    unit: Secret<L>,
    /// `R`, `R²` and `R³` modulo the multiples: 1, what a number is multiplied by to make it a residue, and the same for its upper half.
    radix: [Secret<L>; 3],
}

impl<L: Lanes> Modulus<L> {
    /// For two odd primes of exactly `8·bytes` bits, as big-endian bytes. All but `bytes` may be secret.
    pub(super) fn new(p: &[u8], q: &[u8], bytes: usize) -> Self {
        let digits = digits_for(bytes);
        let prime = number(p, q, digits);
        let factor = multiplier::<L>(p, q);
        let unit = unit(digits, 0);

        // 1/p: the primes are from 1/2 to 1 in units of 2^(8·bytes), weighed as `leading` does.
        let weight = 8 * bytes as i32 - DIGIT_BITS as i32 * (digits as i32 - 4);
        let reciprocal = reciprocal(leading(&prime), 1.3 * power_of_two(-weight));

        let mut multiple = Secret::blank(digits);
        add_multiple(&mut multiple, factor, &prime);
        // 1/(k·p): from 1/4 to 3/2 in units of 2^50 times the above.
        let multiple_reciprocal = self::reciprocal(leading(&multiple), 1.1 * power_of_two(-weight - DIGIT_BITS as i32));
        let montgomery = Montgomery::new(&multiple);

        // From B^(n-1), below the multiple, one digit at a time to B^n = R and B^2n = R². The quotient is up to half the
        // base, where the estimate leaves up to 7/8 of the multiple, below R/2; the second step leaves half of it.
        let mut power: Secret<L> = self::unit(digits, digits - 1);
        let mut radix = Secret::blank(digits);
        for step in 0..=digits {
            let base = L::splat(-power_of_two(DIGIT_BITS as i32));
            let quotient = round(leading(&power).fma(multiple_reciprocal, L::BLANK).fma(base, L::BLANK));
            // What was the highest digit is worth nothing modulo B^n, where the difference fits.
            power.copy_within(..digits - 1, 1);
            power[0] = L::BLANK;
            add_multiple(&mut power, quotient, &multiple);
            subtract_quotient(&mut power, multiple_reciprocal, &multiple);
            if step == 0 {
                radix.copy_from_slice(&power);
            }
        }
        let mut columns = Secret::blank(2 * digits);
        let mut cube = Secret::copy_of(&power);
        montgomery.square(&mut cube, &mut columns);
        let bytes = [p, q].map(Secret::copy_of);
        Self {
            digits,
            bytes,
            prime,
            reciprocal: Secret::copy_of(&[reciprocal]),
            montgomery,
            unit,
            radix: [radix, power, cube],
        }
    }

    /// Number of digits of a residue.
    pub(super) fn digits(&self) -> usize {
        self.digits
    }

    /// Length of a prime in bytes.
    pub(super) fn bytes(&self) -> usize {
        self.bytes[0].len()
    }

    /// The primes, big-endian.
    pub(super) fn primes(&self) -> [&[u8]; 2] {
        [&self.bytes[0], &self.bytes[1]]
    }

    /// Room for the columns of a multiplication.
    pub(super) fn columns(&self) -> Secret<L> {
        Secret::blank(2 * self.digits)
    }

    /// 1 as a residue.
    pub(super) fn one(&self) -> Secret<L> {
        Secret::copy_of(&self.radix[0])
    }

    /// `x = x·y`, for residues.
    #[inline(always)]
    pub(super) fn multiply(&self, x: &mut [L], y: &[L], columns: &mut [L]) {
        self.montgomery.multiply(x, y, columns);
    }

    /// `x = x²`, for a residue.
    #[inline(always)]
    pub(super) fn square(&self, x: &mut [L], columns: &mut [L]) {
        self.montgomery.square(x, columns);
    }

    /// The residues of a number of up to twice the primes' length, big-endian: the sum of those of its halves of n digits.
    ///
    /// `R²` is at most little over `M/2` here, and the lower half at most `R/2`: that residue is at most `3/4·M`. The upper half is
    /// far below `R`, and its residue at most little over `M/2`. So the sum is up to `5/4·M`, more than a residue, but fit to be
    /// multiplied by one: `5/4·3/8 + 1/2 < 1`.
    pub(super) fn residue(&self, bytes: &[u8], columns: &mut [L]) -> Secret<L> {
        let halves = number::<L>(bytes, bytes, 2 * self.digits);
        let (low, high) = halves.split_at(self.digits);
        let [_, square, cube] = &self.radix;
        let mut residue = Secret::copy_of(low);
        self.multiply(&mut residue, square, columns);
        let mut upper = Secret::copy_of(high);
        self.multiply(&mut upper, cube, columns);
        add_multiple(&mut residue, L::splat(1.0), &upper);
        residue
    }

    /// `x = x - y`, the difference staying within a residue's range.
    pub(super) fn subtract(&self, x: &mut [L], y: &[L]) {
        add_multiple(x, L::splat(-1.0), y);
    }

    /// Makes a residue of one number below the primes in each lane.
    pub(super) fn enter(&self, x: &mut [L], columns: &mut [L]) {
        self.multiply(x, &self.radix[1], columns);
    }

    /// The least non-negative numbers of residues.
    pub(super) fn leave(&self, x: &mut [L], columns: &mut [L]) {
        self.multiply(x, &self.unit, columns);
        let [reciprocal] = *self.reciprocal else { return };
        subtract_quotient(x, reciprocal, &self.prime);
        subtract_quotient(x, reciprocal, &self.prime);
        let negative = negative(x);
        add_multiple(x, negative.and(L::splat(1.0)), &self.prime);
    }
}

/// The number of digits for primes of so many bytes, even and with room for the multiple.
fn digits_for(bytes: usize) -> usize {
    (8 * bytes + 52).div_ceil(2 * DIGIT_BITS as usize) * 2
}

/// A number for each lane, big-endian.
#[inline(never)]
pub(super) fn number<L: Lanes>(low: &[u8], high: &[u8], digits: usize) -> Secret<L> {
    let mut number = Secret::blank(digits);
    let (low, high) = (split(low, DIGIT_BITS, digits), split(high, DIGIT_BITS, digits));
    for (digit, (low, high)) in number.iter_mut().zip(balance(&low, DIGIT_BITS).zip(balance(&high, DIGIT_BITS))) {
        *digit = L::pair(low, high);
    }
    number
}

/// `B^place` in both lanes.
fn unit<L: Lanes>(digits: usize, place: usize) -> Secret<L> {
    let mut unit = Secret::blank(digits);
    unit[place] = L::splat(1.0);
    unit
}

/// `2^exponent` as a double.
fn power_of_two(exponent: i32) -> f64 {
    f64::from_bits(((1023 + exponent) as u64) << 52)
}

/// `k = -1/p mod 2^50`, at least `2^49`, for both primes.
#[inline(never)]
fn multiplier<L: Lanes>(p: &[u8], q: &[u8]) -> L {
    let of = |prime: &[u8]| {
        let low = split(prime, DIGIT_BITS, 1)[0];
        // Right to 3 bits, and to twice as many after every step (Newton): 6, 12, 24, 48, 96.
        let mut inverse = low;
        for _ in 0..5 {
            inverse = inverse.wrapping_mul(2u64.wrapping_sub(low.wrapping_mul(inverse)));
        }
        let multiplier = inverse.wrapping_neg() & ((1 << DIGIT_BITS) - 1);
        // Its top bit is bit 49: where that is 0, 2^50 is added.
        (multiplier + ((multiplier >> (DIGIT_BITS - 1) ^ 1) << DIGIT_BITS)) as i64 as f64
    };
    L::pair(of(p), of(q))
}

/// About the number, in units of the fourth digit from the top.
#[inline(never)]
fn leading<L: Lanes>(x: &[L]) -> L {
    let base = L::splat(power_of_two(DIGIT_BITS as i32));
    x[x.len() - 4..].iter().rev().fold(L::BLANK, |sum, digit| sum.fma(base, *digit))
}

/// About `1/divisor` (Newton): `guess` is right within a factor, `1 - divisor·guess` being from -0.7 to 0.75.
#[inline(never)]
fn reciprocal<L: Lanes>(divisor: L, guess: f64) -> L {
    let mut guess = L::splat(guess);
    let negative = divisor.fma(L::splat(-1.0), L::BLANK);
    for _ in 0..9 {
        let error = negative.fma(guess, L::splat(1.0));
        guess = guess.fma(error, guess);
    }
    guess
}

/// The nearest integers, for numbers of up to `2^51`.
fn round<L: Lanes>(x: L) -> L {
    x.fadd(L::splat(LOW)).fsub(L::splat(LOW))
}

/// `x = x + factor·y` for a factor of up to `2^51`, where the sum fits in as many digits as `x` has.
#[inline(never)]
fn add_multiple<L: Lanes>(x: &mut [L], factor: L, y: &[L]) {
    const BIAS: u64 = RAISE.wrapping_sub(RAISED_CARRY).wrapping_sub(LOW.to_bits()).wrapping_sub(HIGH.to_bits());
    // The first column has neither carry nor high part from one before.
    let mut pending = L::splat_word(RAISE.wrapping_sub(LOW.to_bits()));
    let (chains, one) = (Chains::new(), L::splat(1.0));
    let mut columns = Secret::blank(x.len());
    for (column, (x, y)) in columns.iter_mut().zip(x.iter().zip(y)) {
        let chain = chains.of(*x, one).and(factor, *y);
        *column = pending.add(chain.low);
        pending = chain.high.add(L::splat_word(BIAS));
    }
    take_digits(&columns, x);
}

/// `x = x - q·y` with `q` the nearest integer to `x/y`, or next to it.
#[inline(never)]
fn subtract_quotient<L: Lanes>(x: &mut [L], reciprocal: L, y: &[L]) {
    let quotient = round(leading(x).fma(reciprocal, L::BLANK));
    add_multiple(x, quotient.fma(L::splat(-1.0), L::BLANK), y);
}

/// All bits set in the lanes whose number is negative.
fn negative<L: Lanes>(x: &[L]) -> L {
    let mut borrow = [0i64; 2];
    for digit in x {
        let words = digit.to_words();
        for (borrow, word) in borrow.iter_mut().zip(words) {
            *borrow = (integer(f64::from_bits(word)) + *borrow) >> DIGIT_BITS;
        }
    }
    L::words(borrow.map(|borrow| borrow as u64))
}

/// The digits of one lane of a non-negative number, from 0 up, least significant first.
pub(super) fn lane<L: Lanes>(x: &[L], lane: usize) -> impl Iterator<Item = u64> {
    let mut borrow = 0;
    x.iter().map(move |digit| {
        let digit = integer(f64::from_bits(digit.to_words()[lane & 1])) + borrow;
        borrow = digit >> DIGIT_BITS;
        digit as u64 & ((1 << DIGIT_BITS) - 1)
    })
}
