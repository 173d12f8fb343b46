//! Payouts under AliKassa's id and the merchant's order id.

use super::*;

#[test]
fn answers_a_final_payout_by_the_names_that_were_asked() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    assert!(known(&ledger, &by_id("1"), START));
    assert!(!known(&ledger, &by_order_id("A"), START), "AliKassa may mean another payout by it");
    read(&ledger, &by_order_id("A"), "1", "A", "paid", START);
    assert!(known(&ledger, &by_order_id("A"), START));
    assert_eq!(event_types(&ledger), ["payout.paid"]);
}

#[test]
fn answers_no_payout_that_is_not_final() {
    let ledger = ledger();
    for status in ["wait", "on hold"] {
        read(&ledger, &by_id("1"), "1", "A", status, START);
        assert!(!known(&ledger, &by_id("1"), START));
    }
    assert_eq!(event_types(&ledger), ["payout.wait", "payout.other"]);
}

#[test]
fn merges_what_was_followed_by_order_id_with_the_payout_that_it_is() {
    let ledger = ledger();
    ledger.follow(&by_order_id("A"), None, START).unwrap().unwrap();
    ledger.notify(&by_id("1"), r#"{"type":"payout","id":"1","payment_status":"paid"}"#, START).unwrap();
    assert_eq!(ledger.payouts(None, None, 10).unwrap().payouts.len(), 2);
    for reading in due(&ledger, START) {
        let payout = payout(&reading.query, "1", "A", "paid");
        ledger.record(&reading.query, reading.ticket, &payout, START).unwrap();
    }
    let payouts = ledger.payouts(None, None, 10).unwrap().payouts;
    assert_eq!(payouts.len(), 1);
    assert_eq!((payouts[0].id.as_deref(), payouts[0].order_id.as_deref()), (Some("1"), Some("A")));
    assert_eq!(event_types(&ledger), ["payout.paid"]);
    let timeline = serde_json::to_value(ledger.history(&by_order_id("A")).unwrap().unwrap()).unwrap();
    let types: Vec<_> = timeline["timeline"].as_array().unwrap().iter().map(|entry| entry["type"].clone()).collect();
    assert_eq!(types, ["followed", "notification", "reading", "event"]);
}

#[test]
fn keeps_two_payouts_with_one_order_id_apart() {
    let ledger = ledger();
    read(&ledger, &by_order_id("A"), "1", "A", "fail", START);
    assert!(known(&ledger, &by_order_id("A"), START));
    // The merchant has tried again: AliKassa now means another payout by the order id.
    read(&ledger, &by_order_id("A"), "2", "A", "wait", START);
    assert!(!known(&ledger, &by_order_id("A"), START));
    assert!(known(&ledger, &by_id("1"), START));
    read(&ledger, &by_id("2"), "2", "A", "paid", START);
    assert!(known(&ledger, &by_order_id("A"), START));
    assert_eq!(ledger.history(&by_order_id("A")).unwrap().unwrap().record.id.as_deref(), Some("2"));
    assert_eq!(event_types(&ledger), ["payout.fail", "payout.wait", "payout.paid"]);
}

#[test]
fn asks_if_two_payouts_may_be_meant() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "fail", START);
    read(&ledger, &by_id("2"), "2", "A", "paid", START);
    assert!(!known(&ledger, &by_order_id("A"), START));
    assert!(ledger.history(&by_order_id("A")).unwrap().is_none());
}

#[test]
fn forgets_a_payout() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    assert!(ledger.forget(&by_id("1")).unwrap());
    assert!(!ledger.forget(&by_id("1")).unwrap());
    assert!(!known(&ledger, &by_id("1"), START));
    assert!(event_types(&ledger).is_empty());
}
