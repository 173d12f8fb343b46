//! Arithmetic modulo n against crypto-bigint.

use crypto_bigint::{ConcatenatingMul, Resize};

use super::super::portable::Vector;
use super::super::public_modulus::PublicModulus;
use super::{TestRng, big, element, field, keys, predecessor};

#[test]
fn verifies_powers() {
    let mut rng = TestRng(12);
    for key in keys() {
        let n = &key.n;
        let public_modulus = PublicModulus::<Vector>::new(n);
        let e = key.e.iter().fold(0, |e, byte| e << 8 | u32::from(*byte));
        let field = field(n);
        let zero = vec![0; n.len()];
        let one = [&zero[1..], &[1]].concat();
        for s in [zero, one, vec![0x55; n.len()], rng.bytes(n.len()), predecessor(n)] {
            let mut power = element(&s, &field).pow(&big(&key.e)).retrieve().to_be_bytes().to_vec();
            assert!(public_modulus.verify(&s, e, &power), "{}", key.label);
            power[n.len() / 2] ^= 4;
            assert!(!public_modulus.verify(&s, e, &power), "{}", key.label);
        }
    }
}

/// The largest numbers that recombination meets: (p - 1) + q·(p - 1).
#[test]
fn combines_two_halves() {
    for key in keys() {
        let bits = 8 * key.n.len() as u32;
        let less = predecessor(&key.p);
        let combined = PublicModulus::<Vector>::new(&key.n).combine(&less, &less, &key.q);
        let expected = big(&less).concatenating_mul(&big(&key.q)).wrapping_add(big(&less).resize(bits));
        assert_eq!(combined[..], expected.to_be_bytes()[..], "{}", key.label);
    }
}
