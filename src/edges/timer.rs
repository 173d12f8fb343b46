//! Timers of every web runtime.

use std::time::Duration;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::JsFuture;

#[wasm_bindgen]
extern "C" {
    // A timer's name is a number in Workers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// Ends after this long.
pub(super) async fn wait(time: Duration) {
    let mut timer = JsValue::UNDEFINED;
    // Not `Function::default()`, which is `new Function()`: Workers forbid it.
    let mut end = None;
    let elapsed = Promise::new(&mut |resolve, _| {
        timer = set_timeout(&resolve, time.as_secs_f64() * 1000.0);
        end = Some(resolve);
    });
    let _clear = ClearOnDrop { timer, end };
    // A timer's promise is never rejected.
    let _ = JsFuture::from(elapsed).await;
}

/// Stops a timer that nobody waits for any more, since it would keep Node running.
///
/// Its promise is resolved all the same: `JsFuture` keeps what it holds until its promise is settled.
struct ClearOnDrop {
    timer: JsValue,
    end: Option<Function>,
}

impl Drop for ClearOnDrop {
    fn drop(&mut self) {
        clear_timeout(&self.timer);
        if let Some(end) = &self.end {
            let _ = end.call0(&JsValue::UNDEFINED);
        }
    }
}
