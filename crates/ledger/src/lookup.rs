//! Look-ups: a final payout is answered without asking AliKassa.

use alikassa::PayoutQuery;

use crate::database::Database;
use crate::error::LedgerError;
use crate::ledger::{Ledger, fact};
use crate::record::is_by_id;
use crate::ticket::Ticket;
use crate::timestamp::Timestamp;

/// How many tickets are reserved with one write.
const RESERVED: i64 = 1_000;

/// What the ledger says before AliKassa is asked.
#[derive(Clone, Debug)]
pub enum Lookup {
    /// AliKassa's last word is final.
    Final {
        /// Its answer: the JSON of a payout.
        answer: String,
        /// When that was asked for.
        asked_at: Timestamp,
    },
    /// AliKassa has to be asked. The ticket goes with the answer into [`Ledger::record`].
    Ask(Ticket),
}

impl<D: Database> Ledger<D> {
    /// Looks up a payout. With `is_bypassed`, AliKassa has to be asked in any case.
    ///
    /// By order id, a payout is answered only once AliKassa has answered a question by this order id with it, and only if it is clear
    /// which payout that means: AliKassa may have two payouts with one order id. A payout that is to be read at once is not answered.
    ///
    /// # Errors
    /// If the database fails.
    pub fn look_up(
        &self,
        query: &PayoutQuery,
        is_bypassed: bool,
        now: Timestamp,
    ) -> Result<Lookup, LedgerError<D::Error>> {
        let record = if is_bypassed { None } else { self.find(query)? };
        let record = record.filter(|record| {
            record.is_final() && !record.is_due(now) && (is_by_id(query) || record.named_by.is_some())
        });
        match record.and_then(|record| record.answer.zip(record.asked_at)) {
            Some((answer, asked_at)) => Ok(Lookup::Final { answer, asked_at }),
            None => self.ticket(now).map(Lookup::Ask),
        }
    }

    /// Takes a ticket.
    pub(crate) fn ticket(&self, now: Timestamp) -> Result<Ticket, LedgerError<D::Error>> {
        let (number, reserved) = self.tickets.get();
        let reserved = if number == reserved { reserved + RESERVED } else { reserved };
        if reserved != self.tickets.get().1 {
            self.set_fact(fact::TICKETS, reserved)?;
        }
        self.tickets.set((number + 1, reserved));
        Ok(Ticket { number, asked_at: now })
    }
}
