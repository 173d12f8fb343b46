//! Fused multiply-adds, products of digits at their bounds, bytes to digits and back, inverses.

use super::super::chain::{Constants, DIGIT_BITS, HIGH, LOW};
use super::super::digits::{balance, join, split};
use super::super::fused::fma_is_fused;
use super::super::inverse::inverse;
use super::super::lanes::Lanes;
use super::super::portable::Vector;
use super::lanes::{Deviant, Unfused};
use super::{TestRng, big, element, field, keys};
use crypto_bigint::Resize;

#[test]
fn detects_an_unfused_multiply_add() {
    assert!(fma_is_fused::<Vector>());
    assert!(!fma_is_fused::<Deviant<Unfused>>());
}

#[test]
fn chains_are_exact() {
    const HALF: i64 = 1 << (DIGIT_BITS - 1);
    let mut rng = TestRng(1);
    let bounds = [0, 1, -1, HALF, -HALF, HALF - 1, 1 - HALF, HALF / 2, 3, HALF - 2];
    let mut digit = |doubled: i64| {
        let word = rng.next();
        let digit = if word.is_multiple_of(3) {
            (word >> 14) as i64 - HALF
        } else {
            bounds[(word >> 8) as usize % bounds.len()]
        };
        digit * doubled
    };
    for round in 0..200_000 {
        let doubled = 1 + round % 2;
        let pairs: Vec<[[i64; 2]; 2]> =
            (0..4).map(|_| [[digit(1), digit(1)], [digit(doubled), digit(doubled)]]).collect();
        let vector = |x: [i64; 2]| Vector::pair(x[0] as f64, x[1] as f64);
        let mut chain = Constants::new().mul(vector(pairs[0][0]), vector(pairs[0][1]));
        for count in 1..=4 {
            for lane in 0..2 {
                let sum: i128 = pairs[..count].iter().map(|[x, y]| i128::from(x[lane]) * i128::from(y[lane])).sum();
                let high = chain.high.to_words()[lane].wrapping_sub(HIGH.to_bits()) as i64;
                let low = chain.low.to_words()[lane].wrapping_sub(LOW.to_bits()) as i64;
                assert_eq!((i128::from(high) << DIGIT_BITS) + i128::from(low), sum, "{pairs:?}");
                assert!(low.abs() <= count as i64 * HALF);
            }
            if count < 4 {
                chain = chain.mul_add(vector(pairs[count][0]), vector(pairs[count][1]));
            }
        }
    }
}

#[test]
fn converts_bytes_to_digits_and_back() {
    let mut rng = TestRng(2);
    for (bits, length) in [(50, 128), (50, 256), (23, 256), (23, 512), (30, 192)] {
        for fill in [None, Some(0), Some(0xff), Some(0x80)] {
            let bytes = fill.map_or_else(|| rng.bytes(length), |byte| vec![byte; length]);
            let digits = split(&bytes, bits, (8 * length).div_ceil(bits as usize) + 1);
            assert_eq!(join(digits.iter().copied(), bits, length)[..], bytes);
            let mut borrow = 0;
            let balanced: Vec<f64> = balance(&digits, bits).collect();
            assert!(balanced.iter().all(|digit| digit.abs() <= (1u64 << (bits - 1)) as f64));
            let again = balanced.iter().map(|digit| {
                let digit = *digit as i64 + borrow;
                borrow = digit >> bits;
                digit as u64 & ((1 << bits) - 1)
            });
            assert_eq!(join(again, bits, length)[..], bytes);
        }
    }
}

#[test]
fn inverts() {
    let mut rng = TestRng(3);
    for key in keys() {
        let p = &key.p;
        let field = field(p);
        let one = element(&[1], &field);
        let mut values =
            vec![big(&[1]).resize(8 * p.len() as u32), big(p).wrapping_sub(big(&[1]).resize(8 * p.len() as u32))];
        let mut random = rng.bytes(p.len());
        random[0] &= 0x7f;
        values.push(big(&random));
        for value in values {
            let value = value.to_be_bytes();
            let result = inverse(&value, p);
            assert!(result[..] < p[..]);
            assert_eq!(
                (element(&result, &field) * element(&value, &field)).retrieve(),
                one.retrieve(),
                "{}",
                key.label
            );
        }
    }
}
