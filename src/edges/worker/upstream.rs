//! The way to AliKassa, and what there is to tell of it.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use super::clock::{Milliseconds, Moment};
use super::report::Asked;
use super::subrequests::Subrequests;
use crate::edges::fetch::Fetch;
use crate::gateway::request::SignedRequest;
use crate::gateway::transport::{Answer, Transport, Unreachable};

/// `fetch`, counted and timed. The [`Transport`] is a reference to it, so that it can be asked afterwards.
pub(super) struct Upstream<'a> {
    fetch: Fetch,
    subrequests: &'a Subrequests,
    attempts: Cell<u32>,
    under_way: Cell<u32>,
    /// When the first of those that are under way was sent, as long as there are any.
    began: Cell<Moment>,
    upstream: Cell<Milliseconds>,
    sign: Cell<Milliseconds>,
}

impl<'a> Upstream<'a> {
    /// The way over the runtime's `fetch`, with no more retries than there are subrequests to spare.
    pub(super) fn new(subrequests: &'a Subrequests) -> Self {
        Self {
            fetch: Fetch::global(),
            subrequests,
            attempts: Cell::default(),
            under_way: Cell::default(),
            began: Cell::default(),
            upstream: Cell::default(),
            sign: Cell::default(),
        }
    }

    /// What it has taken up to now.
    pub(super) fn asked(&self) -> Asked {
        Asked { attempts: self.attempts.get(), upstream: self.upstream.get(), sign: self.sign.get() }
    }
}

impl Transport for &Upstream<'_> {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        let _under_way = UnderWay::new(self);
        self.fetch.send(request).await
    }

    fn wait(&self, time: Duration) -> impl Future<Output = ()> {
        self.fetch.wait(time)
    }

    fn now(&self) -> SystemTime {
        self.fetch.now()
    }

    fn may_retry(&self) -> bool {
        self.subrequests.take()
    }

    fn sign<T>(&self, sign: impl FnOnce() -> T) -> T {
        let began = Moment::now();
        let signed = sign();
        self.sign.set(self.sign.get() + began.elapsed());
        signed
    }
}

/// A request that is under way until it is dropped: a time limit ends it like that.
struct UnderWay<'a>(&'a Upstream<'a>);

impl<'a> UnderWay<'a> {
    fn new(upstream: &'a Upstream<'_>) -> Self {
        upstream.attempts.set(upstream.attempts.get() + 1);
        if upstream.under_way.replace(upstream.under_way.get() + 1) == 0 {
            upstream.began.set(Moment::now());
        }
        Self(upstream)
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let Self(upstream) = self;
        let others = upstream.under_way.get() - 1;
        upstream.under_way.set(others);
        if others == 0 {
            upstream.upstream.set(upstream.upstream.get() + upstream.began.get().elapsed());
        }
    }
}
