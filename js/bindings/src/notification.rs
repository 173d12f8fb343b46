//! `verifyNotification`, which needs no client.

use std::cell::RefCell;

use alikassa::{Notification, NotificationKey, VerificationError};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::failure::JsError;
use super::numbers;

/// The verified notification as JSON text. `parameters` is the JSON text of an object, or of an array of pairs, which are the names and
/// values of a query string or a form. Throws a failure object.
#[wasm_bindgen(js_name = verifyNotification)]
#[expect(unreachable_pub, reason = "wasm-bindgen exports public functions only")]
pub fn verify_notification(parameters: &str, public_key_pem: &str) -> Result<String, JsValue> {
    Ok(verify(parameters, public_key_pem)?)
}

thread_local! {
    /// The last key with its PEM: a program has one and passes it with each call.
    static LAST_KEY: RefCell<Option<(String, NotificationKey)>> = const { RefCell::new(None) };
}

fn verify(parameters: &str, public_key_pem: &str) -> Result<String, JsError> {
    LAST_KEY.with_borrow_mut(|last| {
        let (_, key) = match last.take() {
            Some(known) if known.0 == public_key_pem => last.insert(known),
            _ => {
                let key = NotificationKey::from_pem(public_key_pem)?;
                last.insert((public_key_pem.to_owned(), key))
            }
        };
        let notification = if parameters.starts_with('[') {
            let pairs: Vec<(String, String)> =
                serde_json::from_str(parameters).map_err(|_| VerificationError::NotUtf8)?;
            Notification::from_pairs(pairs, key)?
        } else {
            Notification::from_json(parameters.as_bytes(), key)?
        };
        let json = serde_json::to_string(&notification).map_err(|error| JsError::invalid_request(&error))?;
        Ok(numbers::quote(&json))
    })
}
