//! The two primes: precomputation for them, and arithmetic modulo both at once.
//!
//! # The multiple
//! `montgomery` needs a modulus that is -1 in its lowest digit: `M = k·p` with `k = -1/p mod 2^50`. If that is below
//! `2^49`, `2^50` is added: so `2^49 <= k < 3/2·2^50`, and `M` is known within three bits. For a prime of `h` bits in
//! `n` digits, `h + 52 <= 50·n`: `M < 3/2·2^(50 + h) <= 3/8·R`, as `montgomery` needs.
//!
//! # Quotients
//! `x mod p` is `x - q·p` with `q` the nearest integer to `x/p`, estimated in doubles. Numerator and reciprocal are
//! each right to two units in the last place or so, and the estimate is wrong by less than `6·2^-53·|x/p| + 1/2`. For
//! `|x/p|` of up to `2^51` a first step leaves less than `2·p`, and a second less than `1/2 + 2^-40` of it.

use super::chain::{Constants, DIGIT_BITS, HIGH, LOW};
use super::digits::{balance, integer, split};
use super::lanes::Lanes;
use super::montgomery::{Montgomery, RAISE, RAISED_CARRY, take_digits};
use crate::zeroed::Zeroed;

/// Both primes, one in each lane. Numbers in Montgomery form are residues modulo the multiples, signed.
pub(super) struct Primes<L: Lanes> {
    /// Number of digits.
    digits: usize,
    /// The primes, big-endian.
    bytes: [Zeroed<u8>; 2],
    /// The primes as digits.
    prime: Zeroed<L>,
    /// About `1/prime`, in the units of `leading`.
    reciprocal: Zeroed<L>,
    montgomery: Montgomery<L>,
    /// 1.
    unit: Zeroed<L>,
    /// `R`, `R²` and `R³` modulo the multiples: 1 in Montgomery form, the factor that brings a number into it, and the
    /// factor for the upper half of a number.
    radix: [Zeroed<L>; 3],
}

impl<L: Lanes> Primes<L> {
    /// For two odd primes of exactly `8·bytes` bits, as big-endian bytes. All but `bytes` may be secret.
    pub(super) fn new(p: &[u8], q: &[u8], bytes: usize) -> Self {
        let digits = digits_for(bytes);
        let prime = number(p, q, digits);
        let factor = multiplier::<L>(p, q);
        let unit = unit(digits, 0);

        // 1/p: the primes are from 1/2 to 1 in units of 2^(8·bytes), weighed as `leading` does.
        let weight = 8 * bytes as i32 - DIGIT_BITS as i32 * (digits as i32 - 4);
        let reciprocal = reciprocal(leading(&prime), 1.3 * power_of_two(-weight));

        let mut multiple = Zeroed::new(digits);
        add_multiple(&mut multiple, factor, &prime);
        // 1/(k·p): from 1/4 to 3/2 in units of 2^50 times the above.
        let multiple_reciprocal = self::reciprocal(leading(&multiple), 1.1 * power_of_two(-weight - DIGIT_BITS as i32));
        let montgomery = Montgomery::new(&multiple);

        // From B^(n-1), below the multiple, one digit at a time to B^n = R and B^2n = R². The quotient is up to half
        // the base, where the estimate leaves up to 7/8 of the multiple, below R/2; the second step leaves half of it.
        let mut power: Zeroed<L> = self::unit(digits, digits - 1);
        let mut radix = Zeroed::new(digits);
        for step in 0..=digits {
            let base = L::splat(-power_of_two(DIGIT_BITS as i32));
            let quotient = round(leading(&power).fma(multiple_reciprocal, L::ZERO).fma(base, L::ZERO));
            // The highest digit drops out: it is 0 modulo B^n, and the difference is smaller than that.
            power.copy_within(..digits - 1, 1);
            power[0] = L::ZERO;
            add_multiple(&mut power, quotient, &multiple);
            subtract_quotient(&mut power, multiple_reciprocal, &multiple);
            if step == 0 {
                radix.copy_from_slice(&power);
            }
        }
        let mut columns = Zeroed::new(2 * digits);
        let mut cube = Zeroed::copy_of(&power);
        montgomery.square(&mut cube, &mut columns);
        let bytes = [p, q].map(Zeroed::copy_of);
        Self {
            digits,
            bytes,
            prime,
            reciprocal: Zeroed::copy_of(&[reciprocal]),
            montgomery,
            unit,
            radix: [radix, power, cube],
        }
    }

    /// The number of digits of a residue.
    pub(super) fn digit_count(&self) -> usize {
        self.digits
    }

    /// The length of a prime in bytes.
    pub(super) fn byte_length(&self) -> usize {
        self.bytes[0].len()
    }

    /// The primes, big-endian.
    pub(super) fn as_bytes(&self) -> [&[u8]; 2] {
        [&self.bytes[0], &self.bytes[1]]
    }

    /// Room for the columns of a multiplication.
    pub(super) fn columns(&self) -> Zeroed<L> {
        Zeroed::new(2 * self.digits)
    }

    /// 1 in Montgomery form.
    pub(super) fn one(&self) -> Zeroed<L> {
        Zeroed::copy_of(&self.radix[0])
    }

    /// `x = x·y` in Montgomery form.
    #[inline(always)]
    pub(super) fn multiply(&self, x: &mut [L], y: &[L], columns: &mut [L]) {
        self.montgomery.multiply(x, y, columns);
    }

