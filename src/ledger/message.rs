//! What the routes say to the object, as JSON: the body of a `POST`. The object answers with JSON too.
//!
//! One shape for all calls: a type for each would add a tenth to the module for code that reads JSON.

use serde::{Deserialize, Serialize};

/// A call.
#[derive(Serialize, Deserialize)]
pub(super) struct Call {
    /// The name of the object, which an alarm would not know otherwise.
    pub(super) name: String,
    pub(super) method: Method,
    pub(super) texts: Vec<String>,
    pub(super) numbers: Vec<Option<i64>>,
}

/// What the object is to do with the texts and numbers. A query is the body that a payout is asked for with; a ticket is its number and
/// its time in milliseconds.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) enum Method {
    /// Looks payouts up: any number of queries, and 1 if AliKassa is to be asked in any case. Returns as many [`Found`].
    LookUp,
    /// Records AliKassa's answers: for each the query and the answer, and the ticket. Returns null.
    Record,
    /// Writes a verified notification down: the query and the notification. Returns null.
    Notify,
    /// Follows a payout: the query, and the deadline in milliseconds. Returns its record, or a text that says what is wrong with the
    /// deadline.
    Follow,
    /// Returns a page of payouts: the state or an empty text, the cursor, and the limit.
    Payouts,
    /// Returns the timeline of the query's payout, or null.
    History,
    /// Returns a page of events: the cursor, or none to begin after the newest one, and the limit.
    Events,
    /// Sends the event of this number again. Returns how many that are.
    Redeliver,
    /// Sends all events after this number again. Returns how many.
    RedeliverAfter,
    /// Returns counts and ages.
    Health,
}

/// The answer to a look-up.
#[derive(Serialize, Deserialize)]
pub(super) enum Found {
    /// The payout is final: AliKassa's answer.
    Final(String),
    /// AliKassa has to be asked: the ticket.
    Ask(i64, i64),
}
