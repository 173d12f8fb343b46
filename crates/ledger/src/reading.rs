//! Readings: what AliKassa answered about a payout.

use std::time::Duration;

use alikassa::{Payout, PayoutQuery};

use crate::database::Database;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::record::{PayoutRecord, is_by_id};
use crate::ticket::Ticket;
use crate::timestamp::Timestamp;

/// A payout to ask AliKassa for.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Reading {
    /// What to ask.
    pub query: PayoutQuery,
    /// The ticket for the answer.
    pub ticket: Ticket,
    key: i64,
}

/// Why a reading failed. The payout's state is unknown then, as far as this reading goes.
#[derive(Clone, Copy, Debug)]
pub struct FailedReading {
    /// The code of the error.
    pub code: &'static str,
    /// How long AliKassa asks to wait.
    pub retry_after: Option<Duration>,
    /// Whether AliKassa did answer about this payout, if not with its status, so that other payouts may be read: it does not know the
    /// payout, for example.
    pub is_about_payout: bool,
}

impl<D: Database> Ledger<D> {
    /// The payouts to read now, those that wait longest first. At most `limit`, and none or one if AliKassa has failed lately.
    ///
    /// Deadlines that have passed are noted first.
    ///
    /// # Errors
    /// If the database fails.
    pub fn due_readings(&self, limit: u32, now: Timestamp) -> Result<Vec<Reading>, LedgerError<D::Error>> {
        self.pass_deadlines(limit, now)?;
        let limit = self.reading_breaker()?.admits(now, limit);
        if limit == 0 {
            return Ok(Vec::new());
        }
        let clause = "WHERE next_read_at <= ? ORDER BY next_read_at LIMIT ?";
        let due = self.select(clause, &[now.into(), i64::from(limit).into()])?;
        let due = due.into_iter().filter_map(|record| Some((record.query()?, record.key)));
        due.map(|(query, key)| Ok(Reading { query, ticket: self.ticket(now)?, key })).collect()
    }

    /// Records what AliKassa answered to a question, and returns what is known of the payout now.
    ///
    /// An answer that was asked for before the last one is ignored. If the status has changed, the event is written with it. A payout
    /// that is not final is followed from now on if events are delivered.
    ///
    /// # Errors
    /// If the database fails: nothing is recorded then.
    pub fn record(
        &self,
        query: &PayoutQuery,
        ticket: Ticket,
        payout: &Payout,
        now: Timestamp,
    ) -> Result<PayoutRecord, LedgerError<D::Error>> {
        let answer = serde_json::to_string(payout).map_err(|_| LedgerError::Corrupt("answer"))?;
        self.database.transaction(|| {
            let mut record = self.named(query, payout, ticket, now)?;
            record.readings += 1;
            record.recorded_at = now;
            record.failure = None;
            let mut breaker = self.reading_breaker()?;
            breaker.succeed();
            self.set_reading_breaker(breaker)?;
            if record.ticket.is_none_or(|last| ticket.number >= last) {
                self.apply(&mut record, ticket, payout, answer, now)?;
            }
            self.after_reading(&mut record, ticket, now);
            self.save(&record)?;
            Ok(record)
        })
    }

    /// Takes over an answer that is newer than the last one.
    fn apply(
        &self,
        record: &mut PayoutRecord,
        ticket: Ticket,
        payout: &Payout,
        answer: String,
        now: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        let status = payout.payment_status().as_str();
        if record.status.as_deref() != Some(status) {
            self.add_changed(record, payout, now)?;
            record.status = Some(status.to_owned());
            record.attempt = 0;
        }
        if record.answer.as_ref() != Some(&answer) {
            self.add_history(record.key, "reading", &answer, ticket.asked_at)?;
        }
        record.answer = Some(answer);
        record.ticket = Some(ticket.number);
        record.asked_at = Some(ticket.asked_at);
        record.final_at = payout.is_final().then(|| record.final_at.unwrap_or(now));
        if payout.is_final() {
            record.overdue_at = None;
        } else if record.followed_since.is_none() && self.policy.delivers && record.overdue_at.is_none() {
            self.start_following(record, now + self.policy.follow_for, now);
            record.demanded_by = None;
        }
        if record.is_satisfied_by(ticket) {
            record.notification = None;
            if payout.is_final() {
                record.stop();
            }
        }
        Ok(())
    }

