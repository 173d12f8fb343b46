//! The status of a payout.

use std::fmt;

/// The status of a payout, AliKassa's `payment_status`.
///
/// ```
/// use alikassa::PaymentStatus;
///
/// assert!(PaymentStatus::from("paid").is_final());
/// assert!(!PaymentStatus::from("wait").is_final());
/// // A status that AliKassa does not document is passed on. It is neither final nor a failure.
/// let new = PaymentStatus::from("on_hold");
/// assert_eq!(new.as_str(), "on_hold");
/// assert!(!new.is_final());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PaymentStatus {
    /// `wait`: in the process of payment.
    Wait,
    /// `paid`: successfully paid. Final.
    Paid,
    /// `cancel`: canceled. Final.
    Cancel,
    /// `fail`: error. Final.
    Fail,
    /// Not documented: neither final nor a failure.
    Other(String),
}

impl PaymentStatus {
    /// The status as AliKassa writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Wait => "wait",
            Self::Paid => "paid",
            Self::Cancel => "cancel",
            Self::Fail => "fail",
            Self::Other(status) => status,
        }
    }

    /// Whether AliKassa will not change the status any more: only for `paid`, `cancel` and `fail`.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Paid | Self::Cancel | Self::Fail)
    }
}

impl From<&str> for PaymentStatus {
    fn from(status: &str) -> Self {
        match status {
            "wait" => Self::Wait,
            "paid" => Self::Paid,
            "cancel" => Self::Cancel,
            "fail" => Self::Fail,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
