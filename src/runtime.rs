//! What the runtime exports to every module of a Worker (<https://developers.cloudflare.com/workers/runtime-apis/>).

use js_sys::Promise;
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// The environment that comes with every request too.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    pub(crate) static ENV: Env;

    #[wasm_bindgen(catch, js_name = waitUntil)]
    fn extend(promise: &Promise) -> Result<(), JsValue>;
}

/// Lets the present request live until the promise is settled, also after its answer and without its caller.
pub(crate) fn wait_until(promise: &Promise) {
    // There is always a request. Without one, the promise would be settled all the same.
    let _ = extend(promise);
}
