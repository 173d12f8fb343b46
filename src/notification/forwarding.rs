//! Forwarding to the merchant's endpoint, signed by the Standard Webhooks scheme.

use std::time::{Duration, SystemTime};

use alikassa::web::{Fetch, WebClock};
use alikassa::{Clock, HttpsUrl, TransportError, WebhookSigner, parse_retry_after, timeout};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest, Sha256};
use thiserror::Error;

/// How long the endpoint may take, as Standard Webhooks recommends.
const FORWARD_TIMEOUT: Duration = Duration::from_secs(15);

/// The merchant's endpoint. Path and query of its URL may hold a secret, and are never shown.
pub(crate) struct Forwarding {
    url: HttpsUrl,
    signer: WebhookSigner,
}

impl Forwarding {
    pub(crate) fn new(url: HttpsUrl, signer: WebhookSigner) -> Self {
        Self { url, signer }
    }

    /// The endpoint's host and, if one is given, port.
    pub(crate) fn host(&self) -> &str {
        self.url.host()
    }

    /// A text that differs for another endpoint, and does not show this one.
    pub(crate) fn fingerprint(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(self.url.as_str()))
    }

    /// Posts an event once, and returns the status if it is 200 to 299. It may take 15 seconds, or `limit` if that is less; if that is
    /// zero, nothing is sent. `id` is the idempotency key.
    pub(crate) async fn deliver(&self, id: &str, body: &str, limit: Duration) -> Result<u16, ForwardError> {
        let limit = FORWARD_TIMEOUT.min(limit);
        if limit.is_zero() {
            return Err(ForwardError::NoTime);
        }
        let now = WebClock.now();
        let timestamp = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", concat!("alikassa-edge/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("webhook-signature", self.signer.sign(id, timestamp, body)),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-id", id.to_owned()),
        ];
        let fetch = Fetch::global();
        let receipt = timeout(WebClock.sleep(limit), fetch.deliver(self.url.as_str(), &headers, body)).await;
        match receipt {
            Some(Ok(receipt)) if (200..300).contains(&receipt.status) => Ok(receipt.status),
            Some(Ok(receipt)) => {
                let retry_after = receipt.retry_after.and_then(|value| parse_retry_after(&value, now));
                Err(ForwardError::Status { status: receipt.status, retry_after })
            }
            Some(Err(TransportError { .. })) => Err(ForwardError::Unreachable),
            None => Err(ForwardError::Timeout { limit }),
        }
    }
}

/// Why the merchant's endpoint did not accept a notification. It may have it nevertheless.
#[derive(Debug, Error)]
pub(crate) enum ForwardError {
    #[error("FORWARD_URL answered with HTTP status {status}. It must answer with 200 to 299.")]
    Status { status: u16, retry_after: Option<Duration> },
    #[error("FORWARD_URL could not be reached, or the connection broke.")]
    Unreachable,
    #[error("FORWARD_URL did not answer within {} ms.", .limit.as_millis())]
    Timeout { limit: Duration },
    #[error("FORWARD_URL was not called: reading the payout took all of ALIKASSA_TIMEOUT_MS.")]
    NoTime,
}

impl ForwardError {
    /// The HTTP status of the answer.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Status { status, .. } => Some(*status),
            Self::Unreachable | Self::Timeout { .. } | Self::NoTime => None,
        }
    }

    /// How long the endpoint asks to wait.
    pub(crate) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Unreachable | Self::Timeout { .. } | Self::NoTime => None,
        }
    }
}
