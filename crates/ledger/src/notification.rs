//! Notifications: they have a payout read, and set no status.

use alikassa::PayoutQuery;

use crate::database::Database;
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::record::PayoutRecord;
use crate::timestamp::Timestamp;

impl<D: Database> Ledger<D> {
    /// Writes a verified notification down and has its payout read at once. `json` is the serialized `alikassa::Notification`. Returns
    /// what is known of the payout.
    ///
    /// # Errors
    /// If the database fails: the notification is not written down then.
    pub fn notify(
        &self,
        query: &PayoutQuery,
        json: &str,
        now: Timestamp,
    ) -> Result<PayoutRecord, LedgerError<D::Error>> {
        self.database.transaction(|| {
            let mut record = self.find_or_insert(query, now)?;
            record.notification = Some(json.to_owned());
            self.start_following(&mut record, now + self.policy.follow_for, now);
            self.save(&record)?;
            self.add_history(record.key, "notification", json, now)?;
            Ok(record)
        })
    }
}
