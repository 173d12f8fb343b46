//! Everything that is not a payout: its state is unknown.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;
use thiserror::Error;

use crate::ground::payout::NotAPayout;
use crate::ground::signature::SignError;

/// The rule that guards money, in one sentence.
///
/// ```
/// use alikassa_edge::{ADVICE, GatewayError};
///
/// fn tell(error: &GatewayError) -> String {
///     format!("{error}. {ADVICE}")
/// }
/// assert!(ADVICE.starts_with("The state of this payout is unknown"));
/// ```
pub const ADVICE: &str = "The state of this payout is unknown: do not cancel or repeat it on your side; \
                          ask again later, or check it with AliKassa's support.";

/// No payout was answered, so **the payout's state is unknown**: neither failed nor cancelled nor paid.
///
/// AliKassa's page: «If you received another status code (not 200) - do not cancel such payments on your side.» That
/// goes for a time limit, a broken connection and an unreadable answer too. There is no payment status in this type.
///
/// ```
/// # use std::{future::ready, time::{Duration, SystemTime}};
/// # use alikassa_edge::{Account, Answer, Digest, Gateway, PayoutQuery, PrivateKey, Settings, SignedRequest, Signer, Transport};
/// # use alikassa_edge::Unreachable;
/// # struct Sandbox;
/// # impl Transport for Sandbox {
/// #     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Answer, Unreachable>> {
/// #         let body = br#"{"message":"Unauthenticated."}"#.to_vec();
/// #         ready(Ok(Answer { status: 401, retry_after: None, body, is_whole: true }))
/// #     }
/// #     fn wait(&self, _: Duration) -> impl Future<Output = ()> { std::future::pending() }
/// #     fn now(&self) -> SystemTime { SystemTime::UNIX_EPOCH }
/// # }
/// # let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// # let signer = Signer::new(PrivateKey::from_pem(pem, Some(b"Secret-2048"))?, Digest::Sha1);
/// # let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// # let settings = Settings::default();
/// # let gateway = Gateway::new(Sandbox, &signer, &account, &settings);
/// # let query = PayoutQuery::id("100000536")?;
/// use alikassa_edge::{Failure, GatewayError};
///
/// // AliKassa answers 401 here.
/// let error: GatewayError = pollster::block_on(gateway.payout_status(&query)).unwrap_err();
/// assert_eq!(error.to_string(), "the payout's state is unknown: AliKassa answered with HTTP status 401: Unauthenticated.");
/// assert_eq!((error.code(), error.upstream_status()), ("upstream_status", Some(401)));
/// assert_eq!((error.attempts(), error.is_retryable()), (Some(1), false));
/// match error.failure() {
///     Failure::Status { message, .. } => assert_eq!(message.as_deref(), Some("Unauthenticated.")),
///     _ => unreachable!(),
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the payout's state is unknown: {failure}")]
pub struct GatewayError {
    failure: Failure,
    attempts: Option<u32>,
}

/// Why no payout was answered.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Failure {
    /// AliKassa answered with another status than 200.
    #[error("AliKassa answered with HTTP status {status}{}", explained(.message.as_ref()))]
    Status {
        /// The HTTP status.
        status: u16,
        /// The `message` of AliKassa's JSON.
        message: Option<String>,
        /// The `errors` of AliKassa's JSON: what it says of each field of the request.
        errors: BTreeMap<String, Vec<String>>,
    },
    /// AliKassa answered with 200, but not with the payout that was asked for.
    #[error("AliKassa answered with HTTP status 200, but not with this payout: {0}")]
    Invalid(NotAPayout),
    /// No answer came.
    #[error("AliKassa could not be reached, or the connection broke{}", bracketed(.code.as_ref()))]
    Unreachable {
        /// The platform's word for it, like `ECONNREFUSED`, where it has one.
        code: Option<String>,
    },
    /// The time was over.
    #[error("AliKassa did not answer within {} ms", .limit.as_millis())]
    Timeout {
        /// The total time that there was.
        limit: Duration,
        /// What AliKassa had answered before, on an attempt that was being retried.
        last_status: Option<u16>,
    },
    /// The caller gave up.
    #[error("the caller gave up before AliKassa answered")]
    Aborted,
    /// The request could not be signed, so nothing was sent.
    #[error("the request was not sent: {0}")]
    Signing(SignError),
}

