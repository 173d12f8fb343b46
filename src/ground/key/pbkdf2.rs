//! PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2, RFC 2104, FIPS 180-4): what PHP and OpenSSL write into a PBES2 archive.
//!
//! It is most of what opening a key costs, and in a fresh isolate it runs as V8's baseline compiler leaves it, which makes a
//! call to C of every rotation. The rotations here are shifts of a word that stands twice in 64 bits, and loops go by
//! indices, which no function of an iterator's stands in: that takes half the time there. PBKDF2's other hashes, which OpenSSL
//! has not chosen by itself since 1.1, are left to their crates.

#![allow(clippy::indexing_slicing, reason = "arrays of fixed length, and indices below it")]

use zeroize::Zeroizing;

/// A hash's words, first the high ones.
type State = [u32; 8];

/// The 16 words of a block, and the 48 that are made of them.
type Schedule = [u32; 64];

/// Bytes in a block.
const BLOCK: usize = 64;

/// Bytes in a hash.
const HASH: usize = 32;

/// FIPS 180-4 section 5.3.3.
const INITIAL: State =
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

/// Fills `key` with what PBKDF2 derives in so many iterations, at least one.
pub(super) fn pbkdf2_hmac_sha256(password: &[u8], salt: &[u8], iterations: u32, key: &mut [u8]) {
    let mut schedule = Zeroizing::new([0; 64]);
    let (inner, outer) = keyed(password, &mut schedule);
    for (index, part) in (1u32..).zip(key.chunks_mut(HASH)) {
        let salted = Zeroizing::new([salt, &index.to_be_bytes()].concat());
        let mut last = Zeroizing::new(hash(&inner, BLOCK, &salted, &mut schedule));
        // From here on each message is a hash, one block with its padding: only its first half changes.
        schedule[8..16].copy_from_slice(&[1 << 31, 0, 0, 0, 0, 0, 0, 8 * (BLOCK + HASH) as u32]);
        let mut sum = Zeroizing::new(*rehash(&outer, &mut last, &mut schedule));
        for _ in 1..iterations {
            rehash(&inner, &mut last, &mut schedule);
            rehash(&outer, &mut last, &mut schedule);
            for word in 0..8 {
                sum[word] ^= last[word];
            }
        }
        for (to, from) in part.iter_mut().zip(sum.iter().flat_map(|word| word.to_be_bytes())) {
            *to = from;
        }
    }
}

/// HMAC's two states after the block of the key: the inner and the outer.
fn keyed(password: &[u8], schedule: &mut Schedule) -> (Zeroizing<State>, Zeroizing<State>) {
    let mut block = Zeroizing::new([0; BLOCK]);
    if password.len() <= BLOCK {
        block[..password.len()].copy_from_slice(password);
    } else {
        let hashed = Zeroizing::new(hash(&INITIAL, 0, password, schedule));
        for (to, from) in block.iter_mut().zip(hashed.iter().flat_map(|word| word.to_be_bytes())) {
            *to = from;
        }
    }
    let mut state = |pad: u8| {
        load(schedule, block.iter().map(|byte| byte ^ pad));
        Zeroizing::new(compress(&INITIAL, schedule))
    };
    (state(0x36), state(0x5c))
}

/// The hash of a message, of which `before` bytes in whole blocks are in `state` already.
fn hash(state: &State, before: usize, message: &[u8], schedule: &mut Schedule) -> State {
    let bits = 8 * (before as u64 + message.len() as u64);
    let mut padded = Zeroizing::new(Vec::with_capacity(message.len() + 2 * BLOCK));
    padded.extend_from_slice(message);
    padded.push(0x80);
    let filled = (padded.len() + 8).next_multiple_of(BLOCK) - 8;
    padded.resize(filled, 0);
    padded.extend_from_slice(&bits.to_be_bytes());
    padded.chunks_exact(BLOCK).fold(*state, |state, block| {
        load(schedule, block.iter().copied());
        compress(&state, schedule)
    })
}

