//! Keys that are covered and keys that are not, and results that are not released.

use super::super::key::Key;
use super::super::portable::Vector;
use super::lanes::{Deviant, Faulty, Unfused, count_additions, set_fault};
use super::{TestRng, key};
use crate::components::Components;

#[test]
fn covers_keys_of_three_sizes_with_two_primes_of_equal_length() {
    let key = key("2048-random0");
    let [n, p, q] = [&key.n, &key.p, &key.q].map(Vec::as_slice);
    let covers = |components: Components<'_>| Key::<Vector>::new(&components).is_some();
    let with_n = |n: &[u8]| covers(Components { n, ..key.components() });
    let with_e = |e: &[u8]| covers(Components { e, ..key.components() });
    let with_primes = |p: &[u8], q: &[u8]| covers(Components { p, q, ..key.components() });
    assert!(with_n(n) && with_n(&[&[0, 0], n].concat()), "leading zeros do not matter");
    assert!(!with_n(&[&[0x7f], &n[1..]].concat()), "2047 bits");
    assert!(!with_n(&n[1..]));
    assert!(!with_n(&[&[1], n].concat()));
    assert!(!with_n(&[]));
    for e in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        assert!(!with_e(e), "{e:?}");
    }
    assert!(!with_primes(&p[1..], q));
    assert!(!with_primes(p, &[&[1], q].concat()));
    assert!(!with_primes(&[p, &[1]].concat(), &q[1..]));
    assert!(!with_primes(&[&p[..127], &[p[127] & 0xfe]].concat(), q), "an even prime");
    assert!(!covers(Components { dp: n, ..key.components() }));
}

#[test]
fn rejects_input_that_is_not_below_the_modulus() {
    let test_key = key("2048-random0");
    let key = Key::<Vector>::new(&test_key.components()).unwrap();
    let n = &test_key.n;
    for m in [&n[..], &n[1..], &[][..], &[0xff; 256], &[0; 257]] {
        assert_eq!(key.private_op(m, &mut TestRng(1)), None);
    }
}

#[test]
fn can_be_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Key<Vector>>();
}

#[test]
fn debug_output_has_no_secrets() {
    let key = Key::<Vector>::new(&key("2048-random0").components()).unwrap();
    assert_eq!(format!("{key:?}"), "Key { bits: 2048, .. }");
}

/// Bellcore attack: one wrong signature would reveal the primes.
#[test]
fn releases_no_result_after_a_fault() {
    let mut rng = TestRng(7);
    for label in ["2048-random0", "3072-random0", "4096-random0"] {
        let test_key = key(label);
        let key = Key::<Deviant<Faulty>>::new(&test_key.components()).unwrap();
        let m = rng.below_modulus(test_key.n.len());
        let expected = key.private_op(&m, &mut rng);
        assert!(expected.is_some());
        // Without the drawing of a blinding pair, which the first operation did.
        let additions = count_additions(|| assert_eq!(key.private_op(&m, &mut rng), expected));
        for (percent, error) in [(3, [1, 0]), (20, [0, 1]), (50, [u64::MAX, 0]), (75, [1, 1]), (99, [4096, 0])] {
            set_fault(additions * percent / 100, error);
            assert_eq!(key.private_op(&m, &mut rng), None, "{label} {percent} %");
        }
        assert_eq!(key.private_op(&m, &mut rng), expected);
    }
}

/// Without fused multiply-adds results are wrong. The check is right nevertheless.
#[test]
fn releases_no_result_without_fused_multiply_adds() {
    let mut rng = TestRng(11);
    for label in ["2048-random1", "3072-random1", "4096-random1"] {
        let test_key = key(label);
        let sound = Key::<Vector>::new(&test_key.components()).unwrap();
        let unfused = Key::<Deviant<Unfused>>::new(&test_key.components()).unwrap();
        let m = rng.below_modulus(test_key.n.len());
        let s = sound.private_op(&m, &mut rng).unwrap();
        assert_eq!(unfused.private_op(&m, &mut rng), None, "{label}");
        assert!(unfused.verify(&s, &m));
        for bit in [0, 77, 2040] {
            let mut altered = s.clone();
            altered[s.len() - 1 - bit / 8] ^= 1 << (bit % 8);
            assert!(!unfused.verify(&altered, &m) && !sound.verify(&altered, &m));
        }
    }
}
