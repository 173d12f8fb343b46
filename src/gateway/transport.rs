//! What the gateway needs of its surroundings.

use std::future::Future;
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, SystemTime};

use thiserror::Error;

use super::request::SignedRequest;

/// How much of a body is read: 64 KiB. AliKassa's payout has less than one.
///
/// ```
/// use alikassa_edge::{Answer, MAX_BODY};
///
/// fn answer(status: u16, mut body: Vec<u8>) -> Answer {
///     let is_whole = body.len() <= MAX_BODY;
///     body.truncate(MAX_BODY);
///     Answer { status, retry_after: None, body, is_whole }
/// }
/// assert!(answer(200, vec![b' '; MAX_BODY]).is_whole);
/// assert!(!answer(200, vec![b' '; MAX_BODY + 1]).is_whole);
/// ```
pub const MAX_BODY: usize = 64 << 10;

/// Carries requests to AliKassa, and knows the time.
///
/// A `Transport` follows no redirection, since a signature must not go elsewhere, and checks certificates. Both futures
/// stop what they do when they are dropped: that is how a time limit or a caller who gives up ends a request.
///
/// ```
/// use std::future::{Ready, ready};
/// use std::time::{Duration, SystemTime};
/// use alikassa_edge::{Answer, SignedRequest, Transport, Unreachable};
///
/// /// Answers every request alike.
/// struct Scripted(Answer);
///
/// impl Transport for Scripted {
///     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Answer, Unreachable>> {
///         ready(Ok(self.0.clone()))
///     }
///     fn wait(&self, _: Duration) -> impl Future<Output = ()> {
///         std::future::pending() // no time ever passes
///     }
///     fn now(&self) -> SystemTime {
///         SystemTime::UNIX_EPOCH
///     }
/// }
/// ```
pub trait Transport {
    /// Sends one request, and reads at most [`MAX_BODY`] bytes of its answer.
    ///
    /// # Errors
    /// [`Unreachable`] where no whole answer came.
    fn send(&self, request: &SignedRequest) -> impl Future<Output = Result<Answer, Unreachable>>;

    /// Ends after this long.
    fn wait(&self, time: Duration) -> impl Future<Output = ()>;

    /// The time of day.
    fn now(&self) -> SystemTime;

    /// Whether a request may be sent again, and takes note that it will be. Always, unless the runtime limits how many requests
    /// there may be in all.
    fn may_retry(&self) -> bool {
        true
    }

    /// Lets a request be signed, which is the most of the work that is done for it. For a transport that measures how long that
    /// takes.
    fn sign<T>(&self, sign: impl FnOnce() -> T) -> T {
        sign()
    }
}

/// What came back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The body, as far as it was read.
    pub body: Vec<u8>,
    /// Whether that is all of it.
    pub is_whole: bool,
}

/// No answer came, or none that was whole: no connection, or one that broke.
///
/// ```
/// use alikassa_edge::Unreachable;
///
/// let refused = Unreachable { code: Some("ECONNREFUSED".to_owned()) };
/// assert_eq!(refused.to_string(), "no answer came");
/// ```
#[derive(Clone, Debug, Default, Error, PartialEq, Eq)]
#[error("no answer came")]
pub struct Unreachable {
    /// The platform's word for it, like `ECONNREFUSED`, where it has one.
    pub code: Option<String>,
}

/// What `work` yields, or `None` where `limit` ends first; the other of the two is dropped.
pub(crate) async fn within<T>(limit: impl Future<Output = ()>, work: impl Future<Output = T>) -> Option<T> {
    let mut limit = pin!(limit);
    let mut work = pin!(work);
    std::future::poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => limit.as_mut().poll(context).map(|()| None),
    })
    .await
}
