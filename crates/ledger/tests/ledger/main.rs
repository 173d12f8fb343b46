//! The ledger on SQLite, as its caller uses it.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::panic, clippy::unwrap_used)]

mod delivering;
mod following;
mod interleavings;
mod names;
mod pages;
mod schema;
mod sqlite;

use std::time::Duration;

use alikassa::{Payout, PayoutQuery};
use alikassa_ledger::{FailedReading, Ledger, Lookup, Policy, Reading, Ticket, Timestamp};

use self::sqlite::Sqlite;

const START: Timestamp = Timestamp::from_millis(1_790_000_000_000);
const SECOND: Duration = Duration::from_secs(1);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A failure of AliKassa as a whole.
const DOWN: FailedReading = FailedReading { code: "upstream_unreachable", retry_after: None, is_about_payout: false };

/// AliKassa does not know the payout.
const NOT_KNOWN: FailedReading = FailedReading { code: "upstream_status", retry_after: None, is_about_payout: true };

/// A ledger that delivers, whose pauses are the longest.
fn ledger() -> Ledger<Sqlite> {
    open(sqlite::in_memory(), true)
}

fn open(database: Sqlite, delivers: bool) -> Ledger<Sqlite> {
    let mut policy = Policy::default();
    policy.delivers = delivers;
    Ledger::open(database, policy, || 1.0).expect("the ledger opens")
}

fn by_id(id: &str) -> PayoutQuery {
    PayoutQuery::id(id).expect("an id")
}

fn by_order_id(order_id: &str) -> PayoutQuery {
    PayoutQuery::order_id(order_id).expect("an order id")
}

fn payout(query: &PayoutQuery, id: &str, order_id: &str, status: &str) -> Payout {
    let body = format!(r#"{{"id":"{id}","order_id":"{order_id}","payment_status":"{status}","amount":"300.00"}}"#);
    Payout::from_answer(body.as_bytes(), query).expect("a payout")
}

/// A ticket for a question that a route asks.
fn ask(ledger: &Ledger<Sqlite>, query: &PayoutQuery, now: Timestamp) -> Ticket {
    match ledger.look_up(query, true, now).expect("the ledger answers") {
        Lookup::Ask(ticket) => ticket,
        Lookup::Final { .. } => panic!("a look-up that is bypassed asks"),
    }
}

/// A question of a route that is answered at once.
fn read(ledger: &Ledger<Sqlite>, query: &PayoutQuery, id: &str, order_id: &str, status: &str, now: Timestamp) {
    let ticket = ask(ledger, query, now);
    ledger.record(query, ticket, &payout(query, id, order_id, status), now).expect("the ledger records");
}

/// The queries of the payouts that are due, as text.
fn due(ledger: &Ledger<Sqlite>, now: Timestamp) -> Vec<Reading> {
    ledger.due_readings(20, now).expect("the ledger answers")
}

fn event_types(ledger: &Ledger<Sqlite>) -> Vec<String> {
    ledger.events(0, 1_000).expect("the ledger answers").events.into_iter().map(|event| event.r#type).collect()
}

fn known(ledger: &Ledger<Sqlite>, query: &PayoutQuery, now: Timestamp) -> bool {
    matches!(ledger.look_up(query, false, now).expect("the ledger answers"), Lookup::Final { .. })
}
