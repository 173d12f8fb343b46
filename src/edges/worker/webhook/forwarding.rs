//! Telling the merchant: a request to an endpoint of theirs, signed by the Standard Webhooks scheme.

use std::str::FromStr;
use std::time::{Duration, SystemTime};

use thiserror::Error;

use super::confirmed::Confirmed;
use crate::edges::fetch::Fetch;
use crate::edges::timer;
use crate::edges::worker::problem::Problem;
use crate::gateway::retry::parse_retry_after;
use crate::gateway::transport::{Transport, Unreachable, within};
use crate::gateway::url::{self, UnsafeUrl};
use crate::ground::standard_webhook::WebhookSigner;

/// How long the merchant's endpoint may take, as Standard Webhooks recommends.
const PATIENCE: Duration = Duration::from_secs(15);

/// Where the merchant is told, and how that is signed.
pub(in crate::edges::worker) struct Forwarding {
    pub(super) endpoint: Endpoint,
    pub(super) signer: WebhookSigner,
}

/// The URL of the merchant's endpoint. Its path and its query may hold a secret, so that neither is ever said.
pub(super) struct Endpoint {
    url: String,
    host: String,
}

impl FromStr for Endpoint {
    type Err = UnsafeUrl;

    fn from_str(url: &str) -> Result<Self, UnsafeUrl> {
        let checked = url::check(url)?;
        Ok(Self { url: url.to_owned(), host: checked.host })
    }
}

impl Forwarding {
    /// The endpoint's host and, where one is given, port.
    pub(in crate::edges::worker) fn host(&self) -> &str {
        &self.endpoint.host
    }

    /// Posts what was confirmed, once: the status of an answer that means that the merchant has it. There are 15 seconds for that, or
    /// `limit`, if that is less; without any time nothing is sent.
    pub(super) async fn deliver(
        &self,
        confirmed: &Confirmed<'_>,
        limit: Duration,
    ) -> Result<Result<u16, NotDelivered>, Problem> {
        let limit = PATIENCE.min(limit);
        if limit.is_zero() {
            return Ok(Err(NotDelivered::NoTime));
        }
        let fetch = Fetch::global();
        let body = confirmed.event().map_err(|_| Problem::internal())?;
        let id = confirmed.id();
        let now = fetch.now();
        let timestamp = now.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs();
        let headers = [
            ("Content-Type", "application/json".to_owned()),
            ("User-Agent", concat!("alikassa-edge/", env!("CARGO_PKG_VERSION")).to_owned()),
            ("webhook-signature", self.signer.sign(&id, timestamp, &body)),
            ("webhook-timestamp", timestamp.to_string()),
            ("webhook-id", id),
        ];
        let receipt = within(timer::wait(limit), fetch.deliver(&self.endpoint.url, &headers, &body)).await;
        Ok(match receipt {
            Some(Ok(receipt)) if (200..300).contains(&receipt.status) => Ok(receipt.status),
            Some(Ok(receipt)) => {
                let retry_after = receipt.retry_after.and_then(|value| parse_retry_after(&value, now));
                Err(NotDelivered::Refused { status: receipt.status, retry_after })
            }
            Some(Err(Unreachable { .. })) => Err(NotDelivered::Unreachable),
            None => Err(NotDelivered::Timeout { limit }),
        })
    }
}

/// Why the merchant has not been told, as far as anybody knows. `FORWARD_URL` itself is never said.
#[derive(Debug, Error)]
pub(super) enum NotDelivered {
    #[error("FORWARD_URL answered with HTTP status {status}, and only 200 to 299 mean that it has what was sent")]
    Refused { status: u16, retry_after: Option<Duration> },
    #[error("FORWARD_URL could not be reached, or the connection broke")]
    Unreachable,
    #[error("FORWARD_URL did not answer within {} ms", .limit.as_millis())]
    Timeout { limit: Duration },
    #[error("FORWARD_URL was not called: to read the payout took all of ALIKASSA_TIMEOUT_MS")]
    NoTime,
}

impl NotDelivered {
    /// The HTTP status that was answered.
    pub(super) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            Self::Unreachable | Self::Timeout { .. } | Self::NoTime => None,
        }
    }

    /// After how long the endpoint wants to be asked again.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Refused { retry_after, .. } => *retry_after,
            Self::Unreachable | Self::Timeout { .. } | Self::NoTime => None,
        }
    }
}
