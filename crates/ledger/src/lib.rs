//! Follows payouts to their end and keeps the events for the merchant.
//!
//! The ledger of one AliKassa account knows each payout by AliKassa's id and by the merchant's order id. It says which payouts to read
//! next and which events to deliver next; the caller reads and delivers, and records what came of it. It needs a SQLite [`Database`], a
//! clock and random numbers from its caller, and nothing else: no network, no timer, no thread.
//!
//! The rules that it keeps:
//! - **Truth is AliKassa's last word.** A [`Ticket`] orders the answers by when they were asked for. An older answer never replaces a
//!   newer one. A notification sets no status; it has the payout read at once. A request that failed changes no status.
//! - **One event per change**, written in the same transaction as the answer that it comes from.
//! - **Following.** A payout is read until it is final, first at once, then after growing pauses. If it is not final at its deadline,
//!   there is one `payout.overdue`, and it is read daily for 30 days more.
//! - **Delivery.** An event is sent until the merchant has it, for 7 days; after that it is kept as undelivered.
//!
//! No key, password or token is ever in the database.

#![forbid(unsafe_code)]

mod backoff;
mod breaker;
mod database;
mod delivery;
mod error;
mod event;
mod follow;
mod health;
mod history;
mod ledger;
mod lookup;
mod notification;
mod pages;
mod reading;
mod record;
mod retention;
mod schema;
mod state;
mod ticket;
mod timestamp;

pub use self::database::{Database, Row, Value};
pub use self::delivery::{Delivery, DeliveryOutcome, Redeliver};
pub use self::error::LedgerError;
pub use self::event::Event;
pub use self::follow::FollowError;
pub use self::health::{Count, Health};
pub use self::history::{Timeline, TimelineEntry};
pub use self::ledger::{Ledger, Policy};
pub use self::lookup::Lookup;
pub use self::pages::{EventPage, PayoutPage};
pub use self::reading::{FailedReading, Reading};
pub use self::record::PayoutRecord;
pub use self::state::PayoutState;
pub use self::ticket::Ticket;
pub use self::timestamp::Timestamp;
