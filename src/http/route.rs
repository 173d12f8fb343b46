//! The Worker's routes and their paths.

/// A route of the Worker. The page and the OpenAPI document are static assets, which Cloudflare serves without the Worker.
#[derive(Clone, Copy)]
pub(crate) enum Route {
    Status,
    Batch,
    Follow,
    History,
    Payouts,
    Events,
    RedeliverRange,
    Redeliver,
    Webhook,
    Health,
}

/// What comes before and after the number of an event.
const REDELIVER: (&str, &str) = ("/v1/events/", "/redeliver");

impl Route {
    const ALL: [Self; 10] = [
        Self::Status,
        Self::Batch,
        Self::Follow,
        Self::History,
        Self::Payouts,
        Self::Events,
        Self::RedeliverRange,
        Self::Redeliver,
        Self::Webhook,
        Self::Health,
    ];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Status => "/v1/payout/status",
            Self::Batch => "/v1/payout/status/batch",
            Self::Follow => "/v1/payout/follow",
            Self::History => "/v1/payout/history",
            Self::Payouts => "/v1/payouts",
            Self::Events => "/v1/events",
            Self::RedeliverRange => "/v1/events/redeliver",
            Self::Redeliver => "/v1/events/{seq}/redeliver",
            Self::Webhook => "/webhooks/alikassa",
            Self::Health => "/healthz",
        }
    }

    pub(crate) fn from_path(path: &str) -> Option<Self> {
        let route = Self::ALL.into_iter().find(|route| route.path() == path);
        route.or_else(|| event_number(path).map(|_| Self::Redeliver))
    }

    /// The methods for the header `Allow`.
    pub(crate) fn allow(self) -> &'static str {
        match self {
            Self::Status | Self::Webhook => "GET, HEAD, POST",
            Self::Batch | Self::Follow | Self::RedeliverRange | Self::Redeliver => "POST",
            Self::History | Self::Payouts | Self::Events | Self::Health => "GET, HEAD",
        }
    }

    /// All paths, for a sentence.
    pub(crate) fn paths() -> String {
        Self::ALL.map(Self::path).join(", ")
    }
}

/// The number of the event in the path of [`Route::Redeliver`].
pub(crate) fn event_number(path: &str) -> Option<i64> {
    let (before, after) = REDELIVER;
    let number = path.strip_prefix(before)?.strip_suffix(after)?;
    // JavaScript holds numbers of up to 15 digits exactly.
    let is_number = (1..=15).contains(&number.len()) && number.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { number.parse().ok() } else { None }
}
