//! A clock that does not wait: when all futures are pending, it jumps to the next timer.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, SystemTime};

use alikassa::Clock;

/// Fri, 02 Jan 2026 03:04:05 GMT, when the clock starts.
const START: u64 = 1_767_323_045;

#[derive(Clone, Debug, Default)]
pub(crate) struct MockClock(Rc<State>);

#[derive(Debug, Default)]
struct State {
    elapsed: Cell<Duration>,
    put_back: Cell<Duration>,
    /// When each timer ends, and what it wakes then.
    timers: RefCell<BTreeMap<u64, (Duration, Waker)>>,
    next_timer: Cell<u64>,
}

impl MockClock {
    /// Polls the future to its end, and advances the clock whenever it is pending.
    pub(crate) fn run<F: Future>(&self, future: F) -> F::Output {
        let mut future = pin!(future);
        let mut context = Context::from_waker(Waker::noop());
        loop {
            if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
                return output;
            }
            self.advance();
        }
    }

    /// To the next end of a timer.
    fn advance(&self) {
        let timers = self.0.timers.borrow();
        let next = timers.values().map(|(end, _)| *end).min().expect("the future would hang: no timer is running");
        self.0.elapsed.set(next);
        timers.values().filter(|(end, _)| *end <= next).for_each(|(_, waker)| waker.wake_by_ref());
    }

    /// The time since the start, whatever the wall clock says.
    pub(crate) fn elapsed(&self) -> Duration {
        self.0.elapsed.get()
    }

    /// Puts the wall clock back. Timers are not affected.
    pub(crate) fn put_back(&self, by: Duration) {
        self.0.put_back.set(self.0.put_back.get() + by);
    }
}

impl Clock for MockClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(START) + self.elapsed() - self.0.put_back.get()
    }

    async fn sleep(&self, time: Duration) {
        let end = self.elapsed().saturating_add(time);
        let id = self.0.next_timer.replace(self.0.next_timer.get() + 1);
        let _timer = Timer { clock: self, id };
        poll_fn(|context| {
            if self.elapsed() >= end {
                return Poll::Ready(());
            }
            self.0.timers.borrow_mut().insert(id, (end, context.waker().clone()));
            Poll::Pending
        })
        .await;
    }
}

struct Timer<'a> {
    clock: &'a MockClock,
    id: u64,
}

impl Drop for Timer<'_> {
    fn drop(&mut self) {
        self.clock.0.timers.borrow_mut().remove(&self.id);
    }
}
