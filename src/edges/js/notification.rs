//! `verifyNotification`, which needs no client.

use std::cell::RefCell;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;

use super::failure::Failed;
use crate::ground::key::NotificationKey;
use crate::ground::notification::Notification;

/// A notification that verifies with this key, as the JSON text of an object, from the JSON text of its parameters: an object,
/// in which one that came twice stands twice. Throws a failure object.
#[wasm_bindgen(js_name = verifyNotification)]
#[expect(unreachable_pub, reason = "wasm-bindgen takes no other function")]
pub fn verify_notification(parameters: &str, public_key_pem: &str) -> Result<String, JsValue> {
    Ok(verified(parameters, public_key_pem)?)
}

thread_local! {
    /// The last key with its text. A program has one, and hands it over each time.
    static LAST: RefCell<Option<(String, NotificationKey)>> = const { RefCell::new(None) };
}

fn verified(parameters: &str, public_key_pem: &str) -> Result<String, Failed> {
    LAST.with_borrow_mut(|last| {
        let (_, key) = match last.take() {
            Some(known) if known.0 == public_key_pem => last.insert(known),
            _ => {
                let key = NotificationKey::from_pem(public_key_pem).map_err(|error| Failed::key(&error))?;
                last.insert((public_key_pem.to_owned(), key))
            }
        };
        let notification = Notification::from_json(parameters.as_bytes(), key)?;
        serde_json::to_string(&notification).map_err(|error| Failed::invalid_request(&error))
    })
}
