//! Aborting a call by an `AbortSignal`.

use std::future::Future;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

/// The result of `work`, or `None` if `signal` aborts first; `work` is dropped then.
pub(super) async fn unless_aborted<T>(signal: Option<AbortSignal>, work: impl Future<Output = T>) -> Option<T> {
    match signal {
        None => Some(work.await),
        // Checked first, so that nothing is sent.
        Some(signal) if signal.aborted() => None,
        Some(signal) => alikassa::timeout(abort_event(&signal), work).await,
    }
}

async fn abort_event(signal: &AbortSignal) {
    // Not `Function::default()`, which is `new Function()`: Workers forbid it.
    let mut listener = None;
    let event = Promise::new(&mut |resolve, _| listener = Some(resolve));
    let Some(listener) = listener else { return std::future::pending().await };
    // A signal that takes no listener never aborts.
    let _ = signal.add_event_listener_with_callback("abort", &listener);
    let _guard = ListenerGuard { signal, listener };
    let _: Result<JsValue, JsValue> = JsFuture::from(event).await;
}

/// Removes the listener: a long-lived signal would collect one for each call.
struct ListenerGuard<'a> {
    signal: &'a AbortSignal,
    listener: Function,
}

impl Drop for ListenerGuard<'_> {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", &self.listener);
        // `JsFuture` keeps what it holds until its promise is settled.
        let _ = self.listener.call0(&JsValue::UNDEFINED);
    }
}