    /// `x = x²` in Montgomery form.
    #[inline(always)]
    pub(super) fn square(&self, x: &mut [L], columns: &mut [L]) {
        self.montgomery.square(x, columns);
    }

    /// Brings a big-endian number of up to twice the primes' length into Montgomery form: the sum of its halves of n
    /// digits.
    ///
    /// `R²` is at most little over `M/2` here, and the lower half at most `R/2`: that residue is at most `3/4·M`. The
    /// upper half is far below `R`, and its residue at most little over `M/2`. So the sum is up to `5/4·M`, more than a
    /// residue, but it can be multiplied by one: `5/4·3/8 + 1/2 < 1`.
    pub(super) fn reduce(&self, bytes: &[u8], columns: &mut [L]) -> Zeroed<L> {
        let halves = number::<L>(bytes, bytes, 2 * self.digits);
        let (low, high) = halves.split_at(self.digits);
        let [_, square, cube] = &self.radix;
        let mut residue = Zeroed::copy_of(low);
        self.multiply(&mut residue, square, columns);
        let mut upper = Zeroed::copy_of(high);
        self.multiply(&mut upper, cube, columns);
        add_multiple(&mut residue, L::splat(1.0), &upper);
        residue
    }

    /// `x = x - y`, for a difference within the range of a residue.
    pub(super) fn subtract(&self, x: &mut [L], y: &[L]) {
        add_multiple(x, L::splat(-1.0), y);
    }

    /// Brings a number below the prime in each lane into Montgomery form.
    pub(super) fn enter_montgomery(&self, x: &mut [L], columns: &mut [L]) {
        self.multiply(x, &self.radix[1], columns);
    }

    /// Brings residues out of Montgomery form: the least non-negative numbers.
    pub(super) fn leave_montgomery(&self, x: &mut [L], columns: &mut [L]) {
        self.multiply(x, &self.unit, columns);
        let [reciprocal] = *self.reciprocal else { return };
        subtract_quotient(x, reciprocal, &self.prime);
        subtract_quotient(x, reciprocal, &self.prime);
        let negative = negative(x);
        add_multiple(x, negative.and(L::splat(1.0)), &self.prime);
    }
}

/// The number of digits for primes of `bytes` bytes: even, with room for the multiple.
fn digits_for(bytes: usize) -> usize {
    (8 * bytes + 52).div_ceil(2 * DIGIT_BITS as usize) * 2
}

/// A number for each lane, big-endian.
#[inline(never)]
pub(super) fn number<L: Lanes>(low: &[u8], high: &[u8], digits: usize) -> Zeroed<L> {
    let mut number = Zeroed::new(digits);
    let (low, high) = (split(low, DIGIT_BITS, digits), split(high, DIGIT_BITS, digits));
    for (digit, (low, high)) in number.iter_mut().zip(balance(&low, DIGIT_BITS).zip(balance(&high, DIGIT_BITS))) {
        *digit = L::pair(low, high);
    }
    number
}

/// `B^place` in both lanes.
fn unit<L: Lanes>(digits: usize, place: usize) -> Zeroed<L> {
    let mut unit = Zeroed::new(digits);
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
    x[x.len() - 4..].iter().rev().fold(L::ZERO, |sum, digit| sum.fma(base, *digit))
}

/// About `1/divisor` (Newton): `guess` is right within a factor, `1 - divisor·guess` being from -0.7 to 0.75.
#[inline(never)]
fn reciprocal<L: Lanes>(divisor: L, guess: f64) -> L {
    let mut guess = L::splat(guess);
    let negative = divisor.fma(L::splat(-1.0), L::ZERO);
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

/// `x = x + factor·y` for a factor of up to `2^51` and a sum that fits in the digits of `x`.
#[inline(never)]
fn add_multiple<L: Lanes>(x: &mut [L], factor: L, y: &[L]) {
    const BIAS: u64 = RAISE.wrapping_sub(RAISED_CARRY).wrapping_sub(LOW.to_bits()).wrapping_sub(HIGH.to_bits());
    // The first column has neither carry nor high part from one before.
    let mut pending = L::splat_word(RAISE.wrapping_sub(LOW.to_bits()));
    let (constants, one) = (Constants::new(), L::splat(1.0));
    let mut columns = Zeroed::new(x.len());
    for (column, (x, y)) in columns.iter_mut().zip(x.iter().zip(y)) {
        let chain = constants.mul(*x, one).mul_add(factor, *y);
        *column = pending.add(chain.low);
        pending = chain.high.add(L::splat_word(BIAS));
    }
    take_digits(&columns, x);
}

/// `x = x - q·y` with `q` the nearest integer to `x/y`, or next to it.
#[inline(never)]
fn subtract_quotient<L: Lanes>(x: &mut [L], reciprocal: L, y: &[L]) {
    let quotient = round(leading(x).fma(reciprocal, L::ZERO));
    add_multiple(x, quotient.fma(L::splat(-1.0), L::ZERO), y);
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

/// The digits of a non-negative number in one lane, unsigned, least significant first.
pub(super) fn lane<L: Lanes>(x: &[L], lane: usize) -> impl Iterator<Item = u64> {
    let mut borrow = 0;
    x.iter().map(move |digit| {
        let digit = integer(f64::from_bits(digit.to_words()[lane & 1])) + borrow;
        borrow = digit >> DIGIT_BITS;
        digit as u64 & ((1 << DIGIT_BITS) - 1)
    })
}
