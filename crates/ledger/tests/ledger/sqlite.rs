// A `Database` on SQLite, in memory.

use std::rc::Rc;

use alikassa_ledger::{Database, LedgerError, Row, Value};
use rusqlite::types::{ToSqlOutput, ValueRef};
use rusqlite::{Connection, ToSql};

/// Clones share the connection, so that a ledger can be opened again.
#[derive(Clone)]
pub(crate) struct Sqlite(Rc<Connection>);

pub(crate) fn in_memory() -> Sqlite {
    Sqlite(Rc::new(Connection::open_in_memory().expect("SQLite opens")))
}

struct Bound<'a>(&'a Value);

impl ToSql for Bound<'_> {
    fn to_sql(&self) -> rusqlite::Result<ToSqlOutput<'_>> {
        Ok(match self.0 {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Integer(value) => ToSqlOutput::Borrowed(ValueRef::Integer(*value)),
            Value::Text(value) => ToSqlOutput::Borrowed(ValueRef::Text(value.as_bytes())),
        })
    }
}

impl Database for Sqlite {
    type Error = rusqlite::Error;

    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, rusqlite::Error> {
        let mut statement = self.0.prepare_cached(sql)?;
        let columns = statement.column_count();
        let mut rows = statement.query(rusqlite::params_from_iter(values.iter().map(Bound)))?;
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let value = |index| {
                Ok(match row.get_ref(index)? {
                    ValueRef::Integer(value) => Value::Integer(value),
                    ValueRef::Text(value) => Value::Text(String::from_utf8_lossy(value).into_owned()),
                    _ => Value::Null,
                })
            };
            found.push((0..columns).map(value).collect::<rusqlite::Result<Row>>()?);
        }
        Ok(found)
    }

    fn transaction<T>(
        &self,
        body: impl FnOnce() -> Result<T, LedgerError<rusqlite::Error>>,
    ) -> Result<T, LedgerError<rusqlite::Error>> {
        let transaction = self.0.unchecked_transaction().map_err(LedgerError::Database)?;
        let result = body()?;
        transaction.commit().map_err(LedgerError::Database)?;
        Ok(result)
    }
}
