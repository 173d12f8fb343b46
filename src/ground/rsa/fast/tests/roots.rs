//! The private-key operation against crypto-bigint and the `rsa` crate, over all keys.

use crypto_bigint::BoxedUint;
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::traits::PublicKeyParts;

use super::super::{FastKey, Parts};
use super::{Numbers, big, element, field, pool};

fn key_of(parts: &[Vec<u8>; 7]) -> FastKey {
    let [n, e, p, q, dp, dq, qinv] = parts;
    FastKey::new(&Parts { n, e, p, q, dp, dq, qinv }).unwrap()
}

/// Messages at the ends of their range, and multiples of the primes and their neighbours.
fn corners(n: &[u8], primes: [&[u8]; 2]) -> Vec<Vec<u8>> {
    let wide = |bytes: &[u8]| big(&[vec![0; n.len() - bytes.len()], bytes.to_vec()].concat());
    let (n, one) = (wide(n), wide(&[1]));
    let minus = |a: &BoxedUint, b: &BoxedUint| a.wrapping_sub(b);
    let mut all = vec![wide(&[]), one.clone(), wide(&[2]), minus(&n, &one), minus(&n, &wide(&[2]))];
    for prime in primes.map(wide) {
        all.extend([minus(&prime, &one), prime.wrapping_add(&one), minus(&n, &prime), prime]);
    }
    all.iter().map(|m| m.to_be_bytes().to_vec()).collect()
}

/// How many random messages are signed with each key: `ROUNDS` in the environment, for a longer run.
fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
fn a_result_raised_to_the_public_exponent_is_the_message() {
    let mut rng = Numbers(0x9e37_79b9_7f4a_7c15);
    for key in pool() {
        let [n, e, p, q, ..] = &key.parts;
        let fast = key_of(&key.parts);
        let mut messages = corners(n, [p, q]);
        messages.extend((0..rounds()).map(|_| rng.below(n.len())));
        let params = field(n);
        for m in messages {
            let s = fast.private_op(&m, &mut rng).expect(key.label);
            assert_eq!(element(&s, &params).pow(&big(e)).retrieve().to_be_bytes()[..], m, "{}", key.label);
        }
    }
}

#[test]
fn a_result_is_that_of_the_rsa_crate() {
    let mut rng = Numbers(0x1234_5678_9abc_def1);
    let mut compared = 0;
    for key in pool() {
        let [n, e, p, q, ..] = &key.parts;
        // The crate takes no exponent that is smaller or larger than the usual ones.
        let Ok(other) = rsa::PrivateKey::from_p_q(big(p), big(q), big(e)) else {
            continue;
        };
        compared += 1;
        assert_eq!(other.n().to_be_bytes()[..], n[..]);
        let m = rng.below(n.len());
        let want = rsa_decrypt_and_check(&other, Some(&mut Numbers(99)), &big(&m)).unwrap();
        assert_eq!(key_of(&key.parts).private_op(&m, &mut rng).unwrap(), want.to_be_bytes()[..], "{}", key.label);
    }
    assert!(compared > 40, "{compared} keys were compared");
}
