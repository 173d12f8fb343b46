//! Memory that is overwritten with zeros when it is dropped.

use core::ops::{Deref, DerefMut};

/// A number that has a zero.
pub(crate) trait Zero: Copy {
    /// All bits 0.
    const ZERO: Self;
}

impl Zero for u8 {
    const ZERO: Self = 0;
}

impl Zero for u32 {
    const ZERO: Self = 0;
}

impl Zero for u64 {
    const ZERO: Self = 0;
}

impl Zero for i64 {
    const ZERO: Self = 0;
}

impl Zero for f64 {
    const ZERO: Self = 0.0;
}

impl Zero for [u64; 2] {
    const ZERO: Self = [0; 2];
}

/// A slice of fixed length, zeroed on drop. It is never reallocated, so that no copy of it stays behind.
///
/// `drop` is not inlined: in wasm a call is a lot smaller than a loop at every end of a scope.
pub(crate) struct Zeroed<T: Zero>(Vec<T>);

impl<T: Zero> Zeroed<T> {
    /// All zeros.
    #[inline(never)]
    pub(crate) fn new(length: usize) -> Self {
        Self(vec![T::ZERO; length])
    }

    /// A copy.
    #[inline(never)]
    pub(crate) fn copy_of(slice: &[T]) -> Self {
        Self(slice.to_vec())
    }
}

impl<T: Zero> Clone for Zeroed<T> {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl<T: Zero> Deref for Zeroed<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Zero> DerefMut for Zeroed<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Zero> Drop for Zeroed<T> {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.fill(T::ZERO);
        zeroize::optimization_barrier(self.0.as_slice());
    }
}
