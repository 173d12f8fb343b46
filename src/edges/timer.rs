//! Timers of every web runtime.

use std::cell::Cell;
use std::future::poll_fn;
use std::rc::Rc;
use std::task::{Poll, Waker};
use std::time::Duration;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::{Closure, wasm_bindgen};

#[wasm_bindgen]
extern "C" {
    // A timer's name is a number in Workers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Closure<dyn FnMut()>, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Ends after this long.
///
/// Without a promise, which would have to be resolved when nobody waits any more: most timers are there in vain.
pub(super) async fn wait(time: Duration) {
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

/// Stops a timer that nobody waits for any more, since it would keep Node running; and only then lets go of what it would call.
struct Running {
    timer: JsValue,
    _handler: Closure<dyn FnMut()>,
}

impl Drop for Running {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
    }
}
