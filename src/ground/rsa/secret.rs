//! Memory that is cleared when it is let go.

use core::ops::{Deref, DerefMut};

/// What a cleared place holds.
pub(in crate::ground::rsa) trait Blank: Copy {
    /// All bits 0.
    const BLANK: Self;
}

impl Blank for u8 {
    const BLANK: Self = 0;
}

impl Blank for u32 {
    const BLANK: Self = 0;
}

impl Blank for u64 {
    const BLANK: Self = 0;
}

impl Blank for i64 {
    const BLANK: Self = 0;
}

impl Blank for f64 {
    const BLANK: Self = 0.0;
}

impl Blank for [u64; 2] {
    const BLANK: Self = [0; 2];
}

/// A slice of fixed length, cleared when dropped. Never reallocated, so that nothing of it stays behind.
///
/// One function clears them all, out of line: in wasm that is a lot smaller than a copy of it at every end of a scope.
pub(in crate::ground::rsa) struct Secret<T: Blank>(Vec<T>);

impl<T: Blank> Secret<T> {
    /// All blank.
    #[inline(never)]
    pub(in crate::ground::rsa) fn blank(length: usize) -> Self {
        Self(vec![T::BLANK; length])
    }

    /// A copy.
    #[inline(never)]
    pub(in crate::ground::rsa) fn copy_of(slice: &[T]) -> Self {
        Self(slice.to_vec())
    }
}

impl<T: Blank> Clone for Secret<T> {
    fn clone(&self) -> Self {
        Self::copy_of(self)
    }
}

impl<T: Blank> Deref for Secret<T> {
    type Target = [T];

    #[inline(always)]
    fn deref(&self) -> &[T] {
        &self.0
    }
}

impl<T: Blank> DerefMut for Secret<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut [T] {
        &mut self.0
    }
}

impl<T: Blank> Drop for Secret<T> {
    #[inline(never)]
    fn drop(&mut self) {
        self.0.fill(T::BLANK);
        zeroize::optimization_barrier(self.0.as_slice());
    }
}
