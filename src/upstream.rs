//! The client of AliKassa's API on `fetch`, and a transport that measures its requests.

use std::cell::{Cell, RefCell};
use std::time::Duration;

use alikassa::web::{Fetch, WebClock};
use alikassa::{Client, Clock, Response, SignedRequest, Transport, TransportError, parse_retry_after};

use super::http::metrics::UpstreamMetrics;
use super::instant::Instant;

/// The client of one account, which lives as long as the isolate.
pub(crate) type AccountClient = Client<Fetch, WebClock>;

/// `fetch`, counted and timed, for one call of the client.
pub(crate) struct MeteredFetch {
    fetch: Fetch,
    /// When the client was called.
    started: Instant,
    sign: Cell<Duration>,
    attempts: Cell<u32>,
    in_flight: Cell<u32>,
    /// When the first request that is now in flight was sent.
    busy_since: Cell<Instant>,
    /// How long requests were in flight before that.
    busy: Cell<Duration>,
    /// The `Retry-After` of the last answer.
    retry_after: RefCell<Option<String>>,
}

impl MeteredFetch {
    /// The client is called now.
    pub(crate) fn start() -> Self {
        let now = Instant::now();
        Self {
            fetch: Fetch::global(),
            started: now,
            sign: Cell::default(),
            attempts: Cell::default(),
            in_flight: Cell::default(),
            busy_since: Cell::new(now),
            busy: Cell::default(),
            retry_after: RefCell::default(),
        }
    }

    /// How long AliKassa asked to wait in its last answer.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        parse_retry_after(self.retry_after.borrow().as_deref()?, WebClock.now())
    }

    pub(crate) fn metrics(&self) -> UpstreamMetrics {
        UpstreamMetrics { attempts: self.attempts.get(), in_flight: self.busy.get(), sign: self.sign.get() }
    }
}

impl Transport for &MeteredFetch {
    async fn send(&self, request: &SignedRequest) -> Result<Response, TransportError> {
        let _in_flight = InFlight::new(self);
        let response = self.fetch.send(request).await?;
        self.retry_after.replace(response.retry_after.clone());
        Ok(response)
    }
}

/// A request that is in flight until this is dropped, which a timeout does too.
struct InFlight<'a>(&'a MeteredFetch);

impl<'a> InFlight<'a> {
    fn new(metered: &'a MeteredFetch) -> Self {
        if metered.attempts.replace(metered.attempts.get() + 1) == 0 {
            metered.sign.set(metered.started.elapsed());
        }
        if metered.in_flight.replace(metered.in_flight.get() + 1) == 0 {
            metered.busy_since.set(Instant::now());
        }
        Self(metered)
    }
}

impl Drop for InFlight<'_> {
    fn drop(&mut self) {
        let Self(metered) = self;
        let others = metered.in_flight.get() - 1;
        metered.in_flight.set(others);
        if others == 0 {
            metered.busy.set(metered.busy.get() + metered.busy_since.get().elapsed());
        }
    }
}
