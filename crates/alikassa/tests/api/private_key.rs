//! Private keys that must open.

use std::time::Instant;

use alikassa::PrivateKey;

use crate::vectors::{KeyRecord, key_text, load};

/// The key with the most iterations, which takes as long as all others together.
const SLOW: &str = "pbes2-3des-iter-1000000.pem";

/// PBES1 (RFC 8018 section 6.1) and PKCS#12's (RFC 7292 appendix C).
const PBES1: [&str; 2] = ["pbe-sha1-3des.pem", "pbe-md5-des.pem"];

fn opens(record: &KeyRecord, password: Option<&str>) -> Result<(), String> {
    let KeyRecord { file, bits, fingerprint, .. } = record;
    let key = PrivateKey::from_pem(key_text(file), password.map(str::as_bytes))
        .map_err(|error| format!("{file} with {password:?}: {error}"))?;
    if (key.bits(), key.fingerprint()) == (*bits, fingerprint) {
        Ok(())
    } else {
        Err(format!("{file}: {} bits and {}", key.bits(), key.fingerprint()))
    }
}

fn all_open(records: impl IntoIterator<Item = (KeyRecord, Option<String>)>) -> usize {
    let mut count = 0;
    let mut closed = Vec::new();
    for (record, password) in records {
        count += 1;
        closed.extend(opens(&record, password.as_deref()).err());
    }
    assert!(closed.is_empty(), "{closed:#?}");
    count
}

fn with_password(filter: impl Fn(&KeyRecord) -> bool) -> impl Iterator<Item = (KeyRecord, Option<String>)> {
    load("keys.json").into_iter().filter(move |record: &KeyRecord| filter(record)).map(|record| {
        let password = record.password.clone();
        (record, password)
    })
}

#[test]
fn opens_every_key_that_php_opens() {
    let count =
        all_open(with_password(|record| record.php && record.file != SLOW && !PBES1.contains(&record.file.as_str())));
    assert!(count > 100, "{count}");
}

#[test]
fn opens_a_key_with_a_million_iterations() {
    let begin = Instant::now();
    assert_eq!(all_open(with_password(|record| record.file == SLOW)), 1);
    assert!(begin.elapsed().as_secs() < 20, "{:?}", begin.elapsed());
}

#[test]
fn opens_single_des() {
    let count = all_open(with_password(|record| !record.php && !PBES1.contains(&record.file.as_str())));
    assert_eq!(count, 2, "DEK-Info and PBES2");
}

#[test]
fn opens_pbes1_and_pkcs12() {
    assert_eq!(all_open(with_password(|record| PBES1.contains(&record.file.as_str()))), PBES1.len());
}

#[test]
fn ignores_line_breaks_at_the_end_of_a_password() {
    let records = load("keys.json").into_iter().filter_map(|record: KeyRecord| {
        let password = record.password_file.clone()?;
        Some((record, Some(password)))
    });
    assert!(all_open(records) > 25);
}

/// `php_openssl_pem_password_cb` copies as much of a password as fits into OpenSSL's PEM_BUFSIZE of 1024 bytes, and
/// ignores the rest: PHP 8.2 opens this file with any password that begins with the right 1024 bytes.
#[test]
fn uses_the_first_1024_bytes_of_a_password() {
    let record =
        load("keys.json").into_iter().find(|record: &KeyRecord| record.file == "php-password-1024.pem").unwrap();
    let password = record.password.clone().unwrap();
    assert_eq!(password.len(), 1024);
    for rest in ["x", "kkkk", "x\n"] {
        assert_eq!(opens(&record, Some(&format!("{password}{rest}"))), Ok(()), "{rest:?} after it");
    }
}

#[test]
fn ignores_the_password_of_an_unencrypted_key() {
    let records: Vec<KeyRecord> = load("keys.json");
    let clear = records.into_iter().filter(|record| record.password.is_none() && record.bits < 4096);
    let count = all_open(clear.flat_map(|record| {
        let passwords = ["no password of it", ""];
        passwords.map(|password| (record.clone(), Some(password.to_owned())))
    }));
    assert!(count > 20, "{count}");
}

#[test]
fn opens_a_key_from_bytes() {
    let from_bytes = PrivateKey::from_pem(key_text("plain-1024.pem").into_bytes(), None).unwrap();
    assert_eq!(opens(&record("plain-1024.pem", from_bytes.fingerprint()), None), Ok(()));
}

fn record(file: &str, fingerprint: &str) -> KeyRecord {
    let mut records = load("keys.json").into_iter().filter(|record: &KeyRecord| record.file == file);
    let record = records.next().expect("it is listed");
    assert_eq!(record.fingerprint, fingerprint);
    record
}
