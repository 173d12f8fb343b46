//! A request to AliKassa that has no answer.

use std::collections::BTreeMap;
use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use super::transport::Response;
use crate::payout::DecodeError;
use crate::signing::SigningError;

/// A request to AliKassa has no answer.
///
/// Whether AliKassa carried the request out is not known: it may have arrived, and its response been lost. The text says what went
/// wrong and [`remedy`](Self::remedy) what to do; a [`DecodeError`] or a [`SigningError`] under it is the
/// [`source`](StdError::source).
///
/// ```
/// use alikassa::{RequestError, RequestErrorKind};
///
/// fn explain(error: &RequestError) -> String {
///     match error.kind() {
///         RequestErrorKind::Timeout { limit, .. } => format!("no answer within {} s", limit.as_secs()),
///         _ => format!("{error} after {} attempts. {}", error.attempts(), error.remedy()),
///     }
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestError {
    kind: RequestErrorKind,
    attempts: u32,
}

impl fmt::Display for RequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.kind.fmt(f)
    }
}

impl StdError for RequestError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        // The kind has the same text as the error, so the chain goes on with what the kind has under it.
        self.kind.source()
    }
}

/// Why a request has no answer.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum RequestErrorKind {
    /// AliKassa answered with another status than 200.
    #[error("AliKassa answered with HTTP status {status}{}", explanation(.message.as_ref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The `message` of AliKassa's JSON.
        message: Option<String>,
        /// The `errors` of AliKassa's JSON: texts about each field of the request.
        errors: BTreeMap<String, Vec<String>>,
    },
    /// AliKassa answered with 200, but the body is not what was asked for.
    #[error("AliKassa answered with HTTP status 200, but the body is not what was asked for: {0}")]
    Decode(#[source] DecodeError),
    /// There is no response, or it broke off.
    #[error("AliKassa could not be reached, or the connection broke{}", parenthesized(.code.as_ref()))]
    Unreachable {
        /// The platform's error code, like `ECONNREFUSED`, if it has one.
        code: Option<String>,
    },
    /// AliKassa did not answer in time.
    #[error("AliKassa did not answer within {} ms", .limit.as_millis())]
    Timeout {
        /// [`Settings::timeout`](crate::Settings::timeout).
        limit: Duration,
        /// The HTTP status of the answer that was being retried, if there was one.
        last_status: Option<u16>,
    },
    /// The request could not be signed, and nothing was sent.
    #[error("the request was not sent: {0}")]
    Signing(#[source] SigningError),
}

impl RequestError {
    pub(super) fn new(kind: RequestErrorKind, attempts: u32) -> Self {
        Self { kind, attempts }
    }

    /// Why the request has no answer.
    #[must_use]
    pub fn kind(&self) -> &RequestErrorKind {
        &self.kind
    }

    /// How many requests were sent: 0 if there was no time to send one, or it could not be signed.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// The machine-readable code: `upstream_status`, `upstream_invalid`, `upstream_unreachable`, `upstream_timeout` or `signing_failed`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.kind {
            RequestErrorKind::Status { .. } => "upstream_status",
            RequestErrorKind::Decode(_) => "upstream_invalid",
            RequestErrorKind::Unreachable { .. } => "upstream_unreachable",
            RequestErrorKind::Timeout { .. } => "upstream_timeout",
            RequestErrorKind::Signing(_) => "signing_failed",
        }
    }

    /// Whether the same request may get an answer later. A refusal (a 4xx other than 408 and 429) or a redirection stays the same until
    /// its cause is fixed.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.kind {
            RequestErrorKind::Status { status, .. } => matches!(status, 408 | 429 | 500..),
            RequestErrorKind::Decode(_) | RequestErrorKind::Unreachable { .. } | RequestErrorKind::Timeout { .. } => {
                true
            }
            RequestErrorKind::Signing(error) => *error == SigningError::Randomness,
        }
    }

    /// What to do, in one sentence.
    #[must_use]
    pub fn remedy(&self) -> &'static str {
        match &self.kind {
            RequestErrorKind::Status { status: 401 | 403, .. } => {
                "Check the account, and that AliKassa's cabinet has the certificate of this key."
            }
            RequestErrorKind::Status { .. } if !self.is_retryable() => {
                "Correct the request as AliKassa's message says."
            }
            RequestErrorKind::Signing(SigningError::Randomness) => {
                "Sign within a request: a Worker has no randomness outside of one."
            }
            RequestErrorKind::Signing(_) => "Generate a new archive in AliKassa's cabinet.",
            _ => "Ask again later.",
        }
    }

    /// The HTTP status of AliKassa's last answer, if there was one.
    #[must_use]
    pub fn upstream_status(&self) -> Option<u16> {
        match &self.kind {
            RequestErrorKind::Status { status, .. } => Some(*status),
            RequestErrorKind::Decode(_) => Some(200),
            RequestErrorKind::Timeout { last_status, .. } => *last_status,
            RequestErrorKind::Unreachable { .. } | RequestErrorKind::Signing(_) => None,
        }
    }
}

