//! The methods of the default entrypoint, for Workers with a Service binding
//! (<https://developers.cloudflare.com/workers/runtime-apis/bindings/service-bindings/rpc/>).
//!
//! Only a Worker of the same Cloudflare account can have such a binding, so that its caller needs no token. The results are plain values,
//! failures too: an exception would reach the caller as a text alone.

use js_sys::{Array, JSON, Object, Promise};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::future_to_promise;

use super::app::{App, text_of};
use super::http::access_log::AccessLogEntry;
use super::http::problem::Problem;
use super::http::reply::Reply;
use super::http::request::{BodyError, MAX_BODY};
use super::http::route::Route;
use super::instant::Instant;
use super::operation::{Input, Operation};
use super::routes;
use super::runtime::{ENV, wait_until};

/// `{ payout }`: the status of one payout.
#[wasm_bindgen(js_name = payoutStatus)]
pub fn payout_status(query: JsValue, options: JsValue) -> Promise {
    call("payoutStatus", Route::Status, query, options)
}

/// `{ payouts }`: the status of each of these payouts.
#[wasm_bindgen(js_name = payoutStatuses)]
pub fn payout_statuses(queries: JsValue, options: JsValue) -> Promise {
    call("payoutStatuses", Route::Batch, queries, options)
}

/// The record of a payout that is followed from now on.
#[wasm_bindgen(js_name = followPayout)]
pub fn follow_payout(query: JsValue, options: JsValue) -> Promise {
    call("followPayout", Route::Follow, query, options)
}

/// The record of a payout, with its timeline.
#[wasm_bindgen(js_name = payoutHistory)]
pub fn payout_history(query: JsValue, options: JsValue) -> Promise {
    call("payoutHistory", Route::History, query, options)
}

/// `{ events, next }`: a page of events.
#[wasm_bindgen]
pub fn events(page: JsValue, options: JsValue) -> Promise {
    call("events", Route::Events, page, options)
}

/// Does what the route does, and logs the call.
fn call(method: &'static str, route: Route, argument: JsValue, options: JsValue) -> Promise {
    let result = future_to_promise(async move {
        let started = Instant::now();
        let reply = perform(route, &argument, &options).await.unwrap_or_else(Reply::from);
        AccessLogEntry { route: "rpc", method, ray: None, reply: &reply, total: started.elapsed() }.write();
        let body = reply.body();
        JSON::parse(&with_quoted_digits(&match route {
            _ if reply.status() >= 400 => format!("{{\"problem\":{body}}}"),
            Route::Status => format!("{{\"payout\":{body}}}"),
            _ => body.to_owned(),
        }))
    });
    // As a request does, a call runs to its end although its caller has gone.
    wait_until(&result);
    result
}

async fn perform(route: Route, argument: &JsValue, options: &JsValue) -> Result<Reply, Problem> {
    let app = ENV.with(App::get);
    let (mut account, mut is_bypassed) = (None, false);
    for (name, value) in pairs(options)? {
        match (name.as_str(), value.as_str()) {
            ("account", _) => account = Some(value),
            ("noCache", "true" | "false") => is_bypassed = value == "true",
            _ => return Err(Problem::invalid_parameter("The options are { account?: string, noCache?: boolean }.")),
        }
    }
    let client = app.config()?.client(account.as_deref())?;
    let input = match route {
        Route::Events => Input::Pairs(Ok(pairs(argument)?)),
        Route::Batch => Input::Json(format!("{{\"payouts\":{}}}", json(argument)?).into_bytes()),
        _ => Input::Json(json(argument)?.into_bytes()),
    };
    routes::perform(route, &Operation { app: &app, client, input, is_bypassed, ray: None }).await
}

/// The names and values of an object. One that is undefined is as if it were not there.
fn pairs(object: &JsValue) -> Result<Vec<(String, String)>, Problem> {
    if object.is_undefined() {
        return Ok(Vec::new());
    }
    if !object.is_object() {
        return Err(Problem::invalid_parameter("An argument must be an object."));
    }
    let mut pairs = Vec::new();
    for entry in Object::entries(object.unchecked_ref()).iter() {
        let entry: Array = entry.unchecked_into();
        let value = entry.get(1);
        if value.is_undefined() {
            continue;
        }
        let text = text_of(&value).or_else(|| value.as_bool().map(|flag| flag.to_string()));
        let wrong_type = || Problem::invalid_parameter("A field of an argument has the wrong type.");
        pairs.push(entry.get(0).as_string().zip(text).ok_or_else(wrong_type)?);
    }
    Ok(pairs)
}

/// An argument as JSON, with the limit of a body.
fn json(argument: &JsValue) -> Result<String, Problem> {
    let text = JSON::stringify(argument).ok().map(JsValue::from).and_then(|text| text.as_string());
    let text = text.ok_or_else(|| Problem::invalid_parameter("An argument must be what JSON can hold."))?;
    if text.len() > MAX_BODY {
        return Err(BodyError::TooLarge(MAX_BODY).into());
    }
    if has_long_number(&text) {
        let detail = "JavaScript rounds numbers of more than 15 digits. Give the id as a string.";
        return Err(Problem::invalid_parameter(detail));
    }
    Ok(text)
}

/// Whether JSON has a number of more than 15 digits: it may be another one than the caller wrote.
fn has_long_number(json: &str) -> bool {
    let (mut is_text, mut is_escaped, mut digits) = (false, false, 0);
    json.bytes().any(|byte| {
        digits = if !is_text && byte.is_ascii_digit() { digits + 1 } else { 0 };
        is_text ^= byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        digits > 15
    })
}

/// JSON in which each number of a payout or a notification is a string with the same digits, since JavaScript would round it.
fn with_quoted_digits(json: &str) -> String {
    let mut out = String::with_capacity(json.len());
    let (mut is_text, mut is_escaped, mut was_number) = (false, false, false);
    // The depth of objects, and that of the payout or notification.
    let (mut depth, mut quoted) = (0, None);
    for character in json.chars() {
        let is_number = match character {
            '0'..='9' | '-' => !is_text,
            '.' | '+' | 'e' | 'E' => was_number,
            _ => false,
        };
        if is_number != was_number && quoted.is_some() {
            out.push('"');
        }
        was_number = is_number;
        is_text ^= character == '"' && !is_escaped;
        is_escaped = character == '\\' && !is_escaped;
        if !is_text && character == '{' {
            depth += 1;
            if quoted.is_none() && (out.ends_with("\"payout\":") || out.ends_with("\"notification\":")) {
                quoted = Some(depth);
            }
        } else if !is_text && character == '}' {
            quoted = quoted.filter(|quoted| *quoted != depth);
            depth -= 1;
        }
        out.push(character);
    }
    out
}
