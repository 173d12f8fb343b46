//! Contradictions between a notification and AliKassa's answer about the payout.

use alikassa::{Notification, NotificationKey, Payout};
use serde_json::{Map, Value, json};

use crate::vectors::path;

/// A notification that PHP signed: `paid`, 300.00, 300.00, 10, not partial, of order 6422494.
fn notification() -> Notification {
    let key = NotificationKey::from_pem(std::fs::read(path("public/spki-2048.pem")).unwrap()).unwrap();
    Notification::from_json(&std::fs::read(path("notification.json")).unwrap(), &key).unwrap()
}

/// The contradictions of an answer with `changes`; `Value::Null` leaves the field out.
fn contradictions(changes: &[(&str, Value)]) -> Vec<&'static str> {
    let answer = json!({
        "payment_status": "paid", "id": 100000536, "order_id": "6422494", "amount": "300.00", "payment_amount": "300.00",
        "is_partial_payment": false, "commission_amount": "10"
    });
    let mut answer: Map<String, Value> = serde_json::from_value(answer).unwrap();
    for (name, value) in changes {
        match value {
            Value::Null => drop(answer.remove(*name)),
            value => drop(answer.insert((*name).to_owned(), value.clone())),
        }
    }
    let notification = notification();
    let query = notification.payout_query().unwrap();
    let payout = Payout::from_answer(&serde_json::to_vec(&answer).unwrap(), &query).unwrap();
    let found = notification.contradictions(&payout);
    // The stored notification says the same.
    let stored = serde_json::to_string(&notification).unwrap();
    assert_eq!(alikassa::contradictions(&stored, &payout), found);
    assert!(alikassa::contradictions("no JSON", &payout).is_empty());
    found
}

#[test]
fn finds_nothing_in_an_equal_answer() {
    assert!(contradictions(&[]).is_empty());
}

#[test]
fn finds_any_other_status() {
    for status in ["wait", "cancel", "fail", "refund", "Paid", "paid "] {
        assert_eq!(contradictions(&[("payment_status", json!(status))]), ["payment_status"], "{status}");
    }
}

#[test]
fn compares_every_field_that_both_have() {
    let other = [
        ("order_id", json!("6422495")),
        ("payment_status", json!("wait")),
        ("amount", json!("300.01")),
        ("payment_amount", json!("299.99")),
        ("commission_amount", json!("10.5")),
        ("is_partial_payment", json!(true)),
    ];
    for change in &other {
        assert_eq!(contradictions(std::slice::from_ref(change)), [change.0]);
    }
    assert_eq!(contradictions(&other), other.map(|(name, _)| name));
}

#[test]
fn ignores_fields_that_the_answer_lacks() {
    for name in ["order_id", "amount", "payment_amount", "commission_amount", "is_partial_payment"] {
        assert!(contradictions(&[(name, Value::Null)]).is_empty(), "{name}");
    }
    assert!(contradictions(&[("order_id", json!("")), ("amount", json!(""))]).is_empty());
}

#[test]
fn compares_amounts_as_numbers_of_any_length() {
    for amount in ["300", "300.0", "300.000000000000000000000000", "0300.00", "000300"] {
        assert!(contradictions(&[("amount", json!(amount))]).is_empty(), "{amount}");
    }
    for amount in
        ["-300.00", "300.000000000000000000000001", "3000", "30", "3e2", "300,00", "300.", ".300", "+300", "", " "]
    {
        let expected: &[&str] = if amount.is_empty() { &[] } else { &["amount"] };
        assert_eq!(contradictions(&[("amount", json!(amount))]), expected, "{amount}");
    }
    // Numbers, as in older answers, that a float can't hold.
    let answer =
        br#"{"payment_status":"paid","id":100000536,"amount":300.000000000000000000000001,"payment_amount":300}"#;
    let notification = notification();
    let payout = Payout::from_answer(answer, &notification.payout_query().unwrap()).unwrap();
    assert_eq!(notification.contradictions(&payout), ["amount"]);
}