/// The hash of a hash, by the rest of the schedule's block, in its place.
fn rehash<'a>(state: &State, hash: &'a mut State, schedule: &mut Schedule) -> &'a State {
    schedule[..8].copy_from_slice(hash);
    *hash = compress(state, schedule);
    hash
}

/// Sets the words of the block.
fn load(schedule: &mut Schedule, bytes: impl Iterator<Item = u8>) {
    schedule[..16].fill(0);
    for (at, byte) in bytes.enumerate() {
        schedule[at / 4] = schedule[at / 4] << 8 | u32::from(byte);
    }
}

/// FIPS 180-4 section 6.2.2: the state after a block.
#[inline(never)]
fn compress(state: &State, schedule: &mut Schedule) -> State {
    for t in 16..64 {
        let [w2, w15] = [schedule[t - 2], schedule[t - 15]];
        let sigma1 = (twice(w2) >> 17 ^ twice(w2) >> 19) as u32 ^ w2 >> 10;
        let sigma0 = (twice(w15) >> 7 ^ twice(w15) >> 18) as u32 ^ w15 >> 3;
        schedule[t] = sigma1.wrapping_add(schedule[t - 7]).wrapping_add(sigma0).wrapping_add(schedule[t - 16]);
    }
    let [mut a, mut b, mut c, mut d, mut e, mut f, mut g, mut h] = *state;
    for t in 0..64 {
        round([a, b, c], &mut d, [e, f, g], &mut h, ROUND[t], schedule[t]);
        [a, b, c, d, e, f, g, h] = [h, a, b, c, d, e, f, g];
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

/// A word in both halves, of which the lower one is rotated by a shift of the whole.
#[inline(always)]
fn twice(word: u32) -> u64 {
    u64::from(word) * 0x1_0000_0001
}

#[cfg(test)]
mod tests {
    use super::pbkdf2_hmac_sha256;

    fn derived(password: &[u8], salt: &[u8], iterations: u32, len: usize) -> Vec<u8> {
        let mut key = vec![0; len];
        pbkdf2_hmac_sha256(password, salt, iterations, &mut key);
        key
    }

    #[test]
    fn derives_what_rfc_7914_section_11_prints() {
        let hex = |bytes: Vec<u8>| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        assert_eq!(
            hex(derived(b"passwd", b"salt", 1, 64)),
            "55ac046e56e3089fec1691c22544b605f94185216dde0465e68b9d57c20dacbc\
             49ca9cccf179b645991664b39d77ef317c71b845b1e30bd509112041d3a19783",
        );
        assert_eq!(
            hex(derived(b"Password", b"NaCl", 80_000, 64)),
            "4ddcd8f60b98be21830cee5ef22701f9641a4418d04c0414aeff08876b34ab56\
             a1d425a1225833549adb841b51c9b3176a272bdebba1d078478f62b397f33c8d",
        );
    }

    /// Around the lengths where a message needs another block, or the password a hash of its own.
    #[test]
    fn derives_what_the_crate_does() {
        let bytes: Vec<u8> = (0..200u8).map(|byte| byte.wrapping_mul(167) ^ 0x5a).collect();
        for password_len in [0, 1, 11, 55, 56, 63, 64, 65, 119, 120, 128, 200] {
            for salt_len in [0, 1, 8, 16, 50, 51, 52, 60, 61, 115, 116, 200] {
                for (iterations, len) in [(1, 8), (2, 24), (3, 32), (2, 33), (5, 64), (1, 70)] {
                    let (password, salt) = (&bytes[..password_len], &bytes[200 - salt_len..]);
                    let mut expected = vec![0; len];
                    pbkdf2::pbkdf2_hmac::<sha2::Sha256>(password, salt, iterations, &mut expected);
                    assert_eq!(derived(password, salt, iterations, len), expected, "{password_len} {salt_len} {len}");
                }
            }
        }
    }
}
