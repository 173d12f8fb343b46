//! Failures on their way to JavaScript, where the package makes its error classes from them.

use std::collections::BTreeMap;
use std::fmt::Display;

use js_sys::JSON;
use serde::Serialize;
use wasm_bindgen::JsValue;

use crate::gateway::error::{ADVICE, Failure, GatewayError};
use crate::ground::key::KeyError;
use crate::ground::notification::SignatureError;
use crate::ground::signature::SignError;

/// A failure object: `kind` chooses the class, the rest are its properties.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Failed {
    kind: Kind,
    code: &'static str,
    message: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    gateway: Option<Gateway>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
enum Kind {
    Key,
    Request,
    Gateway,
    Signature,
}

/// What only a `GatewayError` has. There is no payment status among it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Gateway {
    payout_state: &'static str,
    advice: &'static str,
    retryable: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    attempts: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    upstream_message: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    errors: Option<BTreeMap<String, Vec<String>>>,
}

impl Failed {
    pub(super) fn invalid_request(error: &dyn Display) -> Self {
        Self { kind: Kind::Request, code: "invalid_request", message: error.to_string(), gateway: None }
    }

    pub(super) fn key(error: &KeyError) -> Self {
        Self { kind: Kind::Key, code: error.code(), message: error.to_string(), gateway: None }
    }
}

impl From<GatewayError> for Failed {
    fn from(error: GatewayError) -> Self {
        let (upstream_message, errors) = match error.failure() {
            Failure::Status { message, errors, .. } => (message.clone(), Some(errors.clone())),
            _ => (None, None),
        };
        let gateway = Gateway {
            payout_state: "unknown",
            advice: ADVICE,
            retryable: error.is_retryable(),
            attempts: error.attempts(),
            upstream_status: error.upstream_status(),
            upstream_message,
            errors: errors.filter(|errors| !errors.is_empty()),
        };
        Self { kind: Kind::Gateway, code: error.code(), message: error.to_string(), gateway: Some(gateway) }
    }
}

impl From<SignError> for Failed {
    fn from(error: SignError) -> Self {
        Self { kind: Kind::Key, code: error.code(), message: error.to_string(), gateway: None }
    }
}

impl From<SignatureError> for Failed {
    fn from(error: SignatureError) -> Self {
        Self { kind: Kind::Signature, code: error.code(), message: error.to_string(), gateway: None }
    }
}

impl From<Failed> for JsValue {
    fn from(failed: Failed) -> Self {
        to_object(&failed).unwrap_or_else(|error| error)
    }
}

/// A plain object, as `JSON.parse` would make it.
pub(super) fn to_object(value: &impl Serialize) -> Result<JsValue, JsValue> {
    // By way of JSON, since a field that is set by its name may be `__proto__`.
    let json = serde_json::to_string(value).map_err(|error| JsValue::from_str(&error.to_string()))?;
    JSON::parse(&json)
}
