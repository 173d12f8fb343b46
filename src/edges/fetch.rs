//! The [`Transport`] of every web runtime: `fetch`, timers and a clock.

use std::time::{Duration, SystemTime};

use js_sys::{Date, Function, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect};

use super::{promise, stream, timer};
use crate::gateway::request::SignedRequest;
use crate::gateway::transport::{Answer, MAX_BODY, Transport, Unreachable};

#[wasm_bindgen]
extern "C" {
    /// What a `fetch` answers with, whatever that is: every look at it may throw, and what throws past Rust ends the module.
    type Answered;

    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &Answered) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &Answered) -> Result<Headers, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Answered) -> Result<JsValue, JsValue>;
}

#[cfg(feature = "worker")]
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = fetch)]
    static FETCH: Function;
}

/// A function with the signature of the web's `fetch`.
pub(super) struct Fetch(Function);

impl Fetch {
    /// Over a function of the caller's.
    #[cfg(feature = "js")]
    pub(super) fn new(function: Function) -> Self {
        Self(function)
    }

    /// Over the runtime's own.
    #[cfg(feature = "worker")]
    pub(super) fn global() -> Self {
        Self(FETCH.with(Function::clone))
    }

    /// Posts this, and reads nothing of the answer's body.
    ///
    /// # Errors
    /// [`Unreachable`] where no answer came.
    #[cfg(feature = "worker")]
    pub(super) async fn deliver(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<Receipt, Unreachable> {
        let received = async {
            let response = self.post(url, headers, body).await?;
            Ok(Receipt { status: response.status, retry_after: response.headers.get("Retry-After")? })
        };
        received.await.map_err(|error| Unreachable { code: platform_code(&error) })
    }

    async fn answer(&self, request: &SignedRequest) -> Result<Answer, JsValue> {
        let mut response = self.post(&request.url, &request.headers, &request.body).await?;
        let retry_after = response.headers.get("Retry-After")?;
        let body = stream::read(&response.inner.body()?, MAX_BODY).await?;
        if body.is_whole {
            response.abort.disarm();
        }
        Ok(Answer { status: response.status, retry_after, body: body.bytes, is_whole: body.is_whole })
    }

    async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &str) -> Result<Response, JsValue> {
        let abort = AbortOnDrop(Some(AbortController::new()?));
        let sent = Headers::new()?;
        for (name, value) in headers {
            sent.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_method(SignedRequest::METHOD);
        init.set_headers(&sent);
        init.set_body(&JsValue::from_str(body));
        // A signature goes where it was meant to go, or nowhere.
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(abort.0.as_ref().map(AbortController::signal).as_ref());
        // Not `dyn_into` a `Promise` or a `Response`: a `fetch` of the caller's may bring its own, or those of another realm.
        let inner = promise::settled(self.0.call2(&js_sys::global(), &JsValue::from_str(url), &init)).await?;
        let inner: Answered = inner.unchecked_into();
        let status = inner.status()?.as_f64().filter(|status| (0.0..1000.0).contains(status) && status.fract() == 0.0);
        let status = status.ok_or(JsValue::UNDEFINED)? as u16;
        let headers = inner.headers()?;
        Ok(Response { inner, status, headers, abort })
    }
}

/// An answer whose body has not been read. What is not read of it by the time that this is dropped never will be.
struct Response {
    inner: Answered,
    status: u16,
    headers: Headers,
    abort: AbortOnDrop,
}

/// How an answer began.
#[cfg(feature = "worker")]
pub(super) struct Receipt {
    /// The HTTP status.
    pub(super) status: u16,
    /// The `Retry-After` header.
    pub(super) retry_after: Option<String>,
}

impl Transport for Fetch {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        self.answer(request).await.map_err(|error| Unreachable { code: platform_code(&error) })
    }

    fn wait(&self, time: Duration) -> impl Future<Output = ()> {
        timer::wait(time)
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs_f64(Date::now() / 1000.0)
    }
}

/// Ends a request that nobody waits for any more.
struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    /// For a request that has come to its end by itself: to abort it would do nothing, but make an error with a stack.
    fn disarm(&mut self) {
        self.0 = None;
    }
}

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        if let Some(controller) = &self.0 {
            controller.abort();
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
