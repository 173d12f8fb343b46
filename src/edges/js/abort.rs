//! Giving up on a call by an `AbortSignal`.

use std::future::Future;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AbortSignal;

use super::failure::Failed;
use crate::gateway::error::GatewayError;
use crate::gateway::transport::within;

/// Does `work` until `signal` says that nobody waits for it any more; what was under way is ended then.
pub(super) async fn unless_aborted<T>(
    signal: Option<AbortSignal>,
    work: impl Future<Output = Result<T, Failed>>,
) -> Result<T, Failed> {
    match signal {
        None => work.await,
        Some(signal) => match within(aborted(&signal), work).await {
            Some(done) => done,
            None => Err(GatewayError::aborted().into()),
        },
    }
}

async fn aborted(signal: &AbortSignal) {
    if signal.aborted() {
        return;
    }
    let mut listener = Function::default();
    let event = Promise::new(&mut |resolve, _| listener = resolve);
    // A signal that can't be listened to never aborts.
    let _ = signal.add_event_listener_with_callback("abort", &listener);
    let _stop = StopListening { signal, listener };
    let _: Result<JsValue, JsValue> = JsFuture::from(event).await;
}

/// A long-lived signal would otherwise collect a listener for each call.
struct StopListening<'a> {
    signal: &'a AbortSignal,
    listener: Function,
}

impl Drop for StopListening<'_> {
    fn drop(&mut self) {
        let _ = self.signal.remove_event_listener_with_callback("abort", &self.listener);
    }
}
