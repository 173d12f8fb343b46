//! Every failure of the Worker, as `application/problem+json` (RFC 9457).

use std::collections::BTreeMap;
use std::fmt::Display;

use alikassa::{ADVICE, InvalidRequest, KeyError, PayoutStatusError, RequestErrorKind, VerificationError};
use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::JsValue;

use super::metrics::Outcome;
use super::reply::Reply;
use super::request::BodyError;
use crate::ledger::binding::Unavailable;

/// A failure. It never has a payment status.
#[derive(Clone)]
pub(crate) struct Problem {
    status: u16,
    code: &'static str,
    title: &'static str,
    detail: String,
    is_retryable: bool,
    header: Option<(&'static str, &'static str)>,
    /// Set if a payout was asked for and its state is unknown.
    unknown: Option<Unknown>,
}

/// What AliKassa answered in place of a payout.
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

    pub(crate) fn invalid_request(error: &InvalidRequest) -> Self {
        Self::new(400, error.code(), "The request does not name a payout", error.to_string())
    }

    pub(crate) fn unauthorized() -> Self {
        let detail = "Send one of the tokens in API_TOKENS as \"Authorization: Bearer …\".";
        let header = Some(("WWW-Authenticate", "Bearer realm=\"alikassa-edge\""));
        Self { header, ..Self::new(401, "unauthorized", "A valid bearer token is required", detail) }
    }

    pub(crate) fn unknown_account() -> Self {
        let detail = "The account is not in ALIKASSA_ACCOUNT. Leave it out to use the default account.";
        Self::new(403, "unknown_account", "The account is not configured", detail)
    }

    /// `paths` lists the paths that exist.
    pub(crate) fn not_found(paths: &str) -> Self {
        Self::new(404, "not_found", "There is no such route", format!("The routes are {paths}."))
    }

    /// `allow` lists the methods of the route.
    pub(crate) fn method_not_allowed(allow: &'static str) -> Self {
        let detail = format!("This route takes {allow}.");
        let header = Some(("Allow", allow));
        Self { header, ..Self::new(405, "method_not_allowed", "The route does not take this method", detail) }
    }

    pub(crate) fn invalid_signature(error: &VerificationError) -> Self {
        Self::new(403, error.code(), "The notification does not verify", error.to_string())
    }

    pub(crate) fn rate_limited() -> Self {
        let detail = "There were too many requests with this token or about this payout. Wait, then try again.";
        // The limiter does not say how long to wait; ten seconds is the shortest period that it can have.
        let header = Some(("Retry-After", "10"));
        let problem = Self::new(429, "rate_limited", "There were too many requests", detail);
        Self { is_retryable: true, header, ..problem }
    }

    /// `reason` completes a sentence that begins with the name.
    pub(crate) fn not_configured(name: &'static str, reason: &str) -> Self {
        Self::new(503, "not_configured", "The Worker is not configured", format!("{name} {reason}"))
    }

    /// `key` and `password` are the names of the secrets.
    pub(crate) fn bad_key(error: &KeyError, key: &str, password: &str) -> Self {
        Self::new(503, error.code(), "The key can't be opened", error.message(key, password))
    }

    /// A parameter of a route is not acceptable. `detail` says which, and why.
    pub(crate) fn invalid_parameter(detail: impl Into<String>) -> Self {
        Self::new(400, "invalid_request", "A parameter is invalid", detail)
    }

    /// The ledger does not know the payout. AliKassa may.
    pub(crate) fn unknown_payout() -> Self {
        let detail =
            "The ledger has no record of this payout, which says nothing about its state. Ask /v1/payout/status.";
        Self::new(404, "unknown_payout", "The payout is not in the ledger", detail)
    }

    pub(crate) fn unknown_event() -> Self {
        let detail = "There is no event of this number. GET /v1/events lists them.";
        Self::new(404, "unknown_event", "There is no such event", detail)
    }

    /// This says nothing about the state of a payout.
    pub(crate) fn ledger_unavailable() -> Self {
        let detail = "The ledger did not answer. Nothing is known about what was asked. Try again.";
        Self { is_retryable: true, ..Self::new(503, "ledger_unavailable", "The ledger did not answer", detail) }
    }

    /// The payout was read: this says nothing about its state.
    pub(crate) fn forward_failed(reason: &impl Display) -> Self {
        let title = "The notification was not forwarded to the merchant";
        Self { is_retryable: true, ..Self::new(502, "forward_failed", title, reason.to_string()) }
    }

    /// An unexpected error. Its text may hold anything, so that it is not passed on.
    pub(crate) fn internal() -> Self {
        let detail = "The Worker failed to answer. Try again; if it fails again, report it with the CF-Ray header.";
        Self { is_retryable: true, ..Self::new(500, "internal_error", "Unexpected internal error", detail) }
    }

    /// The state of a payout is unknown, and why.
    pub(crate) fn payout_unknown(error: &PayoutStatusError) -> Self {
        let error = error.request_error();
        let status = match error.kind() {
            RequestErrorKind::Timeout { .. } => 504,
            RequestErrorKind::Signing(_) => 500,
            _ => 502,
        };
        let mut unknown = Unknown { upstream_status: error.upstream_status(), ..Unknown::default() };
        if let RequestErrorKind::Status { message, errors, .. } = error.kind() {
            unknown.message.clone_from(message);
            unknown.errors.clone_from(errors);
        }
        let problem = Self::new(status, error.code(), "The payout's state is unknown", error.to_string());
        Self { is_retryable: error.is_retryable(), unknown: Some(unknown), ..problem }
    }

    /// The same problem after a payout was asked for: its state is unknown.
    pub(crate) fn about_payout(self) -> Self {
        Self { unknown: Some(self.unknown.unwrap_or_default()), ..self }
    }

    pub(crate) fn outcome(&self) -> Outcome {
        Outcome { code: self.code, is_unknown: self.unknown.is_some() }
    }
}

impl From<BodyError<'_>> for Problem {
    fn from(error: BodyError<'_>) -> Self {
        match error {
            BodyError::UnsupportedMediaType(accepted) => {
                let accepted: Vec<_> = accepted.iter().map(|it| format!("\"Content-Type: {}\"", it.name())).collect();
                let detail = format!("Send the body as {}.", accepted.join(" or "));
                Self::new(415, "unsupported_media_type", "The route does not take this media type", detail)
            }
            BodyError::TooLarge(limit) => {
                let detail = format!("The body is longer than {limit} bytes.");
                Self::new(413, "payload_too_large", "The request is too large", detail)
            }
            BodyError::BrokeOff => {
                Self::new(400, "invalid_request", "The request is incomplete", "The body broke off. Send it again.")
            }
        }
    }
}

impl From<Unavailable> for Problem {
    fn from(_: Unavailable) -> Self {
        Self::ledger_unavailable()
    }
}

/// What JavaScript threw at the Worker's own code.
impl From<JsValue> for Problem {
    fn from(_: JsValue) -> Self {
        Self::internal()
    }
}

impl From<serde_json::Error> for Problem {
    fn from(_: serde_json::Error) -> Self {
        Self::internal()
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        // A problem holds texts and numbers alone, which always serialize.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let reply = Reply::new(problem.status, "application/problem+json", body).with_outcome(problem.outcome());
        match problem.header {
            Some((name, value)) => reply.with_header(name, value),
            None => reply,
        }
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
