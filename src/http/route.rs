//! The Worker's routes and their paths.

/// A route of the Worker. The page and the OpenAPI document are static assets, which Cloudflare serves without the Worker.
#[derive(Clone, Copy)]
pub(crate) enum Route {
    Status,
    Batch,
    Webhook,
    Health,
}

impl Route {
    const ALL: [Self; 4] = [Self::Status, Self::Batch, Self::Webhook, Self::Health];

    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Status => "/v1/payout/status",
            Self::Batch => "/v1/payout/status/batch",
            Self::Webhook => "/webhooks/alikassa",
            Self::Health => "/healthz",
        }
    }

    pub(crate) fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.path() == path)
    }

    /// The methods for the header `Allow`.
    pub(crate) fn allow(self) -> &'static str {
        match self {
            Self::Status | Self::Webhook => "GET, HEAD, POST",
            Self::Batch => "POST",
            Self::Health => "GET, HEAD",
        }
    }

    /// All paths, for a sentence.
    pub(crate) fn paths() -> String {
        Self::ALL.map(Self::path).join(", ")
    }
}
