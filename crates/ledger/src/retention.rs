//! Retention: what has ended is deleted after a time.

use std::time::Duration;

use alikassa::PayoutQuery;

use crate::database::{Columns, Database};
use crate::error::LedgerError;
use crate::ledger::{Ledger, fact};
use crate::timestamp::Timestamp;

/// How often old payouts are deleted.
const INTERVAL: Duration = Duration::from_secs(60 * 60);

/// How many are deleted at once.
const BATCH: i64 = 500;

impl<D: Database> Ledger<D> {
    /// Deletes payouts that ended long ago, with their events and history, once an hour. Those whose events are still to be delivered stay.
    ///
    /// # Errors
    /// If the database fails.
    pub fn prune(&self, now: Timestamp) -> Result<(), LedgerError<D::Error>> {
        if self.next_prune(now)? > now {
            return Ok(());
        }
        let rows = self.rows(
            "SELECT key FROM (
                SELECT key FROM payouts WHERE final_at < ?1 AND followed_since IS NULL
                UNION ALL SELECT key FROM payouts WHERE final_at IS NULL AND followed_since IS NULL AND recorded_at < ?1
            ) WHERE NOT EXISTS (SELECT 1 FROM events WHERE payout = key AND next_attempt_at IS NOT NULL) LIMIT ?2",
            &[(now - self.policy.keep_for).into(), BATCH.into()],
        )?;
        let is_all = rows.len() < BATCH as usize;
        for row in rows {
            let key = Columns::new(row).integer("key")?;
            self.database.transaction(|| self.delete(key))?;
        }
        if is_all { self.set_fact(fact::PRUNED_AT, now) } else { Ok(()) }
    }

    /// Deletes a payout with its events and history, whatever its state. Returns whether it was known.
    ///
    /// # Errors
    /// If the database fails.
    pub fn forget(&self, query: &PayoutQuery) -> Result<bool, LedgerError<D::Error>> {
        self.database.transaction(|| {
            let Some(record) = self.find(query)? else {
                return Ok(false);
            };
            self.delete(record.key)?;
            Ok(true)
        })
    }

    /// When old payouts are deleted next.
    pub(crate) fn next_prune(&self, now: Timestamp) -> Result<Timestamp, LedgerError<D::Error>> {
        let last = self.integer_fact(fact::PRUNED_AT)?.map(Timestamp::from_millis);
        Ok(last.map_or(now, |last| last + INTERVAL))
    }

    fn delete(&self, key: i64) -> Result<(), LedgerError<D::Error>> {
        for sql in [
            "DELETE FROM events WHERE payout = ?",
            "DELETE FROM history WHERE payout = ?",
            "DELETE FROM payouts WHERE key = ?",
        ] {
            self.rows(sql, &[key.into()])?;
        }
        Ok(())
    }
}
