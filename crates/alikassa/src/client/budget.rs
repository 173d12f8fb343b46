//! A limit to the retries of several calls together.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// A number of retries that several calls share, for runtimes that limit how many requests a program sends. Clones share it.
///
/// [`Settings::retries`](crate::Settings::retries) limits the retries of one call besides.
///
/// ```
/// use alikassa::RequestBudget;
///
/// let budget = RequestBudget::new(1);
/// assert!(budget.clone().try_consume());
/// assert!(!budget.try_consume());
/// ```
#[derive(Clone)]
pub struct RequestBudget(Arc<dyn Fn() -> bool + Send + Sync>);

impl RequestBudget {
    /// A budget of so many retries.
    #[must_use]
    pub fn new(retries: u32) -> Self {
        let left = AtomicU32::new(retries);
        Self::from_fn(move || {
            left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok()
        })
    }

    /// A budget that is counted elsewhere: `try_consume` takes one retry from it, and returns whether there was one left.
    ///
    /// ```
    /// use alikassa::RequestBudget;
    ///
    /// let none = RequestBudget::from_fn(|| false);
    /// assert!(!none.try_consume());
    /// ```
    #[must_use]
    pub fn from_fn(try_consume: impl Fn() -> bool + Send + Sync + 'static) -> Self {
        Self(Arc::new(try_consume))
    }

    /// Takes one retry from the budget, and returns whether there was one left.
    #[must_use]
    pub fn try_consume(&self) -> bool {
        (self.0)()
    }
}

impl fmt::Debug for RequestBudget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RequestBudget").finish_non_exhaustive()
    }
}