    /// Records that AliKassa did not say what became of a payout. This changes no status.
    ///
    /// # Errors
    /// If the database fails.
    pub fn record_failure(
        &self,
        reading: &Reading,
        failure: FailedReading,
        now: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        self.database.transaction(|| {
            let mut breaker = self.reading_breaker()?;
            if failure.is_about_payout {
                breaker.succeed();
            } else {
                breaker.fail(now, failure.retry_after, self.random());
            }
            self.set_reading_breaker(breaker)?;
            let Some(mut record) = self.record_by_key(reading.key)? else {
                // It was merged with the payout that it is, or pruned.
                return Ok(());
            };
            record.readings += 1;
            record.failure = Some(failure.code.to_owned());
            self.after_reading(&mut record, reading.ticket, now);
            self.save(&record)
        })
    }

    /// Sets the next reading after one that was due, unless another one has been demanded since it was asked for.
    fn after_reading(&self, record: &mut PayoutRecord, ticket: Ticket, now: Timestamp) {
        if record.is_satisfied_by(ticket) {
            record.demanded_by = None;
            if record.is_due(now) {
                self.schedule(record, now);
            }
        }
    }

    /// The payout that an answer names, under all names that are known of it now.
    ///
    /// What was known of it by the order id alone is merged into it, if AliKassa was asked by that order id.
    fn named(
        &self,
        query: &PayoutQuery,
        payout: &Payout,
        ticket: Ticket,
        now: Timestamp,
    ) -> Result<PayoutRecord, LedgerError<D::Error>> {
        let id = payout.id().or_else(|| is_by_id(query).then(|| query.value()));
        let order_id = if is_by_id(query) { payout.order_id() } else { Some(query.value()) };
        let by_id = id.map(|id| self.record_by_id(id)).transpose()?.flatten();
        let by_order_id = match order_id {
            Some(order_id) if !is_by_id(query) => {
                self.record_by_order_id(order_id)?.filter(|record| record.id.is_none() || id.is_none())
            }
            _ => None,
        };
        let mut record = match (by_id, by_order_id) {
            (Some(record), Some(nameless)) => self.merge(record, nameless)?,
            (Some(record), None) | (None, Some(record)) => record,
            (None, None) => self.find_or_insert(
                &id.map_or_else(|| Ok(query.clone()), PayoutQuery::id).map_err(|_| LedgerError::Corrupt("id"))?,
                now,
            )?,
        };
        record.id = id.map(str::to_owned).or(record.id);
        record.order_id = order_id.map(str::to_owned).or(record.order_id);
        if !is_by_id(query) {
            record.named_by = record.named_by.max(Some(ticket.number));
        }
        Ok(record)
    }

    /// Moves all that is known of a payout by its order id alone to the payout that it turned out to be.
    fn merge(&self, mut record: PayoutRecord, nameless: PayoutRecord) -> Result<PayoutRecord, LedgerError<D::Error>> {
        for table in ["events", "history"] {
            let sql = format!("UPDATE {table} SET payout = ? WHERE payout = ?");
            self.rows(&sql, &[record.key.into(), nameless.key.into()])?;
        }
        self.rows("DELETE FROM payouts WHERE key = ?", &[nameless.key.into()])?;
        record.followed_since = record.followed_since.or(nameless.followed_since);
        record.follow_until = record.follow_until.max(nameless.follow_until);
        record.overdue_at = record.overdue_at.or(nameless.overdue_at);
        record.next_read_at = record.next_read_at.or(nameless.next_read_at);
        record.demanded_by = record.demanded_by.max(nameless.demanded_by);
        record.notification = record.notification.or(nameless.notification);
        record.readings += nameless.readings;
        Ok(record)
    }
}
