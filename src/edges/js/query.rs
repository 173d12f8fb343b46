//! `{ id }` or `{ orderId }`, as a program in JavaScript names a payout.

use js_sys::{Array, BigInt, JsString, Number};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::failure::Failed;
use crate::ground::query::PayoutQuery;

#[wasm_bindgen]
extern "C" {
    // js-sys has it without `catch`: a getter of the caller's that throws would throw past Rust.
    #[wasm_bindgen(catch, js_namespace = Object)]
    fn entries(object: &JsValue) -> Result<Array, JsValue>;
}

pub(super) fn read(query: &JsValue) -> Result<PayoutQuery, JsValue> {
    // Not `instanceof Object`: an object may have no prototype, or that of another realm.
    if !query.is_object() {
        return Err(invalid("the query must be { id } or { orderId }").into());
    }
    let mut pairs = Vec::with_capacity(1);
    for entry in entries(query)? {
        let entry = Array::from(&entry);
        let (name, value) = (entry.get(0).as_string().unwrap_or_default(), entry.get(1));
        // A property that is undefined is as good as none.
        if value.is_undefined() {
            continue;
        }
        match name.as_str() {
            "id" => pairs.push(("id", id(&value)?)),
            "orderId" => {
                pairs.push(("order_id", text(&value)?.ok_or_else(|| invalid("orderId must be a string"))?));
            }
            _ => return Err(invalid("the query takes { id } or { orderId }, and nothing else").into()),
        }
    }
    Ok(PayoutQuery::from_pairs(pairs).map_err(|error| Failed::invalid_request(&error))?)
}

/// A string, a bigint, or a number that is a whole one without doubt.
fn id(value: &JsValue) -> Result<String, Failed> {
    if let Some(text) = text(value)? {
        return Ok(text);
    }
    let digits = match (value.dyn_ref::<BigInt>(), value.as_f64()) {
        (Some(big), _) => big.to_string(10).ok().and_then(|digits| digits.as_string()),
        (None, Some(number)) if Number::is_safe_integer(value) => Some(number.to_string()),
        _ => None,
    };
    digits
        .filter(|digits| !digits.starts_with('-'))
        .ok_or_else(|| invalid("id must be a string, or an integer that is neither negative nor beyond 2^53"))
}

/// A string that has UTF-8; half of a surrogate pair would silently become another character.
fn text(value: &JsValue) -> Result<Option<String>, Failed> {
    match value.dyn_ref::<JsString>() {
        Some(text) if !text.is_valid_utf16() => Err(invalid("it holds half of a surrogate pair, which has no UTF-8")),
        text => Ok(text.map(String::from)),
    }
}

fn invalid(reason: &'static str) -> Failed {
    Failed::invalid_request(&reason)
}
