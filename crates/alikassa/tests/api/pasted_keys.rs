//! Keys as people paste them into secrets.

use alikassa::{KeyError, PrivateKey};
use serde::Deserialize;

use crate::vectors::{key_text, load};

#[derive(Deserialize)]
struct Mangled {
    name: String,
    text: String,
    password: Option<String>,
    fingerprint: String,
}

fn outcome(record: &Mangled, text: &str) -> Result<String, KeyError> {
    let password = record.password.as_ref().map(String::as_bytes);
    PrivateKey::from_pem(text, password).map(|key| key.fingerprint().to_owned())
}

#[test]
fn opens_keys_in_every_pasted_form() {
    let mut closed = Vec::new();
    for record in load::<Mangled>("mangled.json") {
        let outcome = outcome(&record, &record.text);
        if outcome.as_ref() != Ok(&record.fingerprint) {
            closed.push((record.name, outcome));
        }
    }
    assert!(closed.is_empty(), "{closed:#?}");
}

#[test]
fn opens_the_first_of_several_keys() {
    let fingerprint = |pem: &str| PrivateKey::from_pem(pem, None).unwrap().fingerprint().to_owned();
    let (first, second) = (key_text("plain-1024.pem"), key_text("pkcs1-2048.pem"));
    assert_ne!(fingerprint(&first), fingerprint(&second));
    assert_eq!(fingerprint(&format!("{first}{second}")), fingerprint(&first));
    assert_eq!(fingerprint(&format!("{second}{first}")), fingerprint(&second));
}

#[test]
fn requires_the_password_of_a_pasted_key() {
    for record in load::<Mangled>("mangled.json").iter().filter(|record| record.password.is_some()) {
        let error = PrivateKey::from_pem(&record.text, None).expect_err(&record.name);
        assert_eq!(error, KeyError::PasswordMissing, "{}", record.name);
    }
}
