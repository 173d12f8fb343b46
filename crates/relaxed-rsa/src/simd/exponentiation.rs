//! Powers with secret exponents: fixed windows of five bits. Each look-up reads the whole table.

use super::digits::split;
use super::lanes::Lanes;
use super::primes::Primes;
use crate::zeroed::Zeroed;

/// Bits of a window.
const WINDOW: u32 = 5;

/// Powers in the table.
const POWERS: usize = 1 << WINDOW;

/// An exponent for each lane: windows from the most significant down, as many as a number of the given length has.
pub(super) struct Exponents(Zeroed<[u64; 2]>);

impl Exponents {
    /// From big-endian numbers of up to `bytes` bytes.
    pub(super) fn new(low: &[u8], high: &[u8], bytes: usize) -> Self {
        let count = (8 * bytes).div_ceil(WINDOW as usize);
        let (low, high) = (split(low, WINDOW, count), split(high, WINDOW, count));
        let mut windows = Zeroed::new(count);
        for (window, (low, high)) in windows.iter_mut().rev().zip(low.iter().zip(high.iter())) {
            *window = [*low, *high];
        }
        Self(windows)
    }
}

/// `x = x^exponent` in Montgomery form.
pub(super) fn pow<L: Lanes>(primes: &Primes<L>, x: &mut Zeroed<L>, exponents: &Exponents, columns: &mut [L]) {
    let mut table = Zeroed::new(primes.digit_count() * POWERS);
    let mut entry = primes.one();
    store(&mut table, 0, &entry);
    for place in 1..POWERS {
        primes.multiply(&mut entry, x, columns);
        store(&mut table, place, &entry);
    }
    let Some((first, rest)) = exponents.0.split_first() else {
        return;
    };
    select(&table, *first, x);
    for window in rest {
        for _ in 0..WINDOW {
            primes.square(x, columns);
        }
        select(&table, *window, &mut entry);
        primes.multiply(x, &entry, columns);
    }
}

/// Powers that are read together, with their masks in registers.
const GROUP: usize = 8;

/// Stores a power. The table has one group of powers after the other, and in each group the lowest digits first, then
/// the second ones, and so on.
fn store<L: Lanes>(table: &mut [L], place: usize, entry: &[L]) {
    let group = table.chunks_exact_mut(GROUP * entry.len()).nth(place / GROUP).unwrap_or_default();
    for (powers, digit) in group.as_chunks_mut::<GROUP>().0.iter_mut().zip(entry) {
        powers[place % GROUP] = *digit;
    }
}

/// Selects the power for a window in each lane: all entries are read, and all but one are masked.
#[inline(never)]
fn select<L: Lanes>(table: &[L], window: [u64; 2], entry: &mut [L]) {
    let window = L::words(window);
    let one = L::splat_word(1);
    let mut place = L::ZERO;
    entry.fill(L::ZERO);
    for group in table.chunks_exact(GROUP * entry.len()) {
        let mut masks = [L::ZERO; GROUP];
        for mask in &mut masks {
            *mask = window.equal(place);
            place = place.add(one);
        }
        for (powers, digit) in group.as_chunks::<GROUP>().0.iter().zip(&mut *entry) {
            let [p0, p1, p2, p3, p4, p5, p6, p7] = *powers;
            let [m0, m1, m2, m3, m4, m5, m6, m7] = masks;
            let low = p0.and(m0).or(p1.and(m1)).or(p2.and(m2)).or(p3.and(m3));
            let high = p4.and(m4).or(p5.and(m5)).or(p6.and(m6)).or(p7.and(m7));
            *digit = digit.or(low).or(high);
        }
    }
}
