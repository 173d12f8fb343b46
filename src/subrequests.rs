//! The number of requests that the Worker may send for one that it gets.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

use alikassa::RequestBudget;

/// Cloudflare's smallest plan allows this many calls of `fetch` and of the Cache API together
/// (<https://developers.cloudflare.com/workers/platform/limits/>). KV namespaces and queues have their own limit of 1,000, which the
/// Worker never reaches.
pub(crate) const LIMIT: usize = 50;

/// The number of spare subrequests that look-ups in the cache leave for retries.
const FOR_RETRIES: usize = 5;

/// The subrequests that are left if each payout is asked for once: for retries, and for the Cache API. Clones share them.
#[derive(Clone)]
pub(crate) struct Subrequests(Arc<Counts>);

struct Counts {
    spare: AtomicUsize,
    /// Of those, the ones reserved for changes in the Cache API.
    reserved: AtomicUsize,
}

impl Subrequests {
    /// For this many requests to AliKassa and to the merchant.
    pub(crate) fn new(requests: usize) -> Self {
        let spare = AtomicUsize::new(LIMIT.saturating_sub(requests));
        Self(Arc::new(Counts { spare, reserved: AtomicUsize::new(0) }))
    }

    /// The budget for retries.
    pub(crate) fn retries(&self) -> RequestBudget {
        let subrequests = self.clone();
        RequestBudget::from_fn(move || subrequests.try_consume_above(subrequests.0.reserved.load(Relaxed)))
    }

    /// Takes one for a look-up in the Cache API, unless AliKassa may need it.
    pub(crate) fn try_consume_for_lookup(&self) -> bool {
        self.try_consume_above(FOR_RETRIES)
    }

    /// Gives one back: a payout need not be asked for.
    pub(crate) fn give_back(&self) {
        self.0.spare.fetch_add(1, Relaxed);
    }

    /// Reserves this many for changes in the Cache API, or none if too few would be left for retries.
    pub(crate) fn reserve(&self, count: usize) {
        let is_enough = count + FOR_RETRIES <= self.0.spare.load(Relaxed);
        self.0.reserved.store(if is_enough { count } else { 0 }, Relaxed);
    }

    /// Takes this many for a change in the Cache API.
    pub(crate) fn try_consume_for_change(&self, count: usize) -> bool {
        let Counts { spare, reserved } = &*self.0;
        let is_enough = spare.load(Relaxed) >= count;
        if is_enough {
            spare.fetch_sub(count, Relaxed);
            reserved.store(reserved.load(Relaxed).saturating_sub(count), Relaxed);
        }
        is_enough
    }

    fn try_consume_above(&self, floor: usize) -> bool {
        let spare = self.0.spare.load(Relaxed);
        let is_left = spare > floor;
        if is_left {
            self.0.spare.store(spare - 1, Relaxed);
        }
        is_left
    }
}
