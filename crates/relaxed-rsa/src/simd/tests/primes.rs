//! Arithmetic modulo the primes against crypto-bigint.

use crypto_bigint::modular::{BoxedMontyForm, BoxedMontyParams};

use super::super::digits::join;
use super::super::lanes::Lanes;
use super::super::portable::Vector;
use super::super::primes::{Primes, lane, number};
use super::{TestKey, TestRng, element, field, keys, predecessor};
use crate::zeroed::Zeroed;

const BASE_BYTES: &[u8] = &[4, 0, 0, 0, 0, 0, 0];

/// A number in balanced digits, modulo a prime.
fn value(x: &[Vector], lane: usize, field: &BoxedMontyParams) -> BoxedMontyForm {
    let base = element(BASE_BYTES, field);
    x.iter().rev().fold(element(&[0], field), |sum, digit| {
        let digit = f64::from_bits(digit.to_words()[lane]) as i64;
        let size = element(&digit.unsigned_abs().to_be_bytes(), field);
        let scaled = sum * &base;
        if digit < 0 { scaled - size } else { scaled + size }
    })
}

/// Numbers of at most the multiple's size, with many digits at their bounds.
fn residues(rng: &mut TestRng, digits: usize) -> Vec<Zeroed<Vector>> {
    const HALF: f64 = (1u64 << 49) as f64;
    let fill = |digit: f64, top: f64| {
        let mut x = Zeroed::copy_of(&vec![Vector::pair(digit, -digit); digits]);
        x[digits - 1] = Vector::pair(top, -top);
        x
    };
    let mut all = vec![
        fill(0.0, 0.0),
        fill(HALF, 0.0),
        fill(-HALF, 0.0),
        fill(HALF - 1.0, 1.0),
        fill(-HALF, -1.0),
        fill(1.0, 0.0),
    ];
    for _ in 0..6 {
        let mut x = fill(0.0, 0.0);
        for digit in &mut x[..digits - 1] {
            let mut one = || {
                let word = rng.next();
                if word.is_multiple_of(4) {
                    [HALF, -HALF, HALF - 1.0, -1.0][(word >> 10) as usize % 4]
                } else {
                    (word >> 14) as f64 - HALF
                }
            };
            *digit = Vector::pair(one(), one());
        }
        all.push(x);
    }
    all
}

#[test]
fn multiplies_and_squares() {
    let mut rng = TestRng(4);
    for key in keys() {
        let TestKey { p, q, .. } = &key;
        let primes = Primes::<Vector>::new(p, q, p.len());
        let mut columns = primes.columns();
        let n = primes.digit_count();
        let fields = [field(p), field(q)];
        let all = residues(&mut rng, n);
        let radix: [BoxedMontyForm; 2] =
            [0, 1].map(|l| (0..n).fold(element(&[1], &fields[l]), |r, _| r * element(BASE_BYTES, &fields[l])));
        for (i, x) in all.iter().enumerate() {
            let mut square = x.clone();
            primes.square(&mut square, &mut columns);
            for (j, y) in all.iter().enumerate() {
                if (i * 5 + j) % 3 != 0 && i != j {
                    continue;
                }
                let mut product = x.clone();
                primes.multiply(&mut product, y, &mut columns);
                for l in 0..2 {
                    let want = value(x, l, &fields[l]) * value(y, l, &fields[l]);
                    let got = value(&product, l, &fields[l]) * &radix[l];
                    assert_eq!(got.retrieve(), want.retrieve(), "{} {i} {j}", key.label);
                    if i == j {
                        assert_eq!(
                            (value(&square, l, &fields[l]) * &radix[l]).retrieve(),
                            want.retrieve(),
                            "{} {i}",
                            key.label
                        );
                    }
                }
                let half = (1u64 << 49) as f64;
                assert!(
                    product.iter().flat_map(|digit| digit.to_words()).all(|word| f64::from_bits(word).abs() <= half)
                );
            }
        }
    }
}

#[test]
fn converts_to_montgomery_form_and_back() {
    let mut rng = TestRng(5);
    for key in keys() {
        let TestKey { n, p, q, .. } = &key;
        let primes = Primes::<Vector>::new(p, q, p.len());
        let mut columns = primes.columns();
        let fields = [field(p), field(q)];
        for bytes in [vec![0; n.len()], vec![0xff; n.len()], vec![0x80; n.len()], n.clone(), rng.bytes(n.len())] {
            let mut x = primes.reduce(&bytes, &mut columns);
            primes.leave_montgomery(&mut x, &mut columns);
            for (l, field) in fields.iter().enumerate() {
                let out = join(lane(&x, l), 50, p.len());
                assert_eq!(out[..], element(&bytes, field).retrieve().to_be_bytes()[..], "{}", key.label);
            }
        }
        // The squares of p - 1 and q - 1 are 1.
        let mut x = number::<Vector>(&predecessor(p), &predecessor(q), primes.digit_count());
        primes.enter_montgomery(&mut x, &mut columns);
        primes.square(&mut x, &mut columns);
        primes.leave_montgomery(&mut x, &mut columns);
        for l in 0..2 {
            assert_eq!(join(lane(&x, l), 50, 1)[..], [1]);
        }
        assert_eq!(lane(&x, 0).skip(1).sum::<u64>(), 0);
    }
}
