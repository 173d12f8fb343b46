//! What a notification is about.

use std::fmt;

/// What a notification is about, AliKassa's `type`.
///
/// ```
/// use alikassa::NotificationKind;
///
/// assert_eq!(NotificationKind::from("payout"), NotificationKind::Payout);
/// assert_eq!(NotificationKind::from("refund").as_str(), "refund");
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum NotificationKind {
    /// `payout`: from the merchant to a recipient.
    Payout,
    /// `payment`: from a customer to the merchant.
    Payment,
    /// Not documented.
    Other(String),
}

impl NotificationKind {
    /// The kind as AliKassa writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Payout => "payout",
            Self::Payment => "payment",
            Self::Other(kind) => kind,
        }
    }
}

impl From<&str> for NotificationKind {
    fn from(kind: &str) -> Self {
        match kind {
            "payout" => Self::Payout,
            "payment" => Self::Payment,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for NotificationKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
