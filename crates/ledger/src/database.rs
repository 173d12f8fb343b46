//! The database that the ledger is kept in.

use crate::error::LedgerError;
use crate::timestamp::Timestamp;

/// A value in a row, or one that is bound to a `?`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// SQL's `NULL`.
    Null,
    /// A whole number within ±2^53, as JavaScript holds exactly.
    Integer(i64),
    /// Text in UTF-8.
    Text(String),
}

/// A row of a result, in the order of the columns.
pub type Row = Vec<Value>;

/// A SQLite database that the ledger alone writes to.
pub trait Database {
    /// Why a statement failed.
    type Error;

    /// Runs one statement with a value for each `?`, and returns all rows of its result.
    ///
    /// # Errors
    /// If SQLite refuses the statement, or storage fails.
    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Self::Error>;

    /// Runs `body` in a transaction, which is undone if `body` fails. The ledger does not nest transactions.
    ///
    /// # Errors
    /// The error of `body`, or that of the database, which `body`'s error type takes.
    fn transaction<T>(
        &self,
        body: impl FnOnce() -> Result<T, LedgerError<Self::Error>>,
    ) -> Result<T, LedgerError<Self::Error>>;
}

impl From<i64> for Value {
    fn from(value: i64) -> Self {
        Self::Integer(value)
    }
}

impl From<bool> for Value {
    fn from(value: bool) -> Self {
        Self::Integer(value.into())
    }
}

impl From<&str> for Value {
    fn from(value: &str) -> Self {
        Self::Text(value.to_owned())
    }
}

impl From<String> for Value {
    fn from(value: String) -> Self {
        Self::Text(value)
    }
}

impl From<Timestamp> for Value {
    fn from(value: Timestamp) -> Self {
        Self::Integer(value.as_millis())
    }
}

impl<T: Into<Self>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

/// Reads a row from left to right.
pub(crate) struct Columns(std::vec::IntoIter<Value>);

impl Columns {
    pub(crate) fn new(row: Row) -> Self {
        Self(row.into_iter())
    }

    /// An integer, or `NULL`.
    pub(crate) fn maybe_integer<E>(&mut self, name: &'static str) -> Result<Option<i64>, LedgerError<E>> {
        match self.0.next() {
            Some(Value::Integer(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(LedgerError::Corrupt(name)),
        }
    }

    pub(crate) fn integer<E>(&mut self, name: &'static str) -> Result<i64, LedgerError<E>> {
        self.maybe_integer(name)?.ok_or(LedgerError::Corrupt(name))
    }

    /// A text, or `NULL`.
    pub(crate) fn maybe_text<E>(&mut self, name: &'static str) -> Result<Option<String>, LedgerError<E>> {
        match self.0.next() {
            Some(Value::Text(value)) => Ok(Some(value)),
            Some(Value::Null) => Ok(None),
            _ => Err(LedgerError::Corrupt(name)),
        }
    }

    pub(crate) fn text<E>(&mut self, name: &'static str) -> Result<String, LedgerError<E>> {
        self.maybe_text(name)?.ok_or(LedgerError::Corrupt(name))
    }

    pub(crate) fn maybe_time<E>(&mut self, name: &'static str) -> Result<Option<Timestamp>, LedgerError<E>> {
        Ok(self.maybe_integer(name)?.map(Timestamp::from_millis))
    }

    pub(crate) fn time<E>(&mut self, name: &'static str) -> Result<Timestamp, LedgerError<E>> {
        self.integer(name).map(Timestamp::from_millis)
    }
}
