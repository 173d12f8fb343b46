//! SHA-256 (FIPS 180-4 section 6.2), whose words are PBKDF2's secrets, too: callers wipe what they hand in.

use zeroize::Zeroizing;

use super::{for_each_block, load, twice};

/// A hash's words, first the high ones.
pub(in crate::ground) type State = [u32; 8];

/// The 16 words of a block, and the 48 that are made of them.
pub(in crate::ground) type Schedule = [u32; 64];

/// FIPS 180-4 section 5.3.3.
pub(in crate::ground) const INITIAL: State =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// FIPS 180-4 section 4.2.2.
#[rustfmt::skip]
const ROUND: Schedule = [
    0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
    0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174,
    0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
    0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967,
    0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
    0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070,
    0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
    0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2,
];

/// The hash of a message. Out of line: with SHA-1 a fresh isolate need not compile it.
#[inline(never)]
pub(in crate::ground) fn sha256(message: &[u8]) -> [u8; 32] {
    bytes(&hash(&INITIAL, 0, message, &mut Zeroizing::new([0; 64])))
}

/// The hash of a message, of which `before` bytes in whole blocks are in `state` already.
pub(in crate::ground) fn hash(state: &State, before: usize, message: &[u8], schedule: &mut Schedule) -> State {
    let mut state = Zeroizing::new(*state);
    for_each_block(before, message, |block| {
        load(schedule, block);
        *state = compress(&state, schedule);
    });
    *state
}

/// A hash as it is written.
pub(in crate::ground) fn bytes(state: &State) -> [u8; 32] {
    let mut bytes = [0; 32];
    for at in 0..8 {
        bytes[4 * at..4 * at + 4].copy_from_slice(&state[at].to_be_bytes());
    }
    bytes
}

/// FIPS 180-4 section 6.2.2: the state after a block.
#[inline(never)]
pub(in crate::ground) fn compress(state: &State, schedule: &mut Schedule) -> State {
    expand(schedule);
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    let mut t = 0;
    // Four at a time, so that half of the words need not be moved.
    while t < 64 {
        round([a, b, c], &mut d, [e, f, g], &mut h, ROUND[t], schedule[t]);
        round([h, a, b], &mut c, [d, e, f], &mut g, ROUND[t + 1], schedule[t + 1]);
        round([g, h, a], &mut b, [c, d, e], &mut f, ROUND[t + 2], schedule[t + 2]);
        round([f, g, h], &mut a, [b, c, d], &mut e, ROUND[t + 3], schedule[t + 3]);
        [a, b, c, d, e, f, g, h] = [e, f, g, h, a, b, c, d];
        t += 4;
    }
    let [a0, b0, c0, d0, e0, f0, g0, h0] = *state;
    [
        a.wrapping_add(a0),
        b.wrapping_add(b0),
        c.wrapping_add(c0),
        d.wrapping_add(d0),
        e.wrapping_add(e0),
        f.wrapping_add(f0),
        g.wrapping_add(g0),
        h.wrapping_add(h0),
    ]
}

#[inline(always)]
fn round([a, b, c]: [u32; 3], d: &mut u32, [e, f, g]: [u32; 3], h: &mut u32, k: u32, w: u32) {
    let sigma1 = (twice(e) >> 6 ^ twice(e) >> 11 ^ twice(e) >> 25) as u32;
    let choice = g ^ e & (f ^ g);
    let t = h.wrapping_add(sigma1).wrapping_add(choice).wrapping_add(k.wrapping_add(w));
    let sigma0 = (twice(a) >> 2 ^ twice(a) >> 13 ^ twice(a) >> 22) as u32;
    let majority = a & b | c & (a | b);
    *d = d.wrapping_add(t);
    *h = t.wrapping_add(sigma0).wrapping_add(majority);
}

/// FIPS 180-4 section 6.2.2, step 1: the words that are made of the block's.
#[inline(always)]
fn expand(schedule: &mut Schedule) {
    let mut t = 16;
    while t < 64 {
        schedule[t] = word(schedule, t);
        schedule[t + 1] = word(schedule, t + 1);
        schedule[t + 2] = word(schedule, t + 2);
        schedule[t + 3] = word(schedule, t + 3);
        t += 4;
    }
}

#[inline(always)]
fn word(schedule: &Schedule, t: usize) -> u32 {
    let [w2, w15] = [twice(schedule[t - 2]), twice(schedule[t - 15])];
    let sigma1 = (w2 >> 17 ^ w2 >> 19) as u32 ^ schedule[t - 2] >> 10;
    let sigma0 = (w15 >> 7 ^ w15 >> 18) as u32 ^ schedule[t - 15] >> 3;
    sigma1.wrapping_add(schedule[t - 7]).wrapping_add(sigma0).wrapping_add(schedule[t - 16])
}
