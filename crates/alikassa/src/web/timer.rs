//! The clock and the timers of JavaScript runtimes.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::{Duration, SystemTime};

use js_sys::Date;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

use crate::Clock;

#[wasm_bindgen]
extern "C" {
    // A timer's id is a number in Workers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// `Date.now()` and `setTimeout`.
#[derive(Clone, Copy, Debug, Default)]
pub struct WebClock;

impl Clock for WebClock {
    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(Date::now() / 1000.0)
    }

    fn sleep(&self, time: Duration) -> impl Future<Output = ()> {
        sleep(time)
    }
}

/// Without a promise, since most timers are dropped before they fire, and a promise that is never resolved would leak its closures.
async fn sleep(time: Duration) {
    let state = Rc::new(State::default());
    let handler = Closure::once({
        let state = Rc::clone(&state);
        move || state.end()
    });
    let _running = Running { timer: set_timeout(&handler, time.as_secs_f64() * 1000.0), _handler: handler };
    poll_fn(|context| {
        if state.is_over.get() {
            return Poll::Ready(());
        }
        state.waiting.set(Some(context.waker().clone()));
        Poll::Pending
    })
    .await;
}

#[derive(Default)]
struct State {
    is_over: Cell<bool>,
    waiting: Cell<Option<Waker>>,
}

impl State {
    fn end(&self) {
        self.is_over.set(true);
        if let Some(waker) = self.waiting.take() {
            waker.wake();
        }
    }
}

/// Clears the timer on drop, since it would keep Node running, and frees the handler only then.
struct Running {
    timer: JsValue,
    _handler: Closure<dyn FnMut()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}
