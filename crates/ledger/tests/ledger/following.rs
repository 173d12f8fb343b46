//! Reading payouts until they are final.

use alikassa_ledger::{FollowError, PayoutState};

use super::*;

#[test]
fn follows_a_payout_until_it_is_final() {
    let ledger = ledger();
    let query = by_order_id("A");
    let record = ledger.follow(&query, None, START).unwrap().unwrap();
    assert_eq!((record.state(), record.follow_until), (PayoutState::Open, Some(START + 72 * HOUR)));
    assert_eq!(ledger.next_wake(START).unwrap(), Some(START));

    let mut now = START;
    let mut pauses = Vec::new();
    for _ in 0..12 {
        let reading = due(&ledger, now).pop().expect("a reading is due");
        ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "wait"), now).unwrap();
        assert!(due(&ledger, now).is_empty());
        let record = ledger.history(&by_id("1")).unwrap().unwrap().record;
        pauses.push(record.next_read_at.unwrap().since(now).as_secs());
        now = record.next_read_at.unwrap();
    }
    assert_eq!(pauses, [10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);

    let reading = due(&ledger, now).pop().unwrap();
    assert_eq!(reading.query.body(), r#"{"id":"1"}"#);
    ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "fail"), now).unwrap();
    assert_eq!(event_types(&ledger), ["payout.wait", "payout.fail"]);
    assert!(due(&ledger, now + 100 * DAY).is_empty());
    assert!(known(&ledger, &by_id("1"), now));
}

#[test]
fn follows_what_a_route_reads_as_wait_only_if_somebody_is_to_be_told() {
    for delivers in [true, false] {
        let ledger = open(sqlite::in_memory(), delivers);
        read(&ledger, &by_id("1"), "1", "A", "wait", START);
        assert_eq!(due(&ledger, START + 10 * SECOND).len(), usize::from(delivers));
        assert_eq!(event_types(&ledger), ["payout.wait"]);
    }
}

#[test]
fn takes_no_failure_for_a_status() {
    let ledger = ledger();
    ledger.follow(&by_id("1"), None, START).unwrap().unwrap();
    for failure in [DOWN, NOT_KNOWN] {
        let now = START + HOUR;
        let reading = due(&ledger, now).pop().unwrap();
        ledger.record_failure(&reading, failure, now).unwrap();
        let record = ledger.history(&by_id("1")).unwrap().unwrap().record;
        assert_eq!((record.status, record.failure.as_deref()), (None, Some(failure.code)));
        ledger.follow(&by_id("1"), None, now).unwrap().unwrap();
    }
    assert!(event_types(&ledger).is_empty());
    assert!(!known(&ledger, &by_id("1"), START));
    let json = serde_json::to_value(ledger.history(&by_id("1")).unwrap().unwrap()).unwrap();
    assert_eq!((json["payout_state"].as_str(), json.get("payout")), (Some("unknown"), None));
}

#[test]
fn ignores_an_answer_that_was_asked_for_earlier() {
    let ledger = ledger();
    let query = by_id("1");
    let (first, second) = (ask(&ledger, &query, START), ask(&ledger, &query, START));
    ledger.record(&query, second, &payout(&query, "1", "A", "paid"), START).unwrap();
    ledger.record(&query, first, &payout(&query, "1", "A", "wait"), START).unwrap();
    assert_eq!(event_types(&ledger), ["payout.paid"]);
    assert!(known(&ledger, &query, START));
}

#[test]
fn orders_answers_across_a_restart_and_a_clock_that_goes_back() {
    let database = sqlite::in_memory();
    let query = by_id("1");
    read(&open(database.clone(), true), &query, "1", "A", "wait", START + DAY);
    let ledger = open(database, true);
    read(&ledger, &query, "1", "A", "paid", START);
    assert_eq!(event_types(&ledger), ["payout.wait", "payout.paid"]);
}

#[test]
fn lets_the_last_word_replace_a_final_status() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "fail", START);
    read(&ledger, &by_id("1"), "1", "A", "fail", START + HOUR);
    read(&ledger, &by_id("1"), "1", "A", "paid", START + 2 * HOUR);
    assert_eq!(event_types(&ledger), ["payout.fail", "payout.paid"]);
}

#[test]
fn reads_at_once_after_a_notification() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "wait", START);
    let asked_before = ask(&ledger, &by_id("1"), START);
    ledger.notify(&by_id("1"), r#"{"type":"payout","id":"1","payment_status":"paid","amount":"299"}"#, START).unwrap();
    assert_eq!(event_types(&ledger), ["payout.wait"]);

    // An answer that was asked for before the notification is not the reading after it.
    ledger.record(&by_id("1"), asked_before, &payout(&by_id("1"), "1", "A", "wait"), START).unwrap();
    let reading = due(&ledger, START).pop().expect("the payout is still to be read");
    ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "paid"), START).unwrap();
    let events = ledger.events(1, 10).unwrap().events;
    let data = serde_json::to_value(&events[0]).unwrap()["data"].clone();
    assert_eq!((data["agrees"].as_bool(), data["contradictions"][0].as_str()), (Some(false), Some("amount")));
    assert_eq!(data["notification"]["payment_status"], "paid");
    assert!(due(&ledger, START + DAY).is_empty());
}

