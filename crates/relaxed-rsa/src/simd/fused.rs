//! Whether this processor fuses a multiplication and an addition.

use core::hint::black_box;

use super::lanes::Lanes;

/// Whether the lanes' multiply-add rounds only once, to nearest. WebAssembly allows `relaxed_madd` to round twice, and
/// then results would be wrong.
///
/// Computes the low part of `(2^49 - 1)² = 2^98 - 2^50 + 1`, which a second rounding loses.
pub(super) fn fma_is_fused<L: Lanes>() -> bool {
    let digit = ((1u64 << 49) - 1) as f64;
    let rounded = digit * digit;
    let rest = L::pair(black_box(digit), black_box(-digit))
        .fma(L::splat(black_box(digit)), L::pair(black_box(-rounded), black_box(rounded)));
    rest.to_words() == L::pair(1.0, -1.0).to_words()
}
