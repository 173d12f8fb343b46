//! One operation alone, for counting its instructions: `scripts/test/constant-time.mjs` runs this test under callgrind with
//! `OPERATION="LABEL SEED"` for several keys and messages of one size, and compares the counts.

use super::super::{FastKey, Parts};
use super::{Numbers, pool};

/// What is counted: a key made ready, two operations.
#[inline(never)]
fn counted_operation(parts: &Parts<'_>, m: &[u8], rng: &mut Numbers) -> [Vec<u8>; 2] {
    let key = FastKey::new(parts).unwrap();
    [key.private_op(m, rng).unwrap(), key.private_op(m, rng).unwrap()]
}

#[test]
fn the_same_message_has_the_same_result_however_it_is_blinded() {
    let operation = std::env::var("OPERATION").unwrap_or_else(|_| "2048-random0 1".to_owned());
    let (label, seed) = operation.split_once(' ').expect("OPERATION is a label and a seed");
    // All keys are read, whichever is taken, so that the allocator is always in the same state.
    let keys: Vec<_> = pool().collect();
    let key = keys.iter().find(|key| key.label == label).expect("no key has this label");
    let mut rng = Numbers(seed.parse().expect("the seed is a number"));
    let length = key.parts[0].len();
    // All keys of a size are given alike, with zeros in front: what the allocator does depends on lengths.
    let padded = |bytes: &Vec<u8>, length: usize| [vec![0; length - bytes.len()], bytes.clone()].concat();
    let lengths = [length, 4, length / 2, length / 2, length / 2, length / 2, length / 2];
    let parts: Vec<Vec<u8>> = key.parts.iter().zip(lengths).map(|(part, length)| padded(part, length)).collect();
    let [n, e, p, q, dp, dq, qinv] = parts.as_slice() else { panic!("seven parts") };
    let m = rng.below(length);
    let [first, second] = counted_operation(&Parts { n, e, p, q, dp, dq, qinv }, &m, &mut rng);
    assert_eq!(first, second);
}