#[test]
fn reads_a_final_payout_again_after_a_notification() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    ledger.notify(&by_id("1"), r#"{"type":"payout","id":"1","payment_status":"cancel"}"#, START).unwrap();
    assert!(!known(&ledger, &by_id("1"), START), "a reading is due, and may say otherwise");
    let reading = due(&ledger, START).pop().unwrap();
    ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "paid"), START).unwrap();
    assert!(known(&ledger, &by_id("1"), START));
    assert_eq!(event_types(&ledger), ["payout.paid"]);
}

#[test]
fn reports_a_payout_that_is_overdue_once_and_reads_it_daily_for_30_days() {
    let ledger = ledger();
    ledger.follow(&by_order_id("A"), Some(START + HOUR), START).unwrap().unwrap();
    let mut now = START;
    let mut readings_after = 0;
    while let Some(wake) = ledger.next_wake(now).unwrap().filter(|wake| *wake < START + 60 * DAY) {
        now = wake.max(now);
        for reading in due(&ledger, now) {
            readings_after += u32::from(now > START + HOUR);
            ledger.record_failure(&reading, NOT_KNOWN, now).unwrap();
        }
        for delivery in ledger.due_deliveries(20, now).unwrap() {
            ledger.record_delivery(delivery.seq, alikassa_ledger::DeliveryOutcome::Delivered(204), now).unwrap();
        }
        ledger.prune(now).unwrap();
    }
    assert_eq!(event_types(&ledger), ["payout.overdue"]);
    assert!((28..=31).contains(&readings_after), "{readings_after}");
    let record = ledger.history(&by_order_id("A")).unwrap().unwrap().record;
    assert_eq!((record.state(), record.followed_since), (PayoutState::Overdue, None));
    let event = serde_json::to_value(&ledger.events(0, 1).unwrap().events[0]).unwrap();
    assert_eq!(event["data"]["payout"], serde_json::json!({ "order_id": "A" }));
    assert_eq!(event["data"]["payout_state"], "unknown");
}

#[test]
fn ends_being_overdue_with_a_final_status() {
    let ledger = ledger();
    ledger.follow(&by_id("1"), Some(START + HOUR), START).unwrap().unwrap();
    let now = START + 2 * HOUR;
    assert!(due(&ledger, now).is_empty());
    let reading = due(&ledger, now + DAY).pop().unwrap();
    ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "paid"), now + DAY).unwrap();
    assert_eq!(event_types(&ledger), ["payout.overdue", "payout.paid"]);
    assert_eq!(ledger.history(&by_id("1")).unwrap().unwrap().record.state(), PayoutState::Final);
}

#[test]
fn slows_down_for_all_payouts_if_the_api_fails() {
    let ledger = ledger();
    for id in 0..30 {
        ledger.follow(&by_id(&id.to_string()), None, START).unwrap().unwrap();
    }
    for reading in ledger.due_readings(5, START).unwrap() {
        ledger.record_failure(&reading, DOWN, START).unwrap();
    }
    assert!(due(&ledger, START).is_empty());
    ledger.prune(START).unwrap();
    assert_eq!(ledger.next_wake(START).unwrap(), Some(START + 5 * SECOND));
    assert!(ledger.health(START).unwrap().breaker_open_until.is_some());
    let trial = due(&ledger, START + 5 * SECOND);
    assert_eq!(trial.len(), 1);
    let query = &trial[0].query;
    ledger.record(query, trial[0].ticket, &payout(query, query.value(), "A", "wait"), START + 5 * SECOND).unwrap();
    assert_eq!(due(&ledger, START + 5 * SECOND).len(), 20);
    assert_eq!(ledger.health(START).unwrap().breaker_open_until, None);
}

#[test]
fn waits_as_long_as_the_api_asks() {
    let ledger = ledger();
    for id in ["1", "2"] {
        ledger.follow(&by_id(id), None, START).unwrap().unwrap();
    }
    let reading = ledger.due_readings(1, START).unwrap().pop().unwrap();
    ledger.record_failure(&reading, FailedReading { retry_after: Some(30 * SECOND), ..DOWN }, START).unwrap();
    assert!(due(&ledger, START + 29 * SECOND).is_empty());
    assert_eq!(due(&ledger, START + 30 * SECOND).len(), 2);
}

#[test]
fn keeps_reading_although_one_payout_is_not_known() {
    let ledger = ledger();
    for id in 0..10 {
        ledger.follow(&by_id(&id.to_string()), None, START).unwrap().unwrap();
    }
    for reading in due(&ledger, START) {
        ledger.record_failure(&reading, NOT_KNOWN, START).unwrap();
    }
    assert_eq!(due(&ledger, START + 10 * SECOND).len(), 10);
}

#[test]
fn rejects_a_deadline_that_is_past_or_too_far() {
    let ledger = ledger();
    let follow = |until| ledger.follow(&by_id("1"), Some(until), START).unwrap().map(drop);
    assert_eq!(follow(START), Err(FollowError::Past));
    assert_eq!(follow(START + 91 * DAY), Err(FollowError::TooFar));
    assert_eq!(follow(START + 90 * DAY), Ok(()));
    assert_eq!(ledger.history(&by_id("1")).unwrap().unwrap().record.follow_until, Some(START + 90 * DAY));
}
