//! Deliveries: every event is sent to the merchant until the merchant has it.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::breaker::MAX_RETRY_AFTER;
use crate::database::{Columns, Database};
use crate::error::LedgerError;
use crate::ledger::{Ledger, fact};
use crate::timestamp::Timestamp;

/// The pauses between the attempts to deliver an event.
const PAUSES: Backoff = Backoff { shortest: Duration::from_secs(5), longest: Duration::from_secs(60 * 60) };

/// How long after the first attempt the ledger gives up.
const DELIVERY_TIME: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How many attempts it makes at least, in case that it did not run all that time.
const MIN_ATTEMPTS: i64 = 20;

/// How long an event waits for a reading of its payout that is due.
const READING_TIME: Duration = Duration::from_secs(5 * 60);

/// An event to send.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Delivery {
    /// The number of the event.
    pub seq: i64,
    /// Its idempotency key, the `webhook-id` of Standard Webhooks. No other ledger has it.
    pub id: String,
    /// The body, in JSON.
    pub body: String,
}

/// What came of an attempt to deliver an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeliveryOutcome {
    /// The endpoint accepted it, with this HTTP status.
    Delivered(u16),
    /// The endpoint did not accept it, or did not answer.
    Failed {
        /// The HTTP status, if there was one. 410 pauses all deliveries.
        status: Option<u16>,
        /// How long the endpoint asks to wait.
        retry_after: Option<Duration>,
    },
}

impl<D: Database> Ledger<D> {
    /// The events to send now, those that wait longest first. At most `limit`; one if the endpoint has failed lately, none if deliveries
    /// are paused.
    ///
    /// An event waits up to five minutes if its payout is to be read now, so that a newer status is known before it is sent.
    ///
    /// # Errors
    /// If the database fails.
    pub fn due_deliveries(&self, limit: u32, now: Timestamp) -> Result<Vec<Delivery>, LedgerError<D::Error>> {
        let is_paused = !self.policy.delivers || self.paused_since()?.is_some();
        let limit = if is_paused { 0 } else { self.delivery_breaker()?.admits(now, limit) };
        if limit == 0 {
            return Ok(Vec::new());
        }
        let rows = self.rows(
            "SELECT events.seq, events.body FROM events JOIN payouts ON payouts.key = events.payout
                WHERE next_attempt_at <= ?1 AND (next_read_at IS NULL OR next_read_at > ?1 OR next_attempt_at <= ?2)
                ORDER BY next_attempt_at, seq LIMIT ?3",
            &[now.into(), (now - READING_TIME).into(), i64::from(limit).into()],
        )?;
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let ledger = self.ledger_id()?;
        rows.into_iter()
            .map(|row| {
                let mut columns = Columns::new(row);
                let seq = columns.integer("seq")?;
                Ok(Delivery { seq, id: format!("evt_{ledger}_{seq}"), body: columns.text("body")? })
            })
            .collect()
    }

    /// Records what came of an attempt.
    ///
    /// # Errors
    /// If the database fails: the event is sent again then.
    pub fn record_delivery(
        &self,
        seq: i64,
        outcome: DeliveryOutcome,
        now: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        self.database.transaction(|| {
            let sql = "SELECT attempts, deliver_since FROM events WHERE seq = ?";
            let Some(row) = self.one(sql, &[seq.into()])? else {
                return Ok(());
            };
            let mut columns = Columns::new(row);
            let attempts = columns.integer("attempts")? + 1;
            let since = columns.maybe_time("deliver_since")?.unwrap_or(now);
            let mut breaker = self.delivery_breaker()?;
            let (status, next, delivered, gave_up) = match outcome {
                DeliveryOutcome::Delivered(status) => {
                    breaker.succeed();
                    (Some(status), None, Some(now), None)
                }
                DeliveryOutcome::Failed { status, retry_after } => {
                    breaker.fail(now, retry_after, self.random());
                    let pause = PAUSES.pause(u32::try_from(attempts).unwrap_or(u32::MAX), self.random());
                    let pause = pause.max(retry_after.unwrap_or_default().min(MAX_RETRY_AFTER));
                    if status == Some(410) {
                        self.set_fact(fact::PAUSED_SINCE, now)?;
                        // Paused, so that the time of the pause does not count as attempts.
                        (status, Some(now + pause), None, None)
                    } else if attempts >= MIN_ATTEMPTS && now + pause > since + DELIVERY_TIME {
                        (status, None, None, Some(now))
                    } else {
                        (status, Some(now + pause), None, None)
                    }
                }
            };
            self.set_delivery_breaker(breaker)?;
            self.rows(
                "UPDATE events SET attempts = ?, last_status = ?, next_attempt_at = ?, gave_up_at = ?,
                    deliver_since = ?, delivered_at = COALESCE(?, delivered_at) WHERE seq = ?",
                &[
                    attempts.into(),
                    status.map(i64::from).into(),
                    next.into(),
                    gave_up.into(),
                    since.into(),
                    delivered.into(),
                    seq.into(),
                ],
            )
            .map(drop)
        })
    }

    /// Sends an event again, or all events after a number, and has their payouts read first. This ends a pause. Returns how many events
    /// there are.
    ///
    /// # Errors
    /// If the database fails.
    pub fn redeliver(&self, seqs: Redeliver, now: Timestamp) -> Result<i64, LedgerError<D::Error>> {
        let (clause, seq) = match seqs {
            Redeliver::One(seq) => ("seq = ?", seq),
            Redeliver::After(seq) => ("seq > ?", seq),
        };
        self.database.transaction(|| {
            let sql = format!("SELECT COUNT(*) FROM events WHERE {clause}");
            let count = self.integer(&sql, &[seq.into()], "count")?;
            let sql = format!(
                "UPDATE events SET attempts = 0, deliver_since = NULL, next_attempt_at = ?, gave_up_at = NULL WHERE {clause}"
            );
            self.rows(&sql, &[now.into(), seq.into()])?;
            let sql = format!(
                "UPDATE payouts SET next_read_at = ?, demanded_by = ?, attempt = 0, followed_since = COALESCE(followed_since, ?),
                    follow_until = COALESCE(follow_until, ?)
                    WHERE key IN (SELECT payout FROM events WHERE {clause})"
            );
            let until = now + self.policy.follow_for;
            let ticket = self.tickets.get().0;
            self.rows(&sql, &[now.into(), ticket.into(), now.into(), until.into(), seq.into()])?;
            self.resume()?;
            Ok(count)
        })
    }

    /// Ends a pause if the endpoint is another one than that which asked for it. `endpoint` is any text that differs for another one.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set_endpoint(&self, endpoint: &str) -> Result<(), LedgerError<D::Error>> {
        if self.text_fact(fact::ENDPOINT)?.as_deref() != Some(endpoint) {
            self.set_fact(fact::ENDPOINT, endpoint)?;
            self.resume()?;
        }
        Ok(())
    }

    /// Since when deliveries are paused.
    pub(crate) fn paused_since(&self) -> Result<Option<Timestamp>, LedgerError<D::Error>> {
        Ok(self.integer_fact(fact::PAUSED_SINCE)?.map(Timestamp::from_millis))
    }

    fn resume(&self) -> Result<(), LedgerError<D::Error>> {
        if self.paused_since()?.is_some() {
            self.set_fact(fact::PAUSED_SINCE, None::<i64>)?;
        }
        self.set_delivery_breaker(crate::breaker::Breaker::default())
    }
}

/// Which events to send again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Redeliver {
    /// The event of this number.
    One(i64),
    /// All events after this number.
    After(i64),
}
