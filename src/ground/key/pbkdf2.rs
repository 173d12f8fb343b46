//! PBKDF2 with HMAC-SHA-256 (RFC 8018 section 5.2, RFC 2104): what PHP and OpenSSL write into a PBES2 archive.
//!
//! It is most of what opening a key costs, and is done on the SHA-256 that a fresh isolate runs soonest. PBKDF2's other
//! hashes, which OpenSSL has not chosen by itself since 1.1, are left to their crates.

#![allow(clippy::indexing_slicing, reason = "arrays of fixed length, and indices below it")]

use zeroize::Zeroizing;

use crate::ground::sha::sha256::{INITIAL, Schedule, State, bytes, compress, hash};
use crate::ground::sha::{BLOCK, load};

/// What HMAC's key is masked with, within and without (RFC 2104 section 2).
const INNER: u8 = 0x36;
const OUTER: u8 = 0x5c;

/// Bytes in a hash.
const HASH: usize = 32;

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
        part.copy_from_slice(&Zeroizing::new(bytes(&sum))[..part.len()]);
    }
}

/// HMAC's two states after the block of the key: the inner and the outer.
fn keyed(password: &[u8], schedule: &mut Schedule) -> (Zeroizing<State>, Zeroizing<State>) {
    let mut block = Zeroizing::new([0; BLOCK]);
    if password.len() <= BLOCK {
        block[..password.len()].copy_from_slice(password);
    } else {
        let hashed = Zeroizing::new(hash(&INITIAL, 0, password, schedule));
        block[..HASH].copy_from_slice(&*Zeroizing::new(bytes(&hashed)));
    }
    let mut state = |mask: u8| {
        for byte in block.iter_mut() {
            *byte ^= mask;
        }
        load(schedule, &*block);
        Zeroizing::new(compress(&INITIAL, schedule))
    };
    (state(INNER), state(INNER ^ OUTER))
}

/// The hash of a hash, by the rest of the schedule's block, in its place.
fn rehash<'a>(state: &State, hash: &'a mut State, schedule: &mut Schedule) -> &'a State {
    schedule[..8].copy_from_slice(hash);
    *hash = compress(state, schedule);
    hash
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
