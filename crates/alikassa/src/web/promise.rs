//! Promises of foreign code: of the platform, or of a caller's `fetch`.

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Awaits the value or the promise that a call returned.
///
/// # Errors
/// What the call threw, or the promise's rejection. An imported `async fn` of wasm-bindgen catches only the rejection, and an exception
/// of the call itself aborts the module.
pub async fn await_promise(called: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(adopt(&called?)).await
}

/// Ignores the value or the promise that a call returned. An unhandled rejection would end a Node process.
pub fn detach(called: Result<JsValue, JsValue>) {
    if let Ok(returned) = called {
        // Not a `JsFuture`, which keeps its memory until the promise is settled.
        let _ = Promise::all_settled(&Array::of1(&adopt(&returned)));
    }
}

/// A promise of this realm for a value or a promise, whose own `then` may be missing or throw.
///
/// Not `Promise::resolve`, which returns a promise unchanged.
fn adopt(value: &JsValue) -> Promise {
    Promise::new(&mut |resolve, _| {
        // `resolve` never throws.
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
}
