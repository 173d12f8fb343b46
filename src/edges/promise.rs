//! Promises of somebody else's: the platform's, or those of a `fetch` of the caller's.

use js_sys::{Array, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// What a call came to in the end: what it returned, or what that promises.
///
/// Not an `async fn` of wasm-bindgen's, which catches what a promise is rejected with, but not what the call itself throws: that ends
/// the module.
pub(super) async fn settled(called: Result<JsValue, JsValue>) -> Result<JsValue, JsValue> {
    JsFuture::from(own(&called?)).await
}

/// Leaves a call to itself: nobody waits for it, and nobody minds how it goes.
///
/// A promise that is only dropped would end a Node process once it is rejected.
pub(super) fn unheeded(called: Result<JsValue, JsValue>) {
    if let Ok(returned) = called {
        // Not a `JsFuture`, which keeps what it holds until its promise is settled.
        let _ = Promise::all_settled(&Array::of1(&own(&returned)));
    }
}

/// A promise of this realm's for a value or a promise, whose own `then` may be missing or throw.
///
/// Not `Promise::resolve`, which hands a promise on as it is.
fn own(value: &JsValue) -> Promise {
    Promise::new(&mut |resolve, _| {
        // What resolves a promise never throws.
        let _ = resolve.call1(&JsValue::UNDEFINED, value);
    })
}
