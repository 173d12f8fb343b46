//! Keys that are covered and keys that are not, and the check before release.

use crypto_bigint::{ConcatenatingMul, Resize};

use super::super::fma_is_fused;
use super::super::key::{Key, NotReleased, Parts};
use super::super::portable::Vector;
use super::super::wide::Wide;
use super::digits::Unfused;
use super::{Numbers, Pooled, big, element, field, pool};

fn parts(key: &Pooled) -> Parts<'_> {
    let [n, e, p, q, dp, dq, qinv] = &key.parts;
    Parts { n, e, p, q, dp, dq, qinv }
}

#[test]
fn other_keys_are_not_covered() {
    let key = pool().find(|key| key.label == "2048-random0").unwrap();
    let whole = parts(&key);
    let none = |parts: Parts<'_>| assert!(Key::<Vector>::new(&parts).is_none());
    let mut small = whole.n.to_vec();
    small[0] = 0x7f;
    none(Parts { n: &small, ..parts(&key) });
    none(Parts { n: &whole.n[1..], ..parts(&key) });
    none(Parts { n: &[&[1], whole.n].concat(), ..parts(&key) });
    none(Parts { n: &[], ..parts(&key) });
    for e in [&[][..], &[0], &[1], &[2], &[1, 0, 0], &[1, 0, 0, 0, 1]] {
        none(Parts { e, ..parts(&key) });
    }
    none(Parts { p: &whole.p[1..], ..parts(&key) });
    none(Parts { q: &[&[1], whole.q].concat(), ..parts(&key) });
    none(Parts { p: &[whole.p, &[1]].concat(), q: &whole.q[1..], ..parts(&key) });
    none(Parts { dp: whole.n, ..parts(&key) });
    let mut even = whole.p.to_vec();
    even[127] &= 0xfe;
    none(Parts { p: &even, ..parts(&key) });
    // Zeros in front do not matter.
    let padded = [&[0, 0], whole.n].concat();
    assert!(Key::<Vector>::new(&Parts { n: &padded, ..parts(&key) }).is_some());
}

#[test]
fn input_out_of_range_gives_nothing() {
    let key = pool().find(|key| key.label == "2048-random0").unwrap();
    let fast = Key::<Vector>::new(&parts(&key)).unwrap();
    let mut rng = Numbers(1);
    let n = &key.parts[0];
    for m in [&n[..], &n[1..], &[][..], &[0xff; 256], &[0; 257]] {
        assert_eq!(fast.private_op(m, &mut rng), Err(NotReleased));
    }
}

/// A signer is to be shared between threads.
#[test]
fn keys_can_be_shared() {
    fn shared<T: Send + Sync>() {}
    shared::<Key<Vector>>();
}

#[test]
fn nothing_secret_is_shown() {
    let key = pool().find(|key| key.label == "2048-random0").unwrap();
    let fast = Key::<Vector>::new(&parts(&key)).unwrap();
    assert_eq!(format!("{fast:?}"), "Key { bits: 2048, .. }");
}

/// Without a fused multiply-add the lanes are wrong, and the check, being right all the same, lets nothing through.
#[test]
fn the_check_does_not_need_fusing() {
    assert!(fma_is_fused());
    let mut rng = Numbers(11);
    for label in ["2048-random1", "3072-random1", "4096-random1"] {
        let key = pool().find(|key| key.label == label).unwrap();
        let (right, wrong) = (Key::<Vector>::new(&parts(&key)).unwrap(), Key::<Unfused>::new(&parts(&key)).unwrap());
        let mut m = rng.bytes(key.parts[0].len());
        m[0] = 1;
        let s = right.private_op(&m, &mut rng).unwrap();
        assert!(wrong.check(&s, &m));
        assert_eq!(wrong.private_op(&m, &mut rng), Err(NotReleased), "{label}");
        for bit in [0, 77, 2040] {
            let mut other = s.clone();
            other[s.len() - 1 - bit / 8] ^= 1 << (bit % 8);
            assert!(!wrong.check(&other, &m) && !right.check(&other, &m));
        }
    }
}

#[test]
fn the_check_is_right() {
    let mut rng = Numbers(12);
    for key in pool() {
        let [n, e, p, q, ..] = &key.parts;
        let wide = Wide::<Vector>::new(n);
        let exponent = e.iter().fold(0, |e, byte| e << 8 | u32::from(*byte));
        let field = field(n);
        let mut values = vec![vec![0; n.len()], vec![0x55; n.len()], rng.bytes(n.len()), vec![0; n.len()], n.clone()];
        values[3][n.len() - 1] = 1;
        values[4][n.len() - 1] -= 1;
        for s in values {
            let power = element(&s, &field).pow(&big(e)).retrieve().to_be_bytes().to_vec();
            assert!(wide.is_root(&s, exponent, &power), "{}", key.label);
            let mut other = power;
            other[n.len() / 2] ^= 4;
            assert!(!wide.is_root(&s, exponent, &other), "{}", key.label);
        }
        // (p - 1) + q·(p - 1) and smaller.
        let less = [&p[..p.len() - 1], &[p[p.len() - 1] - 1]].concat();
        let joined = wide.join(&less, &less, q);
        let want = big(&less).concatenating_mul(&big(q)).wrapping_add(big(&less).resize(8 * n.len() as u32));
        assert_eq!(joined[..], want.to_be_bytes()[..], "{}", key.label);
    }
}
