//! Time: the clock that a client reads, and timeouts.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

/// A source of time.
///
/// ```
/// use std::time::{Duration, SystemTime};
/// use alikassa::Clock;
///
/// /// A clock that stands still.
/// struct Still;
///
/// impl Clock for Still {
///     fn now(&self) -> SystemTime {
///         SystemTime::UNIX_EPOCH
///     }
///     fn sleep(&self, _: Duration) -> impl Future<Output = ()> {
///         std::future::pending()
///     }
/// }
/// ```
pub trait Clock {
    /// The wall-clock time, which `Retry-After` dates are compared with.
    fn now(&self) -> SystemTime;

    /// Waits for this long. Dropping the future stops the timer.
    fn sleep(&self, time: Duration) -> impl Future<Output = ()>;
}

/// The output of `work`, or `None` if `limit` ends first. The other future is dropped.
///
/// ```
/// use std::future::{pending, ready};
///
/// # pollster::block_on(async {
/// assert_eq!(alikassa::timeout(pending(), ready(1)).await, Some(1));
/// assert_eq!(alikassa::timeout(ready(()), pending::<u8>()).await, None);
/// # });
/// ```
pub async fn timeout<T>(limit: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let mut limit = pin!(limit);
    let mut work = pin!(work);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}
