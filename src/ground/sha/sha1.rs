//! SHA-1 (FIPS 180-4 section 6.1).

use super::{for_each_block, load, twice};

/// A hash's words, first the high ones.
type State = [u32; 5];

/// The 16 words of a block, and the 64 that are made of them.
type Schedule = [u32; 80];

/// FIPS 180-4 section 5.3.1.
const INITIAL: State = [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0];

/// The hash of a message, which is no secret: its words stay where they were.
pub(in crate::ground) fn sha1(message: &[u8]) -> [u8; 20] {
    let mut state = INITIAL;
    let mut schedule = [0; 80];
    for_each_block(0, message, |block| {
        load(&mut schedule, block);
        compress(&mut state, &mut schedule);
    });
    let mut hash = [0; 20];
    for at in 0..5 {
        hash[4 * at..4 * at + 4].copy_from_slice(&state[at].to_be_bytes());
    }
    hash
}

/// FIPS 180-4 section 6.1.2: the state after a block.
#[inline(never)]
fn compress(state: &mut State, schedule: &mut Schedule) {
    for t in 16..80 {
        schedule[t] = rotated(schedule[t - 3] ^ schedule[t - 8] ^ schedule[t - 14] ^ schedule[t - 16], 1);
    }
    let [mut a, mut b, mut c, mut d, mut e] = *state;
    for t in 0..80 {
        let (mixed, k) = match t / 20 {
            0 => (d ^ b & (c ^ d), 0x5a82_7999),
            1 => (b ^ c ^ d, 0x6ed9_eba1),
            2 => (b & c | d & (b | c), 0x8f1b_bcdc),
            _ => (b ^ c ^ d, 0xca62_c1d6_u32),
        };
        let first = rotated(a, 5).wrapping_add(mixed).wrapping_add(e).wrapping_add(k).wrapping_add(schedule[t]);
        [a, b, c, d, e] = [first, a, rotated(b, 30), c, d];
    }
    for (word, added) in state.iter_mut().zip([a, b, c, d, e]) {
        *word = word.wrapping_add(added);
    }
}

/// A word rotated to the left.
#[inline(always)]
fn rotated(word: u32, bits: u32) -> u32 {
    (twice(word) >> (32 - bits)) as u32
}
