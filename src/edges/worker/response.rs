//! The Worker's answers: JSON that no cache keeps.

use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Response, ResponseInit};

/// HTTP 200 with this as JSON.
pub(super) fn json(value: &impl Serialize) -> Result<Response, JsValue> {
    let body = serde_json::to_string(value).map_err(|error| JsValue::from(error.to_string()))?;
    new(200, "application/json", &[], &body)
}

/// Any answer. What became of a payout is nobody's to keep on the way.
pub(super) fn new(
    status: u16,
    content_type: &str,
    more_headers: &[(&str, &str)],
    body: &str,
) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", content_type)?;
    headers.set("Cache-Control", "no-store")?;
    headers.set("X-Content-Type-Options", "nosniff")?;
    for (name, value) in more_headers {
        headers.set(name, value)?;
    }
    let init = ResponseInit::new();
    init.set_status(status);
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(Some(body), &init)
}
