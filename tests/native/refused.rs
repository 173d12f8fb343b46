//! What must not open, and what is said of it.

use std::time::{Duration, Instant};

use alikassa_edge::{KeyError, PrivateKey};

use crate::vectors::{KeyRecord, RefusedRecord, load, refused_text};

/// PHP opens them, and they are neither dear nor dangerous.
const ODD_BUT_GOOD: [&str; 2] = ["salt-0.pem", "salt-200.pem"];

fn open(record: &RefusedRecord) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_pem(refused_text(&record.file), record.password.as_ref().map(String::as_bytes))
}

/// Whether the error says what is wrong.
fn fits(record: &RefusedRecord, error: &KeyError) -> bool {
    let names_oid = |algorithm: &String| record.oid.as_ref().is_none_or(|oid| algorithm.contains(oid));
    match record.kind.as_str() {
        "not_rsa" => matches!(error, KeyError::NotRsa { algorithm } if names_oid(algorithm)),
        "too_small" => matches!(error, KeyError::BadSize { bits: 512 | 1016, min: 1024, .. }),
        "not_a_key" if record.file.starts_with("pem-") => {
            matches!(error, KeyError::NoPem { .. } | KeyError::NotAPrivateKey { .. })
        }
        "not_a_key" => matches!(error, KeyError::NotAPrivateKey { .. }),
        "unsupported" => matches!(error, KeyError::UnsupportedCipher { algorithm } if names_oid(algorithm)),
        "no_password" => *error == KeyError::PasswordMissing,
        "limit" => matches!(error, KeyError::TooExpensive { value, limit, .. } if value > limit),
        // A modulus of 0 has no size either.
        "inconsistent" if record.file == "rsa-all-0.pem" => {
            matches!(error, KeyError::Inconsistent | KeyError::BadSize { .. })
        }
        "inconsistent" => *error == KeyError::Inconsistent,
        // What decrypts to rubbish cannot be told from a wrong password.
        "malformed" | "wrong_password" => matches!(
            error,
            KeyError::Malformed { .. }
                | KeyError::WrongPassword
                | KeyError::BadBase64 { .. }
                | KeyError::BadHeader
                | KeyError::CutOff { .. }
        ),
        kind => panic!("{kind} is a kind that this test does not know"),
    }
}

#[test]
fn what_must_not_open_is_refused_with_its_reason() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for record in load::<RefusedRecord>("refused.json") {
        if ODD_BUT_GOOD.contains(&record.file.as_str()) {
            continue;
        }
        count += 1;
        match open(&record) {
            Err(error) if fits(&record, &error) => assert_eq!(error.code(), "bad_key"),
            outcome => wrong.push(format!("{} ({}, {}): {outcome:?}", record.file, record.kind, record.why)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 160, "{count}");
}

#[test]
fn a_wrong_password_is_called_so() {
    for record in load::<RefusedRecord>("refused.json") {
        if record.file.starts_with("wrong-password-") {
            assert_eq!(open(&record).unwrap_err(), KeyError::WrongPassword, "{}", record.file);
        }
    }
}

#[test]
fn a_key_that_would_hang_an_isolate_is_refused_at_once() {
    let mut count = 0;
    for record in load::<RefusedRecord>("refused.json") {
        if record.kind == "limit" && !ODD_BUT_GOOD.contains(&record.file.as_str()) {
            let begin = Instant::now();
            let error = open(&record).expect_err(&record.file);
            assert!(matches!(error, KeyError::TooExpensive { .. }), "{}: {error:?}", record.file);
            assert!(begin.elapsed() < Duration::from_millis(250), "{}: {:?}", record.file, begin.elapsed());
            count += 1;
        }
    }
    assert!(count >= 9, "{count}");
}

#[test]
fn the_limit_of_iterations_is_a_million() {
    let records: Vec<RefusedRecord> = load("refused.json");
    let first_too_many = records.iter().find(|record| record.file == "iterations-1000001.pem").unwrap();
    let error = open(first_too_many).unwrap_err();
    assert!(matches!(error, KeyError::TooExpensive { value: 1_000_001, limit: 1_000_000, .. }), "{error:?}");
}

#[test]
fn a_salt_of_any_length_is_taken_since_php_takes_it() {
    let keys: Vec<KeyRecord> = load("keys.json");
    let same = keys.iter().find(|record| record.file == "plain-2048.pem").unwrap();
    let records: Vec<RefusedRecord> = load("refused.json");
    for file in ODD_BUT_GOOD {
        let record = records.iter().find(|record| record.file == file).unwrap();
        match open(record) {
            Ok(key) => assert_eq!(key.fingerprint(), same.fingerprint, "{file}"),
            Err(error) => panic!("{file}: {error}"),
        }
    }
}

#[test]
fn a_password_is_not_asked_for_where_it_could_not_help() {
    for record in load::<RefusedRecord>("refused.json") {
        let hopeless = matches!(record.kind.as_str(), "limit" | "unsupported" | "not_a_key");
        if hopeless && !ODD_BUT_GOOD.contains(&record.file.as_str()) {
            let error = PrivateKey::from_pem(refused_text(&record.file), None).expect_err(&record.file);
            assert!(fits(&record, &error), "{}: {error:?}", record.file);
        }
    }
}
