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
}

impl Subrequests {
    /// For so many payouts, one request to AliKassa each.
    pub(super) fn new(payouts: usize) -> Self {
        Self { spare: Cell::new(LIMIT.saturating_sub(payouts)) }
    }

    /// Takes one, if there is one.
    pub(super) fn take(&self) -> bool {
        self.take_above(0)
    }

    /// Takes one to look into the Cache API before asking AliKassa, which may need the last ones.
    pub(super) fn take_for_lookup(&self) -> bool {
        self.take_above(FOR_RETRIES)
    }

    /// Gives one back: a payout need not be asked for.
    pub(super) fn give_back(&self) {
        self.spare.set(self.spare.get() + 1);
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
