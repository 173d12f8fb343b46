//! Giving up on a call by an `AbortSignal`.

use std::future::Future;

use js_sys::{Function, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
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
        // Before anything is sent.
        Some(signal) if signal.aborted() => Err(GatewayError::aborted().into()),
        Some(signal) => match within(aborted(&signal), work).await {
            Some(done) => done,
            None => Err(GatewayError::aborted().into()),
        },
    }
}

/// The signal, or none where it is undefined or null.
pub(super) fn signal(value: &JsValue) -> Result<Option<AbortSignal>, Failed> {
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let aborted = Reflect::get(value, &"aborted".into());
    let listen = Reflect::get(value, &"addEventListener".into());
    match (aborted, listen) {
        (Ok(aborted), Ok(listen)) if aborted.as_bool().is_some() && listen.is_function() => {
            Ok(Some(value.clone().unchecked_into()))
        }
        _ => Err(Failed::invalid_request(&"signal must be an AbortSignal")),
    }
}

async fn aborted(signal: &AbortSignal) {
    // Not `Function::default()`, which is `new Function()`: Workers forbid it.
    let mut listener = None;
    let event = Promise::new(&mut |resolve, _| listener = Some(resolve));
    let Some(listener) = listener else { return std::future::pending().await };
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
        // `JsFuture` keeps what it holds until its promise is settled.
        let _ = self.listener.call0(&JsValue::UNDEFINED);
    }
}
