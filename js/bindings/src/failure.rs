//! Errors on their way to JavaScript, as plain objects from which `js/src/wasm-failure.ts` makes the error classes.

use std::collections::BTreeMap;
use std::fmt::Display;

use alikassa::{ADVICE, KeyError, PayoutStatusError, RequestError, RequestErrorKind, SigningError, VerificationError};
use serde::Serialize;
use wasm_bindgen::JsValue;

/// An error of JavaScript's side: `kind` chooses the class, `code` what it says.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub(super) enum JsError {
    Key {
        code: &'static str,
        problem: String,
        remedy: String,
    },
    InvalidRequest {
        message: String,
    },
    Verification {
        message: String,
    },
    /// Of any method.
    Request(RequestFailure),
    /// Of a payout's status: its state is unknown. There is no payment status among the fields.
    PayoutStatus(RequestFailure),
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RequestFailure {
    /// Of a payout's status only.
    advice: Option<&'static str>,
    code: &'static str,
    message: String,
    attempts: Option<u32>,
    /// Becomes a `Map`: as a property, a field named `__proto__` would replace the object's prototype.
    errors: Option<BTreeMap<String, Vec<String>>>,
    retryable: bool,
    upstream_message: Option<String>,
    upstream_status: Option<u16>,
}

impl JsError {
    pub(super) fn invalid_request(error: &dyn Display) -> Self {
        Self::InvalidRequest { message: error.to_string() }
    }

    pub(super) fn aborted(call: AbortedCall) -> Self {
        const MESSAGE: &str = "the call was aborted before AliKassa answered";
        let failure = |advice, message| RequestFailure {
            advice,
            code: "aborted",
            message,
            attempts: None,
            errors: None,
            retryable: true,
            upstream_message: None,
            upstream_status: None,
        };
        match call {
            AbortedCall::Request => Self::Request(failure(None, MESSAGE.to_owned())),
            AbortedCall::PayoutStatus => {
                Self::PayoutStatus(failure(Some(ADVICE), format!("the payout's state is unknown: {MESSAGE}")))
            }
        }
    }
}

/// What an aborted call was for.
#[derive(Clone, Copy)]
pub(super) enum AbortedCall {
    Request,
    PayoutStatus,
}

impl RequestFailure {
    fn new(error: &RequestError, advice: Option<&'static str>, message: String) -> Self {
        let (upstream_message, errors) = match error.kind() {
            RequestErrorKind::Status { message, errors, .. } => (message.clone(), Some(errors.clone())),
            _ => (None, None),
        };
        Self {
            advice,
            code: error.code(),
            message,
            attempts: Some(error.attempts()),
            errors: errors.filter(|errors| !errors.is_empty()),
            retryable: error.is_retryable(),
            upstream_message,
            upstream_status: error.upstream_status(),
        }
    }
}

impl From<RequestError> for JsError {
    fn from(error: RequestError) -> Self {
        Self::Request(RequestFailure::new(&error, None, error.to_string()))
    }
}

impl From<PayoutStatusError> for JsError {
    fn from(error: PayoutStatusError) -> Self {
        Self::PayoutStatus(RequestFailure::new(error.request_error(), Some(ADVICE), error.to_string()))
    }
}

impl From<KeyError> for JsError {
    fn from(error: KeyError) -> Self {
        Self::Key { code: error.code(), problem: error.to_string(), remedy: error.remedy() }
    }
}

impl From<SigningError> for JsError {
    fn from(error: SigningError) -> Self {
        Self::Key {
            code: "signing_failed",
            problem: error.to_string(),
            remedy: match error {
                SigningError::Randomness => "Sign within a request: a Worker has no randomness outside of one.",
                _ => "Generate a new archive in AliKassa's cabinet.",
            }
            .to_owned(),
        }
    }
}

impl From<VerificationError> for JsError {
    fn from(error: VerificationError) -> Self {
        Self::Verification { message: error.to_string() }
    }
}

impl From<JsError> for JsValue {
    fn from(error: JsError) -> Self {
        serde_wasm_bindgen::to_value(&error).unwrap_or_else(Self::from)
    }
}
