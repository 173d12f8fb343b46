//! Whether this processor fuses a multiplication and an addition.

use core::hint::black_box;

use super::lanes::Lanes;

/// Whether the lanes' multiply-add rounds once only, to nearest. Where it doesn't, nothing here may be used: results would be wrong (and held back).
///
/// The rest of a product of two digits is asked for, which a second rounding would lose: `(2^49 - 1)² = 2^98 - 2^50 + 1`.
pub(super) fn fma_is_fused<L: Lanes>() -> bool {
    let digit = ((1u64 << 49) - 1) as f64;
    let rounded = digit * digit;
    let rest = L::pair(black_box(digit), black_box(-digit))
        .fma(L::splat(black_box(digit)), L::pair(black_box(-rounded), black_box(rounded)));
    rest.to_words() == L::pair(1.0, -1.0).to_words()
}
