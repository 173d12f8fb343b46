//! The [`Transport`] of every web runtime: `fetch`, timers and a clock.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use js_sys::{Date, Function, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect};

use super::stream;
use crate::gateway::request::SignedRequest;
use crate::gateway::transport::{Answer, MAX_BODY, Transport, Unreachable};

#[wasm_bindgen]
extern "C" {
    // A timer's name is a number in Workers and an object in Node.
    #[wasm_bindgen(js_name = setTimeout)]
    fn set_timeout(handler: &Function, milliseconds: f64) -> JsValue;

    #[wasm_bindgen(js_name = clearTimeout)]
    fn clear_timeout(timer: &JsValue);
}

/// A function with the signature of the web's `fetch`.
pub(super) struct Fetch {
    function: Function,
    /// How many requests may be sent again; without a number there is no limit.
    retries_left: Option<Cell<usize>>,
}

impl Fetch {
    /// Over a function of the caller's.
    #[cfg(feature = "js")]
    pub(super) fn new(function: Function) -> Self {
        Self { function, retries_left: None }
    }

    /// Over the runtime's own.
    #[cfg(feature = "worker")]
    pub(super) fn global() -> Result<Self, JsValue> {
        let function = Reflect::get(&js_sys::global(), &"fetch".into())?.dyn_into()?;
        Ok(Self { function, retries_left: None })
    }

    /// With so many requests sent again in all, whichever they are.
    #[cfg(feature = "worker")]
    pub(super) fn with_retries(self, retries: usize) -> Self {
        Self { retries_left: Some(Cell::new(retries)), ..self }
    }

    async fn answer(&self, request: &SignedRequest) -> Result<Answer, JsValue> {
        let abort = AbortOnDrop(AbortController::new()?);
        let headers = Headers::new()?;
        for (name, value) in &request.headers {
            headers.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_method(SignedRequest::METHOD);
        init.set_headers(&headers);
        init.set_body(&JsValue::from_str(&request.body));
        // A signature goes where it was meant to go, or nowhere.
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(Some(&abort.0.signal()));
        let answer = self.function.call2(&js_sys::global(), &JsValue::from_str(&request.url), &init)?;
        // Not `dyn_into` a `Promise` or a `Response`: a `fetch` of the caller's may bring its own, or those of another realm.
        let response = JsFuture::from(Promise::resolve(&answer)).await?;
        // Every look at it may throw, and what throws past Rust ends the module.
        let get = |name: &str| Reflect::get(&response, &name.into());
        let status = get("status")?.as_f64().filter(|status| (0.0..1000.0).contains(status) && status.fract() == 0.0);
        let status = status.ok_or(JsValue::UNDEFINED)? as u16;
        let headers: Headers = get("headers")?.unchecked_into();
        let retry_after = headers.get("Retry-After")?;
        let body = stream::read(&get("body")?, MAX_BODY).await?;
        Ok(Answer { status, retry_after, body: body.bytes, is_whole: body.is_whole })
    }
}

impl Transport for Fetch {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        self.answer(request).await.map_err(|error| Unreachable { code: platform_code(&error) })
    }

    async fn wait(&self, time: Duration) {
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

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(Date::now() / 1000.0)
    }

    fn may_retry(&self) -> bool {
        self.retries_left.as_ref().is_none_or(|left| left.get().checked_sub(1).map(|fewer| left.set(fewer)).is_some())
    }
}

/// Ends a request that nobody waits for any more; after its end this does nothing.
struct AbortOnDrop(AbortController);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
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

/// `error.cause.code`, as Node gives it, or `error.code`: a word in capitals like `ECONNREFUSED`.
///
/// Nothing else of an error is passed on, since the text of a foreign one may hold anything.
fn platform_code(error: &JsValue) -> Option<String> {
    let get = |value: &JsValue, name: &str| Reflect::get(value, &name.into()).ok();
    let cause = get(error, "cause").and_then(|cause| get(&cause, "code"));
    let code = cause.and_then(|code| code.as_string()).or_else(|| get(error, "code")?.as_string())?;
    let is_word =
        code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_word.then_some(code)
}
