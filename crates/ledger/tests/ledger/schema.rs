//! Migrations of the database.

use alikassa_ledger::{Database, LedgerError};

use super::*;

#[test]
fn opens_a_database_again() {
    let database = sqlite::in_memory();
    read(&open(database.clone(), true), &by_id("1"), "1", "A", "paid", START);
    assert!(known(&open(database, true), &by_id("1"), START));
}

#[test]
fn rejects_the_schema_of_a_newer_version() {
    let database = sqlite::in_memory();
    drop(open(database.clone(), true));
    database.query("UPDATE schema_version SET number = number + 1", &[]).unwrap();
    let error = Ledger::open(database, Policy::default(), || 0.5).err().unwrap();
    assert!(matches!(error, LedgerError::NewerSchema { .. }));
    assert!(error.to_string().contains("deploy the newer version again"));
}

#[test]
fn undoes_what_fails_half_way() {
    let database = sqlite::in_memory();
    let ledger = open(database.clone(), true);
    read(&ledger, &by_id("1"), "1", "A", "wait", START);
    database.query("ALTER TABLE history RENAME TO lost", &[]).unwrap();
    let ticket = ask(&ledger, &by_id("1"), START);
    assert!(ledger.record(&by_id("1"), ticket, &payout(&by_id("1"), "1", "A", "paid"), START).is_err());
    assert_eq!(event_types(&ledger), ["payout.wait"]);
    assert!(!known(&ledger, &by_id("1"), START));
}
