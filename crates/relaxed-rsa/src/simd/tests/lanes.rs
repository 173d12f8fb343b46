//! Lanes that go wrong on purpose.

use core::cell::Cell;
use core::marker::PhantomData;

use super::super::lanes::Lanes;
use super::super::portable::Vector;
use crate::zeroed::Zero;

/// How some lanes differ from those of a sound processor with fused multiply-adds.
pub(super) trait Deviation: Copy {
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        a.mul_add(b, c)
    }
    fn sum(sum: [u64; 2]) -> [u64; 2] {
        sum
    }
}

/// Multiplication and addition are two operations, as on an old processor.
#[derive(Clone, Copy)]
pub(super) struct Unfused;

impl Deviation for Unfused {
    fn fma(a: f64, b: f64, c: f64) -> f64 {
        a * b + c
    }
}

/// One integer addition has a wrong result.
#[derive(Clone, Copy)]
pub(super) struct Faulty;

thread_local! {
    /// How many additions are left until the fault.
    static LEFT: Cell<u64> = const { Cell::new(u64::MAX) };
    /// What is added to the sums then.
    static ERROR: Cell<[u64; 2]> = const { Cell::new([0, 0]) };
}

impl Deviation for Faulty {
    fn sum([low, high]: [u64; 2]) -> [u64; 2] {
        let left = LEFT.get();
        LEFT.set(left.wrapping_sub(1));
        let error = if left == 0 { ERROR.get() } else { [0, 0] };
        [low.wrapping_add(error[0]), high.wrapping_add(error[1])]
    }
}

/// Adds `error` to the sums of the addition number `at` from here.
pub(super) fn set_fault(at: u64, error: [u64; 2]) {
    LEFT.set(at);
    ERROR.set(error);
}

/// Counts additions.
pub(super) fn count_additions(run: impl FnOnce()) -> u64 {
    set_fault(u64::MAX, [0, 0]);
    run();
    u64::MAX - LEFT.get()
}

#[derive(Clone, Copy)]
pub(super) struct Deviant<D>(Vector, PhantomData<D>);

impl<D: Deviation> Deviant<D> {
    fn new(vector: Vector) -> Self {
        Self(vector, PhantomData)
    }
}

impl<D: Deviation> Zero for Deviant<D> {
    const ZERO: Self = Self(Vector::ZERO, PhantomData);
}

impl<D: Deviation> Lanes for Deviant<D> {
    fn pair(low: f64, high: f64) -> Self {
        Self::new(Vector::pair(low, high))
    }
    fn words(words: [u64; 2]) -> Self {
        Self::new(Vector::words(words))
    }
    fn to_words(self) -> [u64; 2] {
        self.0.to_words()
    }
    fn fma(self, factor: Self, addend: Self) -> Self {
        let [a, b, c] = [self, factor, addend].map(|x| x.to_words().map(f64::from_bits));
        Self::pair(D::fma(a[0], b[0], c[0]), D::fma(a[1], b[1], c[1]))
    }
    fn fadd(self, other: Self) -> Self {
        Self::new(self.0.fadd(other.0))
    }
    fn fsub(self, other: Self) -> Self {
        Self::new(self.0.fsub(other.0))
    }
    fn add(self, other: Self) -> Self {
        Self::words(D::sum(self.0.add(other.0).to_words()))
    }
    fn and(self, other: Self) -> Self {
        Self::new(self.0.and(other.0))
    }
    fn or(self, other: Self) -> Self {
        Self::new(self.0.or(other.0))
    }
    fn shr<const COUNT: u32>(self) -> Self {
        Self::new(self.0.shr::<COUNT>())
    }
    fn equal(self, other: Self) -> Self {
        Self::new(self.0.equal(other.0))
    }
}