impl RequestErrorKind {
    /// Reads the explanation of a refusal: Laravel's `{"message":"…","errors":{"field":["…"]}}`.
    ///
    /// Nothing else of the body is kept, since an error must not contain anything that looks like a payout. Errors about a
    /// `payment_status` are dropped for the same reason, also where Laravel names a nested field (`payouts.0.payment_status`).
    pub(super) fn from_response(response: &Response) -> Self {
        let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
        let message = body.get("message").and_then(Value::as_str).map(str::to_owned);
        let errors = body.get("errors").and_then(Value::as_object).into_iter().flatten();
        let texts_by_field = errors
            .filter(|(field, _)| !field.contains("payment_status"))
            .map(|(field, texts)| (field.clone(), strings(texts)))
            .filter(|(_, texts)| !texts.is_empty());
        // Not `collect`, which sorts first: that is more code.
        let mut errors = BTreeMap::new();
        errors.extend(texts_by_field);
        Self::Status { status: response.status, message, errors }
    }
}

fn strings(texts: &Value) -> Vec<String> {
    let texts = texts.as_array().map_or(std::slice::from_ref(texts), Vec::as_slice);
    texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn explanation(message: Option<&String>) -> String {
    message.map_or_else(String::new, |message| format!(": {message}"))
}

fn parenthesized(code: Option<&String>) -> String {
    code.map_or_else(String::new, |code| format!(" ({code})"))
}

#[cfg(test)]
mod tests {
    use std::error::Error as _;

    use super::*;
    use crate::client::PayoutStatusError;

    fn error(kind: RequestErrorKind) -> RequestError {
        RequestError::new(kind, 1)
    }

    fn status(status: u16) -> RequestError {
        error(RequestErrorKind::Status { status, message: None, errors: BTreeMap::new() })
    }

    #[test]
    fn has_a_remedy_for_each_kind() {
        let timeout = RequestErrorKind::Timeout { limit: Duration::from_secs(30), last_status: None };
        for (error, is_retryable, remedy) in [
            (status(401), false, "Check the account, and that AliKassa's cabinet has the certificate of this key."),
            (status(403), false, "Check the account, and that AliKassa's cabinet has the certificate of this key."),
            (status(302), false, "Correct the request as AliKassa's message says."),
            (status(422), false, "Correct the request as AliKassa's message says."),
            (status(408), true, "Ask again later."),
            (status(429), true, "Ask again later."),
            (status(500), true, "Ask again later."),
            (error(RequestErrorKind::Decode(DecodeError::NotJson)), true, "Ask again later."),
            (error(RequestErrorKind::Unreachable { code: None }), true, "Ask again later."),
            (error(timeout), true, "Ask again later."),
            (
                error(RequestErrorKind::Signing(SigningError::Randomness)),
                true,
                "Sign within a request: a Worker has no randomness outside of one.",
            ),
            (
                error(RequestErrorKind::Signing(SigningError::Unverified)),
                false,
                "Generate a new archive in AliKassa's cabinet.",
            ),
        ] {
            assert_eq!((error.is_retryable(), error.remedy()), (is_retryable, remedy), "{error}");
        }
    }

    #[test]
    fn has_the_cause_as_its_source() {
        let decode = error(RequestErrorKind::Decode(DecodeError::NotJson));
        assert!(decode.source().is_some_and(|source| source.is::<DecodeError>()));
        let signing = error(RequestErrorKind::Signing(SigningError::Unverified));
        assert_eq!(signing.code(), "signing_failed");
        assert!(signing.source().is_some_and(|source| source.is::<SigningError>()));
        assert!(status(500).source().is_none());
        let payout = PayoutStatusError::from(decode.clone());
        assert_eq!(payout.source().and_then(|source| source.downcast_ref()), Some(&decode));
    }

    /// A balance has no payout state, and its failure is not about a payout.
    #[test]
    fn speaks_of_unknown_payouts_only_for_a_status() {
        for kind in [
            RequestErrorKind::Decode(DecodeError::NotJson),
            RequestErrorKind::Unreachable { code: None },
            RequestErrorKind::Signing(SigningError::Unverified),
        ] {
            let request = error(kind);
            assert!(!format!("{request} {}", request.remedy()).contains("payout"), "{request}");
            assert_eq!(
                PayoutStatusError::from(request.clone()).to_string(),
                format!("the payout's state is unknown: {request}")
            );
        }
    }
}
