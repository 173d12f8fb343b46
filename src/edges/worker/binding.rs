//! What is bound to the Worker beside texts: resources of the platform, which are objects with methods.

use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;

use super::problem::Problem;

/// A KV namespace for final payouts.
pub(super) const PAYOUTS: &str = "PAYOUTS";

/// A queue of notifications.
pub(super) const NOTIFICATIONS: &str = "NOTIFICATIONS";

/// A rate limiter.
pub(super) const RATE_LIMITER: &str = "RATE_LIMITER";

/// What the environment has under this name. Whether it is a `T` is [`check`]'s to say.
pub(super) fn get<T: JsCast>(env: &Env, name: &str) -> Result<Option<T>, JsValue> {
    let value = Reflect::get(env, &name.into())?;
    Ok(if value.is_undefined() || value.is_null() { None } else { Some(value.unchecked_into()) })
}

/// Fails where something is bound that lacks one of these methods. `reason` completes a sentence that begins with the name.
pub(super) fn check(env: &Env, name: &'static str, methods: &[&str], reason: &str) -> Result<(), Problem> {
    let Some(binding) = get::<JsValue>(env, name)? else {
        return Ok(());
    };
    let has = |method: &&str| Reflect::get(&binding, &(*method).into()).is_ok_and(|method| method.is_function());
    if methods.iter().all(has) { Ok(()) } else { Err(Problem::not_configured(name, reason)) }
}
