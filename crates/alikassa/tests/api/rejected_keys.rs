//! Private keys that must not open, and the errors for them.

use std::time::{Duration, Instant};

use alikassa::{KeyError, PrivateKey};

use crate::vectors::{KeyRecord, RefusedRecord, key_text, load, refused_text};

/// Unusual keys that PHP opens, and so do we.
const ODD_BUT_GOOD: [&str; 2] = ["salt-0.pem", "salt-200.pem"];

fn open(record: &RefusedRecord) -> Result<PrivateKey, KeyError> {
    PrivateKey::from_pem(refused_text(&record.file), record.password.as_ref().map(String::as_bytes))
}

/// Whether the error is the one of the vectors.
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
        // Damaged data and a wrong password can't be distinguished.
        "malformed" | "wrong_password" => matches!(
            error,
            KeyError::Malformed { .. }
                | KeyError::WrongPassword
                | KeyError::BadBase64 { .. }
                | KeyError::BadHeader
                | KeyError::Truncated { .. }
        ),
        kind => panic!("{kind} is a kind that this test does not know"),
    }
}

/// Two sentences: what is wrong, under the caller's names, and what to do.
fn assert_message(error: &KeyError) {
    assert_eq!(error.code(), "bad_key");
    let message = error.message("ALIKASSA_PRIVATE_KEY", "ALIKASSA_KEY_PASSWORD");
    let (problem, remedy) = (message.strip_suffix(&error.remedy()).unwrap(), error.remedy());
    assert!(problem.starts_with("ALIKASSA_") && problem.ends_with(". "), "{message}");
    assert!(remedy.starts_with(char::is_uppercase) && remedy.ends_with('.'), "{message}");
    let renamed = problem.replace("ALIKASSA_PRIVATE_KEY", "the key").replace("ALIKASSA_KEY_PASSWORD", "the password");
    assert_eq!(renamed, format!("{error}. "));
}

#[test]
fn rejects_every_vector_with_its_reason() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for record in load::<RefusedRecord>("refused.json") {
        if ODD_BUT_GOOD.contains(&record.file.as_str()) {
            continue;
        }
        count += 1;
        match open(&record) {
            Err(error) if fits(&record, &error) => assert_message(&error),
            outcome => wrong.push(format!("{} ({}, {}): {outcome:?}", record.file, record.kind, record.why)),
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(count > 160, "{count}");
}

#[test]
fn reports_a_wrong_password() {
    for record in load::<RefusedRecord>("refused.json") {
        if record.file.starts_with("wrong-password-") {
            assert_eq!(open(&record).unwrap_err(), KeyError::WrongPassword, "{}", record.file);
        }
    }
}

#[test]
fn rejects_expensive_parameters_at_once() {
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
fn limits_iterations_to_a_million() {
    let records: Vec<RefusedRecord> = load("refused.json");
    let first_too_many = records.iter().find(|record| record.file == "iterations-1000001.pem").unwrap();
    let error = open(first_too_many).unwrap_err();
    assert!(matches!(error, KeyError::TooExpensive { value: 1_000_001, limit: 1_000_000, .. }), "{error:?}");
}

#[test]
fn accepts_a_salt_of_any_length() {
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
fn reports_what_no_password_would_fix_before_a_missing_password() {
    for record in load::<RefusedRecord>("refused.json") {
        let hopeless = matches!(record.kind.as_str(), "limit" | "unsupported" | "not_a_key");
        if hopeless && !ODD_BUT_GOOD.contains(&record.file.as_str()) {
            let error = PrivateKey::from_pem(refused_text(&record.file), None).expect_err(&record.file);
            assert!(fits(&record, &error), "{}: {error:?}", record.file);
        }
    }
}

#[test]
fn names_key_and_password_as_the_caller_does() {
    let encrypted = key_text("php-3des-2048.pem");
    let message = |pem: &str, password: Option<&[u8]>| {
        PrivateKey::from_pem(pem, password).unwrap_err().message("ALIKASSA_PRIVATE_KEY", "ALIKASSA_KEY_PASSWORD")
    };
    assert_eq!(
        message(&encrypted, Some(b"another")),
        "ALIKASSA_KEY_PASSWORD does not decrypt ALIKASSA_PRIVATE_KEY. Set it to the text of password.txt of the same archive."
    );
    assert_eq!(
        message(&encrypted, None),
        "ALIKASSA_PRIVATE_KEY is encrypted, but ALIKASSA_KEY_PASSWORD is missing. Set it to the text of password.txt."
    );
    assert_eq!(
        message(&encrypted[..1000], Some(b"Secret-2048")),
        "ALIKASSA_PRIVATE_KEY is truncated (no \"-----END ENCRYPTED PRIVATE KEY-----\" line). \
         Set it to the whole text of private.pem."
    );
}
