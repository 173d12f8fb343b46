//! Why the ledger could not do its work.

use thiserror::Error;

/// Why the ledger could not do its work. It says nothing about a payout's state.
#[derive(Debug, Error)]
pub enum LedgerError<E> {
    /// The database failed.
    #[error("the ledger's database failed: {0}")]
    Database(E),
    /// A row does not hold what the ledger wrote.
    #[error("the ledger's database holds an unexpected value in {0}")]
    Corrupt(&'static str),
    /// The database was written by a newer version of this program.
    #[error(
        "the ledger's database has schema {found}, and this version knows only up to {known}: deploy the newer version again"
    )]
    NewerSchema {
        /// The schema's number in the database.
        found: i64,
        /// The newest schema that this version knows.
        known: i64,
    },
}
