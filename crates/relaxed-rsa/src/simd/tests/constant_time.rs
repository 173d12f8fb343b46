//! Operations whose instructions are counted.
//!
//! ```sh
//! OPERATION="2048-random0 1" valgrind --tool=callgrind --toggle-collect='*counted_operation*' TESTS --exact \
//!     simd::tests::constant_time::blinding_does_not_change_the_result
//! ```
//!
//! The count must be the same for all keys and messages of one size. It is one for a processor with fused
//! multiply-adds: `RUSTFLAGS="-C target-feature=+fma" cargo test --lib --no-run`, since the C library's replacement
//! branches on the numbers.

use super::super::SimdKey;
use super::{TestRng, keys};
use crate::components::Components;

/// Precomputation for a key, and two operations.
#[inline(never)]
fn counted_operation(components: &Components<'_>, m: &[u8], rng: &mut TestRng) -> [Vec<u8>; 2] {
    let key = SimdKey::new(components).unwrap();
    [key.private_op(m, rng).unwrap(), key.private_op(m, rng).unwrap()]
}

#[test]
fn blinding_does_not_change_the_result() {
    let operation = std::env::var("OPERATION").unwrap_or_else(|_| "2048-random0 1".to_owned());
    let (label, seed) = operation.split_once(' ').expect("OPERATION is a label of keys.txt and a seed");
    let mut rng = TestRng(seed.parse().expect("the seed is a number"));
    // All keys are read, so that the allocator is always in the same state.
    let keys: Vec<_> = keys().collect();
    let key = keys.iter().find(|key| key.label == label).expect("keys.txt has no key with this label");
    // The components of all keys are copied to the same lengths, in the same order: how the allocator places them, and how
    // memory is copied, depends on that.
    let length = key.n.len();
    let pad = |number: &[u8], length: usize| [&vec![0; length - number.len()], number].concat();
    let (n, e) = (pad(&key.n, length), pad(&key.e, 4));
    let [p, q, dp, dq, qinv] = [&key.p, &key.q, &key.dp, &key.dq, &key.qinv].map(|number| pad(number, length / 2));
    let components = Components { n: &n, e: &e, p: &p, q: &q, dp: &dp, dq: &dq, qinv: &qinv, ..key.components() };
    let m = rng.below_modulus(length);
    let [first, second] = counted_operation(&components, &m, &mut rng);
    assert_eq!(first, second);
}
