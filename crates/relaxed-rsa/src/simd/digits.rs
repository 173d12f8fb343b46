//! Big-endian bytes to digits and back, in time that depends on lengths only.

use crate::zeroed::Zeroed;

/// Splits a big-endian number into digits of up to 56 bits each, least significant first, padded with zeros.
#[inline(never)]
pub(super) fn split(bytes: &[u8], bits: u32, count: usize) -> Zeroed<u64> {
    let mut digits = Zeroed::new(count);
    let mut bytes = bytes.iter().rev();
    let (mut window, mut held) = (0u64, 0);
    for digit in digits.iter_mut() {
        while held < bits {
            window |= u64::from(bytes.next().copied().unwrap_or(0)) << held;
            held += 8;
        }
        *digit = window & ((1 << bits) - 1);
        window >>= bits;
        held -= bits;
    }
    digits
}

/// Joins digits of 8 to 56 bits, least significant first, to a big-endian number of `length` bytes.
#[inline(never)]
pub(super) fn join(digits: impl IntoIterator<Item = u64>, bits: u32, length: usize) -> Zeroed<u8> {
    let mut bytes = Zeroed::new(length);
    let mut digits = digits.into_iter();
    let (mut window, mut held) = (0u64, 0);
    for byte in bytes.iter_mut().rev() {
        if held < 8 {
            window |= digits.next().unwrap_or(0) << held;
            held += bits;
        }
        *byte = window.to_le_bytes()[0];
        window >>= 8;
        held -= 8;
    }
    bytes
}

/// Balances digits: those in the upper half of their range become negative, with a carry to the next.
pub(super) fn balance(digits: &[u64], bits: u32) -> impl Iterator<Item = f64> {
    let mut carry = 0;
    digits.iter().map(move |digit| {
        let digit = digit + carry;
        // 1 for a digit of at least half the base.
        carry = (digit + (1 << (bits - 1))) >> bits;
        // At most half the base in absolute value, so that `as` does not round.
        (digit as i64 - ((carry as i64) << bits)) as f64
    })
}

/// The integer in a double, less than `2^51` in absolute value, by its bits: the time of the processor's own conversion
/// may depend on the number.
pub(super) fn integer(number: f64) -> i64 {
    const UNIT: f64 = f64::from_bits(0x4338_0000_0000_0000);
    (number + UNIT).to_bits().wrapping_sub(UNIT.to_bits()) as i64
}
