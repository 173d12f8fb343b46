//! Whether the components of a private key belong together.
//!
//! One product and one remainder are enough for it, in plain loops. Those of a library, which are made for speed, are
//! several times as much code, and a fresh wasm instance compiles it before its first signature.
//!
//! The time depends on the components. The check runs once per key, when it is read.

#![allow(clippy::indexing_slicing, reason = "windows of checked length; an error is a panic, not a wrong answer")]

use crate::components::Components;
use crate::zeroed::Zeroed;

/// Words of 32 bits, the lowest first; zeros at the top do not matter.
type Natural = Zeroed<u32>;

/// Whether a key has two primes, each of which fills its words, and all components belong together: n = p·q; for both
/// primes d mod (p - 1) is the CRT exponent, and e is its inverse; qinv·q = 1 mod p.
pub(crate) fn validate_components(components: &Components<'_>) -> bool {
    let [p, q] = [components.p, components.q].map(natural);
    // An odd number with its top bit set keeps it when 1 is subtracted: both can be divided by.
    let can_divide = |prime: &[u32]| prime.len() > 1 && prime[0] & 1 == 1 && prime[prime.len() - 1] >> 31 == 1;
    if !components.other_primes.is_empty() || !can_divide(&p) || !can_divide(&q) || *p == *q {
        return false;
    }
    let [e, d, n, coefficient] = [components.e, components.d, components.n, components.qinv].map(natural);
    let mut exponents_match = true;
    for (prime, exponent) in [&p, &q].into_iter().zip([components.dp, components.dq]) {
        let exponent = natural(exponent);
        let mut order = prime.clone();
        order[0] -= 1;
        exponents_match &= is_equal(&remainder(&d, &order), &exponent) && are_inverse(&exponent, &e, &order);
    }
    exponents_match && is_equal(&product(&p, &q), &n) && are_inverse(&coefficient, &q, &p)
}

/// From big-endian bytes.
#[inline(never)]
fn natural(bytes: &[u8]) -> Natural {
    let mut natural = Natural::new(bytes.len().div_ceil(4));
    for (word, bytes) in natural.iter_mut().zip(bytes.rchunks(4)) {
        for byte in bytes {
            *word = *word << 8 | u32::from(*byte);
        }
    }
    natural
}

/// Whether two numbers are equal.
#[inline(never)]
fn is_equal(x: &[u32], y: &[u32]) -> bool {
    let (short, long) = if x.len() < y.len() { (x, y) } else { (y, x) };
    let (low, high) = long.split_at(short.len());
    low == short && high.iter().all(|word| *word == 0)
}

/// Whether `x·y = 1` modulo `modulus`.
#[inline(never)]
fn are_inverse(x: &[u32], y: &[u32], modulus: &[u32]) -> bool {
    is_equal(&remainder(&product(x, y), modulus), &[1])
}

#[inline(never)]
fn product(x: &[u32], y: &[u32]) -> Natural {
    let mut product = Natural::new(x.len() + y.len());
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

/// `x mod modulus`, for a modulus with its top bit set (Knuth, "The Art of Computer Programming" volume 2, section
/// 4.3.1, algorithm D).
#[inline(never)]
fn remainder(x: &[u32], modulus: &[u32]) -> Natural {
    let length = modulus.len();
    let mut rest = Natural::new(x.len() + 1);
    rest[..x.len()].copy_from_slice(x);
    for at in (0..rest.len().saturating_sub(length)).rev() {
        let window = &mut rest[at..=at + length];
        let high = u64::from(window[length]) << 32 | u64::from(window[length - 1]);
        // The digit of the quotient, or up to two more.
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
#[allow(clippy::expect_used, reason = "a failed test panics")]
mod tests {
    use super::{is_equal, natural, product, remainder, validate_components};
    use crate::components::Components;
    use crate::vectors;
    use crypto_bigint::BoxedUint;
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_assert, prop_assert_eq, prop_oneof, proptest};

    /// Words at their bounds lead to guesses that are too high, which random ones hardly ever do.
    fn words(max: usize) -> impl Strategy<Value = Vec<u32>> {
        let word = prop_oneof![any::<u32>(), 0..3u32, (u32::MAX - 2..=u32::MAX), Just(1 << 31), Just((1 << 31) - 1)];
        vec(word, 1..max)
    }

    /// With room for a product, so that nothing wraps.
    fn boxed(words: &[u32]) -> BoxedUint {
        let bytes: Vec<u8> = words.iter().rev().flat_map(|word| word.to_be_bytes()).collect();
        BoxedUint::from_be_slice(&bytes, 4096).expect("4096 bits are enough")
    }

    proptest! {
        #[test]
        fn multiplies_as_crypto_bigint_does(x in words(60), y in words(60)) {
            prop_assert_eq!(boxed(&product(&x, &y)), boxed(&x).wrapping_mul(boxed(&y)));
        }

        #[test]
        fn divides_as_crypto_bigint_does(x in words(60), mut modulus in words(40)) {
            if let Some(top) = modulus.last_mut() {
                *top |= 1 << 31;
            }
            let rest = remainder(&x, &modulus);
            let divisor = boxed(&modulus).to_nz().expect("the top bit is set");
            prop_assert_eq!(boxed(&rest), boxed(&x).rem_vartime(&divisor));
        }

        #[test]
        fn compares_numbers_without_their_leading_zeros(x in words(9), y in words(9), zeros in 0..3usize) {
            let bytes = |words: &[u32]| words.iter().rev().flat_map(|word| word.to_be_bytes()).collect::<Vec<u8>>();
            prop_assert_eq!(is_equal(&natural(&bytes(&x)), &natural(&bytes(&y))), boxed(&x) == boxed(&y));
            prop_assert!(is_equal(&natural(&[vec![0; zeros], bytes(&x)].concat()), &x));
        }
    }

    #[test]
    fn accepts_keys_of_openssl() {
        for name in ["1024", "2048", "3072", "4096", "e3-2048"] {
            let der = vectors::private_key(name);
            assert!(validate_components(&Components::from_pkcs1_der(&der).expect(name)), "{name}");
        }
    }

    #[test]
    fn rejects_a_key_with_a_flipped_bit() {
        let der = vectors::private_key("2048");
        let mut rejected = 0;
        // The bytes at the end are those of the CRT components, which nothing else checks.
        for at in (0..der.len()).rev().step_by(37) {
            let mut damaged = der.clone();
            damaged[at] ^= 1;
            if let Ok(components) = Components::from_pkcs1_der(&damaged) {
                assert!(!validate_components(&components), "byte {at}");
                rejected += 1;
            }
        }
        assert!(rejected > 20, "only {rejected} damaged keys could be read");
    }
}
