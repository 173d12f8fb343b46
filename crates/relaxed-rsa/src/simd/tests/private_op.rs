//! The private-key operation against crypto-bigint and the `rsa` crate, for all keys.

use crypto_bigint::BoxedUint;
use rsa::hazmat::rsa_decrypt_and_check;
use rsa::traits::PublicKeyParts;

use super::super::SimdKey;
use super::{TestKey, TestRng, big, element, field, keys};

/// Messages at the ends of their range, and the primes with their neighbours.
fn edge_cases(key: &TestKey) -> Vec<Vec<u8>> {
    let length = key.n.len();
    let wide = |bytes: &[u8]| big(&[&vec![0; length - bytes.len()], bytes].concat());
    let (n, one) = (wide(&key.n), wide(&[1]));
    let minus = |a: &BoxedUint, b: &BoxedUint| a.wrapping_sub(b);
    let mut all = vec![wide(&[]), one.clone(), wide(&[2]), minus(&n, &one), minus(&n, &wide(&[2]))];
    for prime in [&key.p, &key.q].map(|prime| wide(prime)) {
        all.extend([minus(&prime, &one), prime.wrapping_add(&one), minus(&n, &prime), prime]);
    }
    all.iter().map(|m| m.to_be_bytes().to_vec()).collect()
}

/// How many random messages each key signs: `ROUNDS` in the environment, for a longer run.
fn rounds() -> usize {
    std::env::var("ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(1)
}

#[test]
fn the_result_to_the_public_exponent_is_the_message() {
    let mut rng = TestRng(0x9e37_79b9_7f4a_7c15);
    for key in keys() {
        let simd_key = SimdKey::new(&key.components()).unwrap();
        let mut messages = edge_cases(&key);
        messages.extend((0..rounds()).map(|_| rng.below_modulus(key.n.len())));
        let field = field(&key.n);
        for m in messages {
            let s = simd_key.private_op(&m, &mut rng).expect(key.label);
            assert_eq!(element(&s, &field).pow(&big(&key.e)).retrieve().to_be_bytes()[..], m, "{}", key.label);
        }
    }
}

#[test]
fn the_result_is_that_of_the_rsa_crate() {
    let mut rng = TestRng(0x1234_5678_9abc_def1);
    let mut compared = 0;
    for key in keys() {
        // The crate takes no exponent that is smaller or larger than the usual ones.
        let Ok(other) = rsa::PrivateKey::from_p_q(big(&key.p), big(&key.q), big(&key.e)) else {
            continue;
        };
        compared += 1;
        assert_eq!(other.n().to_be_bytes()[..], key.n[..]);
        let m = rng.below_modulus(key.n.len());
        let expected = rsa_decrypt_and_check(&other, Some(&mut TestRng(99)), &big(&m)).unwrap();
        let result = SimdKey::new(&key.components()).unwrap().private_op(&m, &mut rng).unwrap();
        assert_eq!(result, expected.to_be_bytes()[..], "{}", key.label);
    }
    assert!(compared > 40, "{compared} keys were compared");
}
