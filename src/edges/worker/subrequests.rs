//! How many requests the Worker may send for one that it gets.

use std::cell::Cell;

/// What Cloudflare's smallest plan allows of `fetch` and of the Cache API together
/// (<https://developers.cloudflare.com/workers/platform/limits/>). A KV namespace and a queue have a limit of their own, 1,000, that is
/// never reached here.
pub(super) const LIMIT: usize = 50;

/// What is kept of the spare ones for asking AliKassa again.
const FOR_RETRIES: usize = 5;

/// What is left when each payout has been asked for once: for retries, and for the Cache API.
pub(super) struct Subrequests {
    spare: Cell<usize>,
    /// Of those, what is for changes in the Cache API alone.
    aside: Cell<usize>,
}

impl Subrequests {
    /// For so many payouts, one request to AliKassa each.
    pub(super) fn new(payouts: usize) -> Self {
        Self { spare: Cell::new(LIMIT.saturating_sub(payouts)), aside: Cell::default() }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        self.take_above(self.aside.get())
    }

    /// Takes one to look into the Cache API before asking AliKassa, which may need the last ones.
    pub(super) fn take_for_lookup(&self) -> bool {
        self.take_above(FOR_RETRIES)
    }

    /// Gives one back: a payout need not be asked for.
    pub(super) fn give_back(&self) {
        self.spare.set(self.spare.get() + 1);
    }

    /// Sets so many aside for changes in the Cache API, if retries keep theirs. A part of them would be a promise to nobody.
    pub(super) fn set_aside(&self, wanted: usize) {
        let is_enough = wanted + FOR_RETRIES <= self.spare.get();
        self.aside.set(if is_enough { wanted } else { 0 });
    }

    /// Takes so many for a change in the Cache API, if there are as many.
    pub(super) fn take_for_change(&self, count: usize) -> bool {
        let spare = self.spare.get();
        let is_enough = spare >= count;
        if is_enough {
            self.spare.set(spare - count);
            self.aside.set(self.aside.get().saturating_sub(count));
        }
        is_enough
    }

    fn take_above(&self, reserve: usize) -> bool {
        let spare = self.spare.get();
        let is_left = spare > reserve;
        if is_left {
            self.spare.set(spare - 1);
        }
        is_left
    }
}
