//! SHA-1 and SHA-256 (FIPS 180-4), for what stands between a fresh isolate and its first signature.
//!
//! There they run as V8's baseline compiler leaves them, which makes a call to C of every rotation, and has to compile
//! them first. So the rotations here are shifts of a word that stands twice in 64 bits, loops go by indices, which no function
//! of an iterator's stands in, and few rounds are written out: the crate's SHA-1 is 17 kB of machine code there, this one
//! less than one. All that is not on that way is left to the crates `sha1` and `sha2`.

#![allow(
    clippy::indexing_slicing,
    clippy::needless_range_loop,
    reason = "arrays of fixed length, and indices below it"
)]

mod sha1;
pub(super) mod sha256;

use zeroize::Zeroizing;

pub(super) use self::sha1::sha1;
pub(super) use self::sha256::sha256;

/// Bytes in a block.
pub(super) const BLOCK: usize = 64;

/// Hands over a message's blocks with the padding behind it (section 5.1.1), of which `before` bytes have been hashed already.
#[inline(always)]
fn for_each_block(before: usize, message: &[u8], mut hash: impl FnMut(&[u8])) {
    let mut blocks = message.chunks_exact(BLOCK);
    for block in &mut blocks {
        hash(block);
    }
    let rest = blocks.remainder();
    let mut last = Zeroizing::new([0; 2 * BLOCK]);
    last[..rest.len()].copy_from_slice(rest);
    last[rest.len()] = 0x80;
    let end = (rest.len() + 1 + size_of::<u64>()).next_multiple_of(BLOCK);
    let bits = 8 * (before as u64 + message.len() as u64);
    last[end - size_of::<u64>()..end].copy_from_slice(&bits.to_be_bytes());
    for block in last[..end].chunks_exact(BLOCK) {
        hash(block);
    }
}

/// Sets the words of a block.
pub(super) fn load(words: &mut [u32], bytes: &[u8]) {
    for at in 0..BLOCK / 4 {
        words[at] = 0;
        for byte in &bytes[4 * at..4 * at + 4] {
            words[at] = words[at] << 8 | u32::from(*byte);
        }
    }
}

/// A word in both halves, of which the lower one is rotated by a shift of the whole.
#[inline(always)]
fn twice(word: u32) -> u64 {
    u64::from(word) * 0x1_0000_0001
}

#[cfg(test)]
mod tests {
    use sha1::Digest as _;

    fn hex(bytes: &[u8]) -> String {
        bytes.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    #[test]
    fn hashes_as_nist_s_examples_do() {
        let long = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
        assert_eq!(hex(&super::sha1(b"abc")), "a9993e364706816aba3e25717850c26c9cd0d89d");
        assert_eq!(hex(&super::sha1(long)), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
        assert_eq!(hex(&super::sha256(b"abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",);
        assert_eq!(hex(&super::sha256(long)), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
    }

    /// At every length around which a message needs another block, and at some that are long.
    #[test]
    fn hashes_as_the_crates_do() {
        let bytes: Vec<u8> = (0..70_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
        for len in (0..=260).chain([4_095, 4_096, 65_535, 65_536, 70_000]) {
            let message = &bytes[..len];
            assert_eq!(super::sha1(message)[..], sha1::Sha1::digest(message)[..], "{len}");
            assert_eq!(super::sha256(message)[..], sha2::Sha256::digest(message)[..], "{len}");
        }
    }
}
