//! Where a payout stands: open, overdue or final.

/// Where a payout stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PayoutState {
    /// AliKassa has not said how it ended, or nothing at all.
    Open,
    /// The same, and its deadline has passed.
    Overdue,
    /// It is `paid`, `cancel` or `fail`.
    Final,
}

impl PayoutState {
    /// The name in queries and answers.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Overdue => "overdue",
            Self::Final => "final",
        }
    }

    /// The state of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        [Self::Open, Self::Overdue, Self::Final].into_iter().find(|state| state.as_str() == name)
    }

    /// The condition of SQL for payouts in this state.
    pub(crate) fn condition(self) -> &'static str {
        match self {
            Self::Open => "final_at IS NULL AND overdue_at IS NULL",
            Self::Overdue => "final_at IS NULL AND overdue_at IS NOT NULL",
            Self::Final => "final_at IS NOT NULL",
        }
    }
}