impl GatewayError {
    pub(super) fn new(failure: Failure, attempts: u32) -> Self {
        Self { failure, attempts: Some(attempts) }
    }

    /// Of a call that was dropped, which took its count of attempts with it.
    #[cfg(feature = "js")]
    pub(crate) fn aborted() -> Self {
        Self { failure: Failure::Aborted, attempts: None }
    }

    /// Why no payout was answered.
    #[must_use]
    pub fn failure(&self) -> &Failure {
        &self.failure
    }

    /// How many requests were sent; `None` where the caller gave up, and nobody counted to the end.
    #[must_use]
    pub fn attempts(&self) -> Option<u32> {
        self.attempts
    }

    /// The machine-readable code: `upstream_status`, `upstream_invalid`, `upstream_unreachable`, `upstream_timeout`,
    /// `aborted` or `signing_failed`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match &self.failure {
            Failure::Status { .. } => "upstream_status",
            Failure::Invalid(_) => "upstream_invalid",
            Failure::Unreachable { .. } => "upstream_unreachable",
            Failure::Timeout { .. } => "upstream_timeout",
            Failure::Aborted => "aborted",
            Failure::Signing(error) => error.code(),
        }
    }

    /// Whether the same question, asked again later, may get an answer. A refusal (a 4xx other than 408 and 429, a
    /// redirection) will be the same until somebody mends what it names.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match &self.failure {
            Failure::Status { status, .. } => matches!(status, 408 | 429 | 500..),
            Failure::Invalid(_) | Failure::Unreachable { .. } | Failure::Timeout { .. } | Failure::Aborted => true,
            Failure::Signing(error) => *error == SignError::NoRandomness,
        }
    }

    /// The HTTP status that AliKassa answered with, where it answered.
    #[must_use]
    pub fn upstream_status(&self) -> Option<u16> {
        match &self.failure {
            Failure::Status { status, .. } => Some(*status),
            Failure::Invalid(_) => Some(200),
            Failure::Timeout { last_status, .. } => *last_status,
            _ => None,
        }
    }
}

impl Failure {
    /// Reads what AliKassa says of a refusal: Laravel's `{"message":"…","errors":{"field":["…"]}}`.
    ///
    /// Of anything else nothing is kept: an error must not carry what looks like a payout. So nothing is kept either of what it says of a
    /// `payment_status`, which may be an item of it (`payment_status.0`) or deeper in the request.
    pub(super) fn status(status: u16, body: &[u8]) -> Self {
        let body: Value = serde_json::from_slice(body).unwrap_or_default();
        let message = body.get("message").and_then(Value::as_str).map(str::to_owned);
        let errors = body.get("errors").and_then(Value::as_object).into_iter().flatten();
        let errors = errors
            .filter(|(field, _)| !field.contains("payment_status"))
            .map(|(field, texts)| (field.clone(), strings(texts)))
            .filter(|(_, texts)| !texts.is_empty());
        // One by one: to collect would bring along the code that sorts any number of them.
        let mut by_field = BTreeMap::new();
        by_field.extend(errors);
        Self::Status { status, message, errors: by_field }
    }
}

fn strings(texts: &Value) -> Vec<String> {
    let texts = texts.as_array().map_or(std::slice::from_ref(texts), Vec::as_slice);
    texts.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn explained(message: Option<&String>) -> String {
    message.map_or_else(String::new, |message| format!(": {message}"))
}

fn bracketed(code: Option<&String>) -> String {
    code.map_or_else(String::new, |code| format!(" ({code})"))
}
