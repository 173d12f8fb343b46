//! Pages of payouts and of events.

use serde::Serialize;

use crate::database::Database;
use crate::error::LedgerError;
use crate::event::{COLUMNS, Event};
use crate::ledger::Ledger;
use crate::record::PayoutRecord;
use crate::state::PayoutState;

/// A page of payouts, newest first.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct PayoutPage {
    /// The payouts.
    pub payouts: Vec<PayoutRecord>,
    /// The cursor of the next page. `None` after the last one.
    pub next: Option<i64>,
}

/// A page of events, in order.
#[derive(Clone, Debug, Serialize)]
#[non_exhaustive]
pub struct EventPage {
    /// The events.
    pub events: Vec<Event>,
    /// The cursor of the next page, which may have no events yet.
    pub next: i64,
}

impl<D: Database> Ledger<D> {
    /// The payouts in a state, or all, newest first: those before the cursor `after`, at most `limit`.
    ///
    /// # Errors
    /// If the database fails.
    pub fn payouts(
        &self,
        state: Option<PayoutState>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<PayoutPage, LedgerError<D::Error>> {
        let condition = state.map_or("TRUE", PayoutState::condition);
        let clause = format!("WHERE {condition} AND key < ? ORDER BY key DESC LIMIT ?");
        let mut payouts =
            self.select(&clause, &[after.unwrap_or(i64::MAX >> 10).into(), (i64::from(limit) + 1).into()])?;
        let has_more = payouts.len() > limit as usize;
        payouts.truncate(limit as usize);
        let next = payouts.last().filter(|_| has_more).map(|record| record.key);
        Ok(PayoutPage { payouts, next })
    }

    /// The number of the newest event; 0 if there is none.
    ///
    /// # Errors
    /// If the database fails.
    pub fn latest_event(&self) -> Result<i64, LedgerError<D::Error>> {
        self.integer("SELECT COALESCE(MAX(seq), 0) FROM events", &[], "seq")
    }

    /// The events after a number, in order, at most `limit`. The same numbers give the same events.
    ///
    /// # Errors
    /// If the database fails.
    pub fn events(&self, after: i64, limit: u32) -> Result<EventPage, LedgerError<D::Error>> {
        let sql = format!("SELECT {COLUMNS} FROM events WHERE seq > ? ORDER BY seq LIMIT ?");
        let rows = self.rows(&sql, &[after.into(), i64::from(limit).into()])?;
        let events = rows.into_iter().map(Event::from_row).collect::<Result<Vec<_>, _>>()?;
        let next = events.last().map_or(after, |event| event.seq);
        Ok(EventPage { events, next })
    }
}
