//! The way to AliKassa, and what there is to tell of it.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use wasm_bindgen::JsValue;

use super::clock::{Milliseconds, Moment};
use super::report::Asked;
use crate::edges::fetch::Fetch;
use crate::gateway::request::SignedRequest;
use crate::gateway::transport::{Answer, Transport, Unreachable};

/// `fetch`, counted and timed. The [`Transport`] is a reference to it, so that it can be asked afterwards.
pub(super) struct Upstream {
    fetch: Fetch,
    attempts: Cell<u32>,
    under_way: Cell<u32>,
    /// When the first of those that are under way was sent.
    began: Cell<Moment>,
    upstream: Cell<Milliseconds>,
    sign: Cell<Milliseconds>,
}

impl Upstream {
    /// The way over the runtime's `fetch`.
    pub(super) fn new() -> Result<Self, JsValue> {
        Ok(Self {
            fetch: Fetch::global()?,
            attempts: Cell::default(),
            under_way: Cell::default(),
            began: Cell::new(Moment::now()),
            upstream: Cell::default(),
            sign: Cell::default(),
        })
    }

    /// With so many requests sent again in all, whichever they are.
    pub(super) fn with_retries(self, retries: usize) -> Self {
        Self { fetch: self.fetch.with_retries(retries), ..self }
    }

    /// What it has taken up to now.
    pub(super) fn asked(&self) -> Asked {
        Asked { attempts: self.attempts.get(), upstream: self.upstream.get(), sign: self.sign.get() }
    }
}

impl Transport for &Upstream {
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
        self.fetch.may_retry()
    }

    fn sign<T>(&self, sign: impl FnOnce() -> T) -> T {
        let began = Moment::now();
        let signed = sign();
        self.sign.set(self.sign.get() + began.elapsed());
        signed
    }
}

/// A request that is under way until it is dropped: a time limit ends it like that.
struct UnderWay<'a>(&'a Upstream);

impl<'a> UnderWay<'a> {
    fn new(upstream: &'a Upstream) -> Self {
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
