//! Every failure of the Worker, as `application/problem+json` (RFC 9457).

use std::collections::BTreeMap;
use std::fmt::Display;

use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::JsValue;

use super::report::Outcome;
use super::request::MediaType;
use super::route::Route;
use crate::gateway::error::{ADVICE, Failure, GatewayError};
use crate::ground::key::KeyError;
use crate::ground::notification::SignatureError;
use crate::ground::query::InvalidRequest;

/// A failure. None of them has a payment status, and none says what became of a payout.
#[derive(Clone)]
pub(super) struct Problem {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: String,
    is_retryable: bool,
    header: Option<(&'static str, &'static str)>,
    /// Of a payout that was asked for and not answered.
    unknown: Option<Unknown>,
}

/// What AliKassa said in place of a payout.
#[derive(Clone, Default)]
struct Unknown {
    upstream_status: Option<u16>,
    message: Option<String>,
    errors: BTreeMap<String, Vec<String>>,
}

impl Problem {
    fn new(status: u16, code: &'static str, title: &'static str, detail: impl Into<String>) -> Self {
        Self { status, code, title, detail: detail.into(), is_retryable: false, header: None, unknown: None }
    }

    pub(super) fn invalid_request(error: &InvalidRequest) -> Self {
        Self::new(400, error.code(), "The request does not name a payout", error.to_string())
    }

    pub(super) fn body_broke_off() -> Self {
        Self::new(400, "invalid_request", "The request is not whole", "its body broke off")
    }

    pub(super) fn unauthorized() -> Self {
        let detail = "send one of the tokens in API_TOKENS as \"Authorization: Bearer …\"";
        let header = Some(("WWW-Authenticate", "Bearer realm=\"alikassa-edge\""));
        Self { header, ..Self::new(401, "unauthorized", "A valid bearer token is needed", detail) }
    }

    pub(super) fn unknown_account() -> Self {
        let detail = "the Account header is not one of ALIKASSA_ACCOUNT: leave it out for the default account";
        Self::new(403, "unknown_account", "The account is not one of ours", detail)
    }

    pub(super) fn not_found() -> Self {
        let detail = format!("the routes are {}", Route::all());
        Self::new(404, "not_found", "There is no such route", detail)
    }

    pub(super) fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("this route takes {allow}");
        let header = Some(("Allow", allow));
        Self { header, ..Self::new(405, "method_not_allowed", "The route does not take this method", detail) }
    }

    pub(super) fn payload_too_large(limit: usize) -> Self {
        let detail = format!("the body is longer than {limit} bytes");
        Self::new(413, "payload_too_large", "The request is too large", detail)
    }

    /// For a route that takes these alone.
    pub(super) fn unsupported_media_type(accepted: &[MediaType]) -> Self {
        let accepted: Vec<_> = accepted.iter().map(|it| format!("\"Content-Type: {}\"", it.name())).collect();
        let detail = format!("send the body as {}", accepted.join(" or "));
        Self::new(415, "unsupported_media_type", "The body has a type that the route does not take", detail)
    }

    pub(super) fn invalid_signature(error: &SignatureError) -> Self {
        let title = "The notification is not AliKassa's, or was changed on the way";
        Self::new(403, error.code(), title, error.to_string())
    }

    pub(super) fn rate_limited() -> Self {
        let detail =
            "there were too many requests with this token or about this payout in a short time: wait, and ask again";
        // The limiter does not say when; ten seconds are the shortest period that it knows.
        let header = Some(("Retry-After", "10"));
        let problem = Self::new(429, "rate_limited", "There were too many requests", detail);
        Self { is_retryable: true, header, ..problem }
    }

    /// `reason` completes a sentence that begins with the name.
    pub(super) fn not_configured(name: &'static str, reason: &str) -> Self {
        Self::new(503, "not_configured", "The Worker is not configured", format!("{name} {reason}"))
    }

    pub(super) fn bad_private_key(error: &KeyError) -> Self {
        let name = match error {
            KeyError::PasswordMissing | KeyError::WrongPassword => "ALIKASSA_KEY_PASSWORD",
            _ => "ALIKASSA_PRIVATE_KEY",
        };
        Self::new(503, error.code(), "The private key can't be opened", format!("{name}: {error}"))
    }

    pub(super) fn bad_notification_key(error: &KeyError) -> Self {
        let detail = format!("ALIKASSA_NOTIFICATION_KEY: {error}");
        Self::new(503, error.code(), "The notifications' key can't be opened", detail)
    }

    /// The payout was read, so that this says nothing of its state.
    pub(super) fn forward_failed(reason: &impl Display) -> Self {
        let problem = Self::new(502, "forward_failed", "The merchant has not been told", reason.to_string());
        Self { is_retryable: true, ..problem }
    }

    /// Something that has no right to happen; what it was is not for the caller.
    pub(super) fn internal() -> Self {
        let title = "The payout's state is unknown";
        let problem = Self::new(500, "internal_error", title, "the Worker itself failed to answer");
        Self { is_retryable: true, unknown: Some(Unknown::default()), ..problem }
    }

    pub(super) fn gateway(error: &GatewayError) -> Self {
        let status = match error.failure() {
            Failure::Timeout { .. } | Failure::Aborted => 504,
            Failure::Signing(_) => 500,
            _ => 502,
        };
        let mut unknown = Unknown { upstream_status: error.upstream_status(), ..Unknown::default() };
        if let Failure::Status { message, errors, .. } = error.failure() {
            unknown.message.clone_from(message);
            unknown.errors.clone_from(errors);
        }
        let detail = error.failure().to_string();
        let problem = Self::new(status, error.code(), "The payout's state is unknown", detail);
        Self { is_retryable: error.is_retryable(), unknown: Some(unknown), ..problem }
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    /// The header that belongs to it: its name and its value.
    pub(super) fn header(&self) -> Option<(&'static str, &'static str)> {
        self.header
    }

    pub(super) fn outcome(&self) -> Outcome {
        Outcome { code: self.code, is_unknown: self.unknown.is_some() }
    }
}

/// What JavaScript throws at the Worker's own code.
impl From<JsValue> for Problem {
    fn from(_: JsValue) -> Self {
        Self::internal()
    }
}

impl Serialize for Problem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("type", &format_args!("urn:problem-type:alikassa-edge:{}", self.code))?;
        map.serialize_entry("title", self.title)?;
        map.serialize_entry("status", &self.status)?;
        map.serialize_entry("detail", &self.detail)?;
        map.serialize_entry("code", self.code)?;
        map.serialize_entry("retryable", &self.is_retryable)?;
        if let Some(unknown) = &self.unknown {
            map.serialize_entry("payout_state", "unknown")?;
            map.serialize_entry("advice", ADVICE)?;
            if let Some(status) = unknown.upstream_status {
                map.serialize_entry("upstream_status", &status)?;
            }
            if let Some(message) = &unknown.message {
                map.serialize_entry("message", message)?;
            }
            if !unknown.errors.is_empty() {
                map.serialize_entry("errors", &unknown.errors)?;
            }
        }
        map.end()
    }
}
