//! Whether the numbers of a private key belong together.
//!
//! A product and a remainder are all that is needed, in plain loops: those of a library, which have to be fast for numbers of any size, are several times
//! as much code, and a fresh isolate compiles it before its first signature.
//!
//! How long it takes depends on the numbers: it is done once, when a key is opened, and nobody's message takes part.

#![allow(clippy::indexing_slicing, reason = "windows of checked length; a slip is a panic, and no wrong answer")]

use super::numbers::Numbers;
use super::secret::Secret;

/// Words of 32 bits, the lowest first; zeros at the top do not matter.
type Natural = Secret<u32>;

/// Whether there are two primes, each of which fills its words, and all numbers belong together, those for the Chinese
/// remainder theorem among them: n = p·q; for both primes d mod (p - 1) is the exponent, and e undoes it;
/// qinv·q = 1 mod p.
pub(super) fn belong_together(numbers: &Numbers<'_>) -> bool {
    let [p, q] = [numbers.p, numbers.q].map(natural);
    // What is odd and has its top bit has it without its last bit too, so that both can be divided by.
    let divides = |prime: &[u32]| prime.len() > 1 && prime[0] & 1 == 1 && prime[prime.len() - 1] >> 31 == 1;
    if !numbers.more_primes.is_empty() || !divides(&p) || !divides(&q) || *p == *q {
        return false;
    }
    let [e, d, n, coefficient] = [numbers.e, numbers.d, numbers.n, numbers.coefficient].map(natural);
    let mut exponents_fit = true;
    for (prime, exponent) in [&p, &q].into_iter().zip(numbers.exponents) {
        let exponent = natural(exponent);
        let mut order = prime.clone();
        order[0] -= 1;
        exponents_fit &= is_same(&remainder(&d, &order), &exponent) && are_inverse(&exponent, &e, &order);
    }
    exponents_fit && is_same(&product(&p, &q), &n) && are_inverse(&coefficient, &q, &p)
}

/// From big-endian bytes.
#[inline(never)]
fn natural(bytes: &[u8]) -> Natural {
    let mut natural = Natural::blank(bytes.len().div_ceil(4));
    for (word, bytes) in natural.iter_mut().zip(bytes.rchunks(4)) {
        for byte in bytes {
            *word = *word << 8 | u32::from(*byte);
        }
    }
    natural
}

/// Whether two numbers are one.
#[inline(never)]
fn is_same(x: &[u32], y: &[u32]) -> bool {
    let (short, long) = if x.len() < y.len() { (x, y) } else { (y, x) };
    let (low, high) = long.split_at(short.len());
    low == short && high.iter().all(|word| *word == 0)
}

/// Whether `x·y = 1` modulo this.
#[inline(never)]
fn are_inverse(x: &[u32], y: &[u32], modulus: &[u32]) -> bool {
    is_same(&remainder(&product(x, y), modulus), &[1])
}

#[inline(never)]
fn product(x: &[u32], y: &[u32]) -> Natural {
    let mut product = Natural::blank(x.len() + y.len());
    for (at, x) in x.iter().enumerate() {
        let mut carry = 0;
        for (to, y) in product[at..].iter_mut().zip(y) {
            let sum = u64::from(*x) * u64::from(*y) + u64::from(*to) + carry;
            (*to, carry) = (sum as u32, sum >> 32);
        }
        product[at + y.len()] = carry as u32;
    }
    product
}

/// By a modulus with its top bit set (Knuth, "The Art of Computer Programming" volume 2, section 4.3.1, algorithm D).
#[inline(never)]
fn remainder(x: &[u32], modulus: &[u32]) -> Natural {
    let length = modulus.len();
    let mut rest = Natural::blank(x.len() + 1);
    rest[..x.len()].copy_from_slice(x);
    for at in (0..rest.len().saturating_sub(length)).rev() {
        let window = &mut rest[at..=at + length];
        let high = u64::from(window[length]) << 32 | u64::from(window[length - 1]);
        // The digit of the quotient, or one or two more.
        let guess = (high / u64::from(modulus[length - 1])).min(u32::MAX.into());
        let mut borrow = 0;
        for (word, modulus) in window.iter_mut().zip(modulus.iter().chain(&[0])) {
            let taken = guess * u64::from(*modulus) + borrow;
            let (difference, is_below) = word.overflowing_sub(taken as u32);
            *word = difference;
            borrow = (taken >> 32) + u64::from(is_below);
        }
        while borrow != 0 {
            let mut carry = 0;
            for (word, modulus) in window.iter_mut().zip(modulus.iter().chain(&[0])) {
                let sum = u64::from(*word) + u64::from(*modulus) + carry;
                (*word, carry) = (sum as u32, sum >> 32);
            }
            borrow -= carry;
        }
    }
    rest
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that fails panics")]
mod tests {
    use super::{is_same, natural, product, remainder};
    use crypto_bigint::BoxedUint;
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    /// Words at their bounds lead to guesses at a digit that are too high, which random ones hardly ever do.
    fn words(max: usize) -> impl Strategy<Value = Vec<u32>> {
        let word = prop_oneof![any::<u32>(), 0..3u32, (u32::MAX - 2..=u32::MAX), Just(1 << 31), Just((1 << 31) - 1)];
        vec(word, 1..max)
    }

    /// With room for a product, so that nothing wraps.
    fn boxed(words: &[u32]) -> BoxedUint {
        let bytes: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        BoxedUint::from_be_slice(&bytes, 4096).expect("it has room")
    }

    proptest! {
        #[test]
        fn products_are_those_of_crypto_bigint(x in words(60), y in words(60)) {
            prop_assert_eq!(boxed(&product(&x, &y)), boxed(&x).wrapping_mul(boxed(&y)));
        }

        #[test]
        fn remainders_are_those_of_crypto_bigint(x in words(60), mut modulus in words(40)) {
            if let Some(top) = modulus.last_mut() {
                *top |= 1 << 31;
            }
            let rest = remainder(&x, &modulus);
            let divisor = boxed(&modulus).to_nz().expect("the top bit is set");
            prop_assert_eq!(boxed(&rest), boxed(&x).rem_vartime(&divisor));
        }

        #[test]
        fn numbers_are_the_same_whatever_zeros_are_on_top(x in words(9), y in words(9), zeros in 0..3usize) {
            let bytes = |words: &[u32]| words.iter().rev().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
            prop_assert_eq!(is_same(&natural(&bytes(&x)), &natural(&bytes(&y))), boxed(&x) == boxed(&y));
            prop_assert!(is_same(&natural(&[vec![0; zeros], bytes(&x)].concat()), &x));
        }
    }
}
