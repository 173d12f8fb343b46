//! The Worker's routes, by their paths.

/// A route that there is.
#[derive(Clone, Copy)]
pub(super) enum Route {
    Status,
    Batch,
    Health,
}

impl Route {
    pub(super) const ALL: [Self; 3] = [Self::Status, Self::Batch, Self::Health];

    pub(super) fn path(self) -> &'static str {
        match self {
            Self::Status => "/v1/payout/status",
            Self::Batch => "/v1/payout/status/batch",
            Self::Health => "/healthz",
        }
    }

    pub(super) fn from_path(path: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|route| route.path() == path)
    }
}
