//! A transport that answers from a script, in a time of its own.
//!
//! Nothing here sleeps: where all futures wait, the clock goes on to the next moment that one of them waits for.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, VecDeque};
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use alikassa_edge::{Answer, SignedRequest, Transport, Unreachable};

/// Fri, 02 Jan 2026 03:04:05 GMT, when all scripts begin.
pub(crate) const BEGIN: u64 = 1_767_323_045;

/// What becomes of one request.
#[derive(Clone)]
pub(crate) struct Step {
    /// How long it takes; `None` is for ever.
    takes: Option<Duration>,
    outcome: Result<Answer, Unreachable>,
    /// By how much the wall clock is put back meanwhile.
    clock_back: Duration,
}

impl Step {
    pub(crate) fn answer(status: u16, body: impl Into<Vec<u8>>) -> Self {
        let answer = Answer { status, retry_after: None, body: body.into(), is_whole: true };
        Self { takes: Some(Duration::ZERO), outcome: Ok(answer), clock_back: Duration::ZERO }
    }

    pub(crate) fn unreachable(code: Option<&str>) -> Self {
        let outcome = Err(Unreachable { code: code.map(str::to_owned) });
        Self { takes: Some(Duration::ZERO), outcome, clock_back: Duration::ZERO }
    }

    pub(crate) fn hang() -> Self {
        Self { takes: None, ..Self::unreachable(None) }
    }

    pub(crate) fn takes_ms(self, ms: u64) -> Self {
        Self { takes: Some(Duration::from_millis(ms)), ..self }
    }

    pub(crate) fn clock_back(self, by: Duration) -> Self {
        Self { clock_back: by, ..self }
    }

    pub(crate) fn retry_after(mut self, value: &str) -> Self {
        if let Ok(answer) = &mut self.outcome {
            answer.retry_after = Some(value.to_owned());
        }
        self
    }

    pub(crate) fn cut_off(mut self) -> Self {
        if let Ok(answer) = &mut self.outcome {
            answer.is_whole = false;
        }
        self
    }
}

/// A request, and when it was sent, counted from the beginning.
pub(crate) struct Sent {
    pub(crate) at: Duration,
    pub(crate) request: SignedRequest,
}

#[derive(Clone)]
pub(crate) struct Scripted(Rc<State>);

struct State {
    script: RefCell<VecDeque<Step>>,
    sent: RefCell<Vec<Sent>>,
    /// Futures of `send` that were dropped before they had an answer.
    dropped: Cell<u32>,
    elapsed: Cell<Duration>,
    put_back: Cell<Duration>,
    timers: RefCell<BTreeMap<u64, Duration>>,
    next_timer: Cell<u64>,
}

impl Scripted {
    pub(crate) fn new(script: impl IntoIterator<Item = Step>) -> Self {
        Self(Rc::new(State {
            script: RefCell::new(script.into_iter().collect()),
            sent: RefCell::default(),
            dropped: Cell::default(),
            elapsed: Cell::default(),
            put_back: Cell::default(),
            timers: RefCell::default(),
            next_timer: Cell::default(),
        }))
    }

    /// Polls until there is an output, letting time pass whenever there is nothing else to do.
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            let next = self.0.timers.borrow().values().min().copied();
            self.0.elapsed.set(next.expect("it would hang for ever: no timer is running"));
        }
    }

    /// The time that has truly passed.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed.get()
    }

    pub(crate) fn dropped(&self) -> u32 {
        self.0.dropped.get()
    }

    /// How many steps of the script were not needed.
    pub(crate) fn left(&self) -> usize {
        self.0.script.borrow().len()
    }

    pub(crate) fn sent(&self) -> std::cell::Ref<'_, Vec<Sent>> {
        self.0.sent.borrow()
    }

    /// The pauses between the requests, for steps that take no time.
    pub(crate) fn pauses(&self) -> Vec<Duration> {
        self.sent().windows(2).map(|pair| pair[1].at - pair[0].at).collect()
    }

    async fn timer(&self, time: Duration) {
        let at = self.0.elapsed.get().saturating_add(time);
        let timer = self.0.next_timer.get();
        self.0.next_timer.set(timer + 1);
        self.0.timers.borrow_mut().insert(timer, at);
        let _stop = OnDrop(|| _ = self.0.timers.borrow_mut().remove(&timer));
        poll_fn(|_| if self.0.elapsed.get() >= at { Poll::Ready(()) } else { Poll::Pending }).await;
    }
}

impl Transport for Scripted {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        self.0.sent.borrow_mut().push(Sent { at: self.0.elapsed.get(), request: request.clone() });
        let step = self.0.script.borrow_mut().pop_front().expect("a request more than the script foresees");
        let unfinished = OnDrop(|| self.0.dropped.set(self.0.dropped.get() + 1));
        match step.takes {
            Some(time) => self.timer(time).await,
            None => std::future::pending().await,
        }
        std::mem::forget(unfinished);
        self.0.put_back.set(self.0.put_back.get() + step.clock_back);
        step.outcome
    }

    async fn wait(&self, time: Duration) {
        self.timer(time).await;
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(BEGIN) + self.0.elapsed.get() - self.0.put_back.get()
    }
}

struct OnDrop<F: FnMut()>(F);

impl<F: FnMut()> Drop for OnDrop<F> {
    fn drop(&mut self) {
        (self.0)();
    }
}
