//! Following: reading a payout until it is final.

use std::time::Duration;

use alikassa::PayoutQuery;
use thiserror::Error;

use crate::backoff::Backoff;
use crate::database::Database;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::record::PayoutRecord;
use crate::timestamp::Timestamp;

/// The pauses between the readings of a payout.
const PAUSES: Backoff = Backoff { shortest: Duration::from_secs(10), longest: Duration::from_secs(60 * 60) };

/// The pause between the readings of a payout that is overdue.
const OVERDUE_PAUSE: Duration = Duration::from_secs(24 * 60 * 60);

/// How long a payout is read after it became overdue.
const OVERDUE_FOR: Duration = Duration::from_secs(30 * 24 * 60 * 60);

/// The longest time until a deadline that may be asked for.
const MAX_FOLLOW: Duration = Duration::from_secs(90 * 24 * 60 * 60);

/// Why a payout can't be followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum FollowError {
    /// The deadline is not in the future.
    #[error("until must be in the future")]
    Past,
    /// The deadline is more than 90 days away.
    #[error("until must be at most 90 days from now")]
    TooFar,
}

impl<D: Database> Ledger<D> {
    /// Follows a payout until it is final or `until`, 72 hours from now unless the policy says otherwise, and has it read at once.
    ///
    /// AliKassa need not know the payout yet: a reading that fails is repeated. For a payout that is followed already, the later deadline
    /// counts.
    ///
    /// # Errors
    /// If the database fails. The inner error says that the deadline is not acceptable.
    #[allow(clippy::type_complexity)]
    pub fn follow(
        &self,
        query: &PayoutQuery,
        until: Option<Timestamp>,
        now: Timestamp,
    ) -> Result<Result<PayoutRecord, FollowError>, LedgerError<D::Error>> {
        let until = until.unwrap_or(now + self.policy.follow_for);
        if until <= now {
            return Ok(Err(FollowError::Past));
        }
        if until > now + MAX_FOLLOW {
            return Ok(Err(FollowError::TooFar));
        }
        self.database.transaction(|| {
            let mut record = self.find_or_insert(query, now)?;
            self.start_following(&mut record, until, now);
            self.save(&record)?;
            self.add_history(record.key, "followed", &format!("{{\"until\":\"{until}\"}}"), now)?;
            Ok(Ok(record))
        })
    }

    /// Follows the payout until its deadline, from now on.
    pub(crate) fn start_following(&self, record: &mut PayoutRecord, until: Timestamp, now: Timestamp) {
        record.followed_since = record.followed_since.or(Some(now));
        // The deadline of an overdue payout is the end of its daily readings.
        if record.overdue_at.is_none() || record.follow_until.is_none() {
            record.follow_until = record.follow_until.max(Some(until));
        }
        record.next_read_at = Some(now);
        record.attempt = 0;
        record.demanded_by = Some(self.tickets.get().0);
    }

    /// Sets the next reading of a payout that is not final, after one.
    pub(crate) fn schedule(&self, record: &mut PayoutRecord, now: Timestamp) {
        record.attempt = record.attempt.saturating_add(1);
        let pause =
            if record.overdue_at.is_some() { OVERDUE_PAUSE } else { PAUSES.pause(record.attempt, self.random()) };
        record.next_read_at = record.followed_since.map(|_| now + pause);
    }

    /// Writes `payout.overdue` for payouts whose deadline has passed, and ends following where it is over. At most `limit`.
    pub(crate) fn pass_deadlines(&self, limit: u32, now: Timestamp) -> Result<(), LedgerError<D::Error>> {
        let clause = "WHERE follow_until <= ? ORDER BY follow_until LIMIT ?";
        for mut record in self.select(clause, &[now.into(), i64::from(limit).into()])? {
            self.database.transaction(|| {
                if record.is_final() || record.overdue_at.is_some() {
                    record.stop();
                } else {
                    record.overdue_at = Some(now);
                    record.follow_until = Some(now + OVERDUE_FOR);
                    record.next_read_at = record.next_read_at.max(Some(now + OVERDUE_PAUSE));
                    self.add_overdue(&record, now)?;
                }
                self.save(&record)
            })?;
        }
        Ok(())
    }
}
