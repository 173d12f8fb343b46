//! The ledger: a Durable Object with SQLite storage for each account, which follows payouts and delivers events.
//!
//! Its rules are in the crate `alikassa-ledger`. Here are its storage, its alarm, and the calls from the routes.

mod alarm;
pub(crate) mod binding;
mod message;
mod object;
mod storage;
