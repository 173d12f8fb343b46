//! Counts and ages, for an alert.

use serde::Serialize;

use crate::database::{Columns, Database};
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::timestamp::Timestamp;

/// How many there are, and since when the oldest is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Count {
    /// How many.
    pub count: i64,
    /// The oldest one's time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub oldest: Option<Timestamp>,
}

/// The state of the ledger as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Health {
    /// Payouts that are not final and not overdue.
    pub open: Count,
    /// Payouts whose deadline has passed.
    pub overdue: Count,
    /// Events that are still to be delivered.
    pub pending: Count,
    /// Events that the ledger has given up, and of which the merchant has not been told.
    pub undelivered: Count,
    /// Until when AliKassa is asked for one payout at a time or for none, since it has failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub breaker_open_until: Option<Timestamp>,
    /// Since when deliveries are paused, because the endpoint answered 410.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub paused_since: Option<Timestamp>,
    /// When the ledger has something to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_wake: Option<Timestamp>,
}

impl<D: Database> Ledger<D> {
    /// Counts and ages.
    ///
    /// # Errors
    /// If the database fails.
    pub fn health(&self, now: Timestamp) -> Result<Health, LedgerError<D::Error>> {
        let breaker = self.reading_breaker()?;
        let is_held = breaker.is_open() || breaker.admits(now, 1) == 0;
        Ok(Health {
            open: self.count("payouts", "created_at", "final_at IS NULL AND overdue_at IS NULL")?,
            overdue: self.count("payouts", "overdue_at", "final_at IS NULL AND overdue_at IS NOT NULL")?,
            pending: self.count("events", "created_at", "next_attempt_at IS NOT NULL")?,
            undelivered: self.count("events", "created_at", "gave_up_at IS NOT NULL")?,
            breaker_open_until: breaker.until.filter(|_| is_held),
            paused_since: self.paused_since()?,
            next_wake: self.next_wake(now)?,
        })
    }

    fn count(&self, table: &str, time: &str, condition: &str) -> Result<Count, LedgerError<D::Error>> {
        let row = self.one(&format!("SELECT COUNT(*), MIN({time}) FROM {table} WHERE {condition}"), &[])?;
        let mut columns = Columns::new(row.ok_or(LedgerError::Corrupt("count"))?);
        Ok(Count { count: columns.integer("count")?, oldest: columns.maybe_time("oldest")? })
    }
}
