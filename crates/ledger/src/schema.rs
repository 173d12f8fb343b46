//! The tables, and the numbered migrations that make them.

use crate::database::{Columns, Database, Value};
use crate::error::LedgerError;

/// The migrations in their order. The number of a schema is how many of them were run. A released one is never edited.
const MIGRATIONS: [&[&str]; 1] = [&[
    // `ticket` is that of the last answer, `named_by` that of the last answer to a question by the order id, `demanded_by` the first one
    // whose answer counts as the reading that was demanded.
    "CREATE TABLE payouts (
        key INTEGER PRIMARY KEY AUTOINCREMENT,
        id TEXT,
        order_id TEXT,
        status TEXT,
        answer TEXT,
        ticket INTEGER,
        asked_at INTEGER,
        named_by INTEGER,
        demanded_by INTEGER,
        created_at INTEGER NOT NULL,
        recorded_at INTEGER NOT NULL,
        followed_since INTEGER,
        follow_until INTEGER,
        overdue_at INTEGER,
        next_read_at INTEGER,
        readings INTEGER NOT NULL,
        attempt INTEGER NOT NULL,
        failure TEXT,
        notification TEXT,
        final_at INTEGER
    )",
    "CREATE UNIQUE INDEX payouts_by_id ON payouts (id) WHERE id IS NOT NULL",
    "CREATE INDEX payouts_by_order_id ON payouts (order_id) WHERE order_id IS NOT NULL",
    "CREATE INDEX payouts_to_read ON payouts (next_read_at) WHERE next_read_at IS NOT NULL",
    "CREATE INDEX payouts_to_end ON payouts (follow_until) WHERE follow_until IS NOT NULL",
    "CREATE INDEX payouts_final ON payouts (final_at) WHERE final_at IS NOT NULL",
    "CREATE INDEX payouts_not_final ON payouts (overdue_at, key) WHERE final_at IS NULL",
    "CREATE TABLE events (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        payout INTEGER NOT NULL,
        type TEXT NOT NULL,
        created_at INTEGER NOT NULL,
        body TEXT NOT NULL,
        deliver_since INTEGER,
        attempts INTEGER NOT NULL DEFAULT 0,
        last_status INTEGER,
        next_attempt_at INTEGER,
        delivered_at INTEGER,
        gave_up_at INTEGER
    )",
    "CREATE INDEX events_by_payout ON events (payout, seq)",
    "CREATE INDEX events_to_deliver ON events (next_attempt_at) WHERE next_attempt_at IS NOT NULL",
    "CREATE INDEX events_given_up ON events (gave_up_at) WHERE gave_up_at IS NOT NULL",
    "CREATE TABLE history (
        seq INTEGER PRIMARY KEY AUTOINCREMENT,
        payout INTEGER NOT NULL,
        at INTEGER NOT NULL,
        type TEXT NOT NULL,
        detail TEXT NOT NULL
    )",
    "CREATE INDEX history_by_payout ON history (payout, seq)",
    "CREATE TABLE facts (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
]];

/// Brings the database to the newest schema.
pub(crate) fn migrate<D: Database>(database: &D) -> Result<(), LedgerError<D::Error>> {
    run_missing(database, &MIGRATIONS)
}

fn run_missing<D: Database>(database: &D, migrations: &[&[&str]]) -> Result<(), LedgerError<D::Error>> {
    let known = migrations.len();
    let run = |sql: &str, values: &[Value]| database.query(sql, values).map_err(LedgerError::Database);
    run(
        "CREATE TABLE IF NOT EXISTS schema_version (only INTEGER PRIMARY KEY CHECK (only = 1), number INTEGER NOT NULL)",
        &[],
    )?;
    let row = run("SELECT number FROM schema_version", &[])?.pop();
    let found = row.map_or(Ok(0), |row| Columns::new(row).integer("schema_version"))?;
    let done = usize::try_from(found).map_err(|_| LedgerError::Corrupt("schema_version"))?;
    let Some(missing) = migrations.get(done..) else {
        return Err(LedgerError::NewerSchema { found, known: i64::try_from(known).unwrap_or(i64::MAX) });
    };
    for (number, migration) in (found + 1..).zip(missing) {
        database.transaction(|| {
            for statement in *migration {
                run(statement, &[])?;
            }
            run("INSERT OR REPLACE INTO schema_version (only, number) VALUES (1, ?)", &[number.into()]).map(drop)
        })?;
    }
    Ok(())
}

#[cfg(test)]
#[allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used)]
mod tests {
    use super::*;
    use crate::database::Row;

    mod sqlite {
        use crate as alikassa_ledger;
        include!("../tests/ledger/sqlite.rs");
    }

    const NEXT: &[&str] = &["ALTER TABLE payouts ADD COLUMN note TEXT", "UPDATE payouts SET note = 'migrated'"];

    fn rows(database: &impl Database<Error = rusqlite::Error>, sql: &str) -> Vec<Row> {
        database.query(sql, &[]).unwrap()
    }

    fn first_schema() -> sqlite::Sqlite {
        let database = sqlite::in_memory();
        migrate(&database).unwrap();
        rows(
            &database,
            "INSERT INTO payouts (id, created_at, recorded_at, readings, attempt) VALUES ('1', 0, 0, 0, 0)",
        );
        database
    }

    #[test]
    fn migrates_an_old_schema_and_keeps_its_payouts() {
        let database = first_schema();
        for _ in 0..2 {
            run_missing(&database, &[MIGRATIONS[0], NEXT]).unwrap();
            let migrated = vec![vec![Value::from("1"), Value::from("migrated")]];
            assert_eq!(rows(&database, "SELECT id, note FROM payouts"), migrated);
            assert_eq!(rows(&database, "SELECT number FROM schema_version"), [[Value::from(2)]]);
        }
    }

    #[test]
    fn undoes_a_migration_that_fails_half_way() {
        let database = first_schema();
        assert!(run_missing(&database, &[MIGRATIONS[0], &[NEXT[0], "no SQL"]]).is_err());
        assert_eq!(rows(&database, "SELECT number FROM schema_version"), [[Value::from(1)]]);
        run_missing(&database, &[MIGRATIONS[0], NEXT]).unwrap();
        assert_eq!(rows(&database, "SELECT note FROM payouts"), [[Value::from("migrated")]]);
    }
}
