//! Notifications that verify, and that do not.

use alikassa_edge::{Notification, NotificationKey, SignatureError};
use serde_json::{Map, Value};

use crate::vectors::path;

fn key() -> NotificationKey {
    NotificationKey::from_pem(std::fs::read(path("public/spki-2048.pem")).unwrap()).unwrap()
}

fn sample() -> Map<String, Value> {
    serde_json::from_slice(&std::fs::read(path("notification.json")).unwrap()).unwrap()
}

fn pairs(fields: &Map<String, Value>) -> Vec<(String, String)> {
    fields.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap().to_owned())).collect()
}

#[test]
fn a_notification_that_php_signed_verifies_from_a_query_string_and_from_json() {
    let sample = sample();
    let notification = Notification::from_pairs(pairs(&sample), &key()).unwrap();
    let json = serde_json::to_vec(&sample).unwrap();
    assert_eq!(Notification::from_json(&json, &key()).as_ref(), Ok(&notification));
    assert_eq!((notification.id(), notification.amount()), ("100000536", Some("300.00")));
}

#[test]
fn a_change_of_any_field_is_refused() {
    let sample = sample();
    for name in sample.keys().filter(|name| *name != "sign" && *name != "id") {
        let mut changed = sample.clone();
        changed[name] = Value::from("x");
        assert_eq!(Notification::from_pairs(pairs(&changed), &key()), Err(SignatureError::DoesNotVerify), "{name}");
    }
}
