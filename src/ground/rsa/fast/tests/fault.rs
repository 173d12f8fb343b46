//! A fault on purpose: one digit of the power is changed, and the wrong result must be held back.

use core::cell::Cell;

use super::super::lanes::Lanes;
use super::super::{FastKey, Parts};
use super::{Numbers, pool};

thread_local! {
    /// The digit to change next, and what to add to it in each lane.
    static FAULT: Cell<Option<(usize, [f64; 2])>> = const { Cell::new(None) };
}

/// Makes the next power of this thread wrong.
pub(in crate::ground::rsa) fn break_next() {
    FAULT.set(Some((0, [1.0, 0.0])));
}

/// Changes the digit that a test asked for.
pub(in super::super) fn strike<L: Lanes>(x: &mut [L]) {
    if let Some((place, [low, high])) = FAULT.take() {
        x[place] = x[place].fadd(L::pair(low, high));
    }
}

#[test]
fn a_wrong_result_is_held_back() {
    let mut rng = Numbers(7);
    for label in ["2048-random0", "3072-random0", "4096-random0"] {
        let key = pool().find(|key| key.label == label).unwrap();
        let [n, e, p, q, dp, dq, qinv] = &key.parts;
        let fast = FastKey::new(&Parts { n, e, p, q, dp, dq, qinv }).unwrap();
        let mut m = rng.bytes(n.len());
        m[0] = 0;
        assert!(fast.private_op(&m, &mut rng).is_some());
        for fault in [(0, [1.0, 0.0]), (0, [0.0, 1.0]), (9, [-1.0, 0.0]), (20, [1.0, 1.0]), (3, [4096.0, 0.0])] {
            FAULT.set(Some(fault));
            assert_eq!(fast.private_op(&m, &mut rng), None, "{label} {fault:?}");
            assert!(FAULT.take().is_none(), "the fault did not happen");
        }
        assert!(fast.private_op(&m, &mut rng).is_some());
    }
}
