//! The [`Transport`] of JavaScript runtimes: `fetch`.

use js_sys::{Function, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{AbortController, Headers, RequestInit, RequestRedirect};

use super::body::read_body;
use super::promise::await_promise;
use crate::{MAX_BODY, Response, SignedRequest, Transport, TransportError};

#[wasm_bindgen]
extern "C" {
    /// The response of a `fetch`. It may come from a caller's code, so each access may throw. An exception that is not caught aborts the
    /// module.
    type FetchResponse;

    #[wasm_bindgen(method, getter, catch)]
    fn status(this: &FetchResponse) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn headers(this: &FetchResponse) -> Result<Headers, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &FetchResponse) -> Result<JsValue, JsValue>;
}

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(thread_local_v2, js_name = fetch)]
    static FETCH: Function;
}

/// Sends requests with a function that has the signature of `fetch` (<https://fetch.spec.whatwg.org/#fetch-method>).
#[derive(Clone, Debug)]
pub struct Fetch(Function);

impl Fetch {
    /// A transport over a function of the caller.
    pub fn new(function: Function) -> Self {
        Self(function)
    }

    /// A transport over the runtime's own `fetch`.
    pub fn global() -> Self {
        Self(FETCH.with(Function::clone))
    }

    /// Posts a body, and does not read the body of the response. Follows no redirection.
    ///
    /// # Errors
    /// [`TransportError`] if there is no response.
    pub async fn deliver(
        &self,
        url: &str,
        headers: &[(&'static str, String)],
        body: &str,
    ) -> Result<Receipt, TransportError> {
        let received = async {
            let response = self.post(url, headers, body).await?;
            Ok(Receipt { status: response.status, retry_after: response.headers.get("Retry-After")? })
        };
        received.await.map_err(|error| TransportError { code: platform_code(&error) })
    }

    async fn exchange(&self, request: &SignedRequest) -> Result<Response, JsValue> {
        let mut response = self.post(&request.url, &request.headers, &request.body).await?;
        let retry_after = response.headers.get("Retry-After")?;
        let body = read_body(&response.inner.body()?, MAX_BODY).await?;
        if !body.truncated {
            response.abort.disarm();
        }
        Ok(Response { status: response.status, retry_after, body: body.bytes, truncated: body.truncated })
    }

    async fn post(&self, url: &str, headers: &[(&'static str, String)], body: &str) -> Result<OpenResponse, JsValue> {
        let abort = AbortOnDrop(Some(AbortController::new()?));
        let sent = Headers::new()?;
        for (name, value) in headers {
            sent.set(name, value)?;
        }
        let init = RequestInit::new();
        init.set_method(SignedRequest::METHOD);
        init.set_headers(&sent);
        init.set_body(&JsValue::from_str(body));
        // A signature must not reach another host.
        init.set_redirect(RequestRedirect::Manual);
        init.set_signal(abort.0.as_ref().map(AbortController::signal).as_ref());
        // Not `dyn_into`: a caller's `fetch` may return a `Promise` or a `Response` of its own, or of another realm.
        let inner = await_promise(self.0.call2(&js_sys::global(), &JsValue::from_str(url), &init)).await?;
        let inner: FetchResponse = inner.unchecked_into();
        let status = inner.status()?.as_f64().filter(|status| (0.0..1000.0).contains(status) && status.fract() == 0.0);
        let status = status.ok_or(JsValue::UNDEFINED)? as u16;
        let headers = inner.headers()?;
        Ok(OpenResponse { inner, status, headers, abort })
    }
}

/// A response whose body has not been read. Dropping it aborts the request.
struct OpenResponse {
    inner: FetchResponse,
    status: u16,
    headers: Headers,
    abort: AbortOnDrop,
}

/// Status and `Retry-After` of a response whose body was not read.
#[derive(Debug)]
pub struct Receipt {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
}

impl Transport for Fetch {
    async fn send(&self, request: &SignedRequest) -> Result<Response, TransportError> {
        self.exchange(request).await.map_err(|error| TransportError { code: platform_code(&error) })
    }
}

/// Aborts the request on drop, unless it has ended.
struct AbortOnDrop(Option<AbortController>);

impl AbortOnDrop {
    /// Call when the request has ended: an abort would then only cost an error with a stack trace.
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

/// `error.cause.code`, as in Node, or `error.code`, if it is a word in capitals like `ECONNREFUSED`.
///
/// Nothing else of the error is passed on: the text of a foreign error may contain anything.
fn platform_code(error: &JsValue) -> Option<String> {
    let get = |value: &JsValue, name: &str| Reflect::get(value, &name.into()).ok();
    let cause = get(error, "cause").and_then(|cause| get(&cause, "code"));
    let code = cause.and_then(|code| code.as_string()).or_else(|| get(error, "code")?.as_string())?;
    let is_word =
        code.len() <= 40 && code.bytes().all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_');
    is_word.then_some(code)
}
