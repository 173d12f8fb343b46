//! The SQLite database of a Durable Object (<https://developers.cloudflare.com/durable-objects/api/sqlite-storage-api/>).

use alikassa_ledger::{Database, LedgerError, Row, Value};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Error, SqlStorage, SqlStorageValue, Storage};

#[wasm_bindgen]
extern "C" {
    /// `ctx.storage`, for the method that `worker` does not have.
    type TransactionalStorage;

    /// Runs a function in a transaction, which is undone if the function throws.
    #[wasm_bindgen(method, catch, js_name = transactionSync)]
    fn transaction_sync(
        this: &TransactionalStorage,
        body: &mut dyn FnMut() -> Result<JsValue, JsValue>,
    ) -> Result<JsValue, JsValue>;
}

/// The database of one object.
pub(super) struct SqliteStorage {
    storage: TransactionalStorage,
    sql: SqlStorage,
}

impl SqliteStorage {
    pub(super) fn new(storage: &Storage) -> Self {
        let raw: &JsValue = storage.as_raw();
        Self { sql: storage.sql(), storage: raw.clone().unchecked_into() }
    }
}

impl Database for SqliteStorage {
    type Error = Error;

    fn query(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, Error> {
        let values = values.iter().map(|value| match value {
            Value::Null => SqlStorageValue::Null,
            Value::Integer(value) => SqlStorageValue::Integer(*value),
            Value::Text(value) => SqlStorageValue::String(value.clone()),
        });
        let cursor = self.sql.exec(sql, values.collect::<Vec<_>>())?;
        cursor.raw().map(|row| row.map(|row| row.into_iter().map(from_sql).collect())).collect()
    }

    fn transaction<T>(&self, body: impl FnOnce() -> Result<T, LedgerError<Error>>) -> Result<T, LedgerError<Error>> {
        let mut body = Some(body);
        let mut result = None;
        let ran = self.storage.transaction_sync(&mut || {
            result = body.take().map(|body| body());
            // What is thrown only has to undo the transaction.
            if matches!(result, Some(Ok(_))) { Ok(JsValue::UNDEFINED) } else { Err(JsValue::NULL) }
        });
        match (result, ran) {
            (Some(Ok(_)) | None, Err(error)) => Err(LedgerError::Database(Error::from(error))),
            (Some(result), _) => result,
            (None, Ok(_)) => Err(LedgerError::Database(Error::from("the transaction did not run"))),
        }
    }
}

/// The ledger stores neither numbers with a fraction nor bytes.
fn from_sql(value: SqlStorageValue) -> Value {
    match value {
        SqlStorageValue::Integer(value) => Value::Integer(value),
        SqlStorageValue::Boolean(value) => Value::Integer(value.into()),
        SqlStorageValue::String(value) => Value::Text(value),
        SqlStorageValue::Null | SqlStorageValue::Float(_) | SqlStorageValue::Blob(_) => Value::Null,
    }
}
