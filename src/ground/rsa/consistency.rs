//! Whether the numbers of a private key belong together.
//!
//! Natural numbers here are words of 32 bits, the lowest first, without zeros at the top. A product and a remainder are
//! all that is needed, in plain loops: those of a library, which have to be fast for numbers of any size, are several times
//! as much code, and a fresh isolate compiles it before its first signature.
//!
//! How long it takes depends on the numbers: it is done once, when a key is opened, and nobody's message takes part.

#![allow(clippy::indexing_slicing, reason = "windows of checked length; a slip is a panic, and no wrong answer")]

use zeroize::Zeroizing;

use super::numbers::Numbers;

type Natural = Zeroizing<Vec<u32>>;

/// Whether there are two primes, each of which fills its words, and all numbers belong together, those for the Chinese
/// remainder theorem among them: n = p·q; for both primes d mod (p - 1) is the exponent, and e undoes it;
/// qinv·q = 1 mod p.
pub(super) fn belong_together(numbers: &Numbers<'_>) -> bool {
    let [p, q] = [numbers.p, numbers.q].map(natural);
    // What is odd and has its top bit has it without its last bit too, so that both can be divided by.
    let divides = |prime: &Natural| prime.len() > 1 && prime[0] & 1 == 1 && prime[prime.len() - 1] >> 31 == 1;
    if !numbers.more_primes.is_empty() || !divides(&p) || !divides(&q) || p == q {
        return false;
    }
    let [e, d, coefficient] = [numbers.e, numbers.d, numbers.coefficient].map(natural);
    let one = [1];
    let exponents_fit = [&p, &q].into_iter().zip(numbers.exponents).all(|(prime, exponent)| {
        let exponent = natural(exponent);
        let mut order = prime.clone();
        order[0] -= 1;
        remainder(d.clone(), &order) == exponent && *remainder(product(&exponent, &e), &order) == one
    });
    exponents_fit && product(&p, &q) == natural(numbers.n) && *remainder(product(&coefficient, &q), &p) == one
}

/// From big-endian bytes.
fn natural(bytes: &[u8]) -> Natural {
    let word = |bytes: &[u8]| bytes.iter().fold(0, |word, byte| word << 8 | u32::from(*byte));
    trimmed(Zeroizing::new(bytes.rchunks(4).map(word).collect()))
}

fn trimmed(mut natural: Natural) -> Natural {
    while natural.last() == Some(&0) {
        natural.pop();
    }
    natural
}

fn product(x: &[u32], y: &[u32]) -> Natural {
    let mut product = Zeroizing::new(vec![0u32; x.len() + y.len()]);
    for (at, x) in x.iter().enumerate() {
        let mut carry = 0;
        for (to, y) in product[at..].iter_mut().zip(y) {
            let sum = u64::from(*x) * u64::from(*y) + u64::from(*to) + carry;
            (*to, carry) = (sum as u32, sum >> 32);
        }
        product[at + y.len()] = carry as u32;
    }
    trimmed(product)
}

/// By a modulus with its top bit set (Knuth, "The Art of Computer Programming" volume 2, section 4.3.1, algorithm D).
fn remainder(x: Natural, modulus: &[u32]) -> Natural {
    let length = modulus.len();
    let mut rest = Zeroizing::new(Vec::with_capacity(x.len() + 1));
    rest.extend_from_slice(&x);
    rest.push(0);
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
    trimmed(rest)
}

#[cfg(test)]
#[allow(clippy::expect_used, reason = "a test that fails panics")]
mod tests {
    use crypto_bigint::BoxedUint;
    use proptest::collection::vec;
    use proptest::prelude::{Just, Strategy, any, prop_assert_eq, prop_oneof, proptest};
    use zeroize::Zeroizing;

    use super::{product, remainder, trimmed};

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
            let rest = remainder(Zeroizing::new(x.clone()), &modulus);
            prop_assert_eq!(&rest, &trimmed(rest.clone()));
            let divisor = boxed(&modulus).to_nz().expect("the top bit is set");
            prop_assert_eq!(boxed(&rest), boxed(&x).rem_vartime(&divisor));
        }
    }
}
