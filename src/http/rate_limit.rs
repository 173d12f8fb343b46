//! Cloudflare's rate limiter.

use std::time::Duration;

use alikassa::web::{WebClock, await_promise};
use alikassa::{Clock, timeout};
use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::access_log::log_incident;
use super::problem::Problem;
use super::request::Request;

/// How long the limiter may take. It answers from the machine that the Worker runs on.
const LIMITER_TIMEOUT: Duration = Duration::from_secs(1);

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>
    pub(crate) type RateLimiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimiter, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// Fails if there were too many requests with this key. Without a limiter, none is too many.
///
/// A limiter that fails lets the request pass: a missing answer is worse than one request too many. The log says so.
pub(crate) async fn admit(limiter: Option<&RateLimiter>, request: &Request, key: &str) -> Result<(), Problem> {
    let Some(limiter) = limiter else {
        return Ok(());
    };
    match timeout(WebClock.sleep(LIMITER_TIMEOUT), is_within_limit(limiter, key)).await {
        Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(Problem::rate_limited()),
        Some(Err(_)) | None => {
            log_incident("rate_limiter_failed", request.ray());
            Ok(())
        }
    }
}

async fn is_within_limit(limiter: &RateLimiter, key: &str) -> Result<bool, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &key.into())?;
    let outcome = await_promise(limiter.limit(&options)).await?;
    Reflect::get(&outcome, &"success".into())?.as_bool().ok_or(outcome)
}
