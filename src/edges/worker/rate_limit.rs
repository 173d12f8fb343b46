//! Cloudflare's rate limiter, where one is bound.

use std::time::Duration;

use js_sys::{Object, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::Env;

use super::binding::{self, RATE_LIMITER};
use super::log;
use super::problem::Problem;
use super::request::Request;
use crate::edges::{promise, timer};
use crate::gateway::transport::within;

/// How long the limiter may think. It answers from the machine that it is asked on.
const PATIENCE: Duration = Duration::from_secs(1);

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>
    type RateLimiter;

    #[wasm_bindgen(method, catch)]
    fn limit(this: &RateLimiter, options: &JsValue) -> Result<JsValue, JsValue>;
}

/// Lets a request pass, unless too many have come in this name. `name` is a [`Caller`](super::authorization::Caller)'s; where anybody may
/// call, that of what is called about.
///
/// A limiter that fails stops nobody: it is there against too much, and an answer that is missing is worse than one too many. The log
/// tells of it.
pub(super) async fn admit(request: &Request, env: &Env, name: &str) -> Result<(), Problem> {
    let Some(limiter) = binding::get::<RateLimiter>(env, RATE_LIMITER)? else {
        return Ok(());
    };
    match within(timer::wait(PATIENCE), is_within_limit(&limiter, name)).await {
        Some(Ok(true)) => Ok(()),
        Some(Ok(false)) => Err(Problem::rate_limited()),
        Some(Err(_)) | None => {
            log::incident("rate_limiter_failed", request.ray());
            Ok(())
        }
    }
}

async fn is_within_limit(limiter: &RateLimiter, name: &str) -> Result<bool, JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"key".into(), &name.into())?;
    let outcome = promise::settled(limiter.limit(&options)).await?;
    Reflect::get(&outcome, &"success".into())?.as_bool().ok_or(outcome)
}
