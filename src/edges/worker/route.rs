//! The Worker's routes, by their paths.

use super::file::File;
use super::page;

/// A route that there is.
#[derive(Clone, Copy)]
pub(super) enum Route {
    Status,
    Batch,
    Health,
    Webhook,
    OpenApi,
    /// The page, or a file of it.
    Page(&'static File),
}

impl Route {
    /// All but the page.
    const API: [Self; 5] = [Self::Status, Self::Batch, Self::Webhook, Self::Health, Self::OpenApi];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Status => "/v1/payout/status",
            Self::Batch => "/v1/payout/status/batch",
            Self::Webhook => "/webhooks/alikassa",
            Self::Health => "/healthz",
            Self::OpenApi => "/openapi.json",
            Self::Page(file) => file.path(),
        }
    }

    pub(super) fn from_path(path: &str) -> Option<Self> {
        let route = Self::API.into_iter().find(|route| route.path() == path);
        route.or_else(|| page::find(path).map(Self::Page))
    }

    /// The paths of all routes, for a sentence; of the page only its own.
    pub(super) fn all() -> String {
        format!("{} and /", Self::API.map(Self::path).join(", "))
    }
}
