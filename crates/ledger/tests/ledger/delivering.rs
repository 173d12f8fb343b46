//! Delivering events until the merchant has them.

use alikassa_ledger::{DeliveryOutcome, Redeliver};

use super::*;

const REFUSED: DeliveryOutcome = DeliveryOutcome::Failed { status: Some(500), retry_after: None };

fn deliveries(ledger: &Ledger<Sqlite>, now: Timestamp) -> Vec<i64> {
    ledger.due_deliveries(20, now).unwrap().into_iter().map(|delivery| delivery.seq).collect()
}

#[test]
fn sends_each_event_until_it_is_accepted() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "wait", START);
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    assert_eq!(deliveries(&ledger, START), [1, 2]);
    ledger.record_delivery(1, DeliveryOutcome::Delivered(200), START).unwrap();
    ledger.record_delivery(2, REFUSED, START).unwrap();
    assert!(deliveries(&ledger, START).is_empty());
    assert_eq!(deliveries(&ledger, START + 5 * SECOND), [2]);
    ledger.record_delivery(2, DeliveryOutcome::Delivered(204), START + 5 * SECOND).unwrap();
    assert!(deliveries(&ledger, START + DAY).is_empty());
    let event = serde_json::to_value(&ledger.events(1, 1).unwrap().events[0]).unwrap();
    assert_eq!(event["delivery"]["state"], "delivered");
    assert_eq!(
        (event["delivery"]["attempts"].as_i64(), event["delivery"]["last_status"].as_i64()),
        (Some(2), Some(204))
    );
}

#[test]
fn names_each_event_by_a_key_that_no_other_ledger_has() {
    let key = |ledger: &Ledger<Sqlite>| {
        read(ledger, &by_id("1"), "1", "A", "paid", START);
        ledger.due_deliveries(1, START).unwrap()[0].id.clone()
    };
    let database = sqlite::in_memory();
    let first = key(&Ledger::open(database.clone(), policy(), || 0.25).unwrap());
    assert_eq!(key(&Ledger::open(database, policy(), || 0.75).unwrap()), first);
    assert_ne!(key(&Ledger::open(sqlite::in_memory(), policy(), || 0.75).unwrap()), first);
}

fn policy() -> Policy {
    let mut policy = Policy::default();
    policy.delivers = true;
    policy
}

#[test]
fn gives_up_after_seven_days_and_sends_again_on_demand() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    let mut now = START;
    let mut attempts = 0;
    while ledger.health(now).unwrap().pending.count > 0 {
        now = ledger.next_wake(now).unwrap().unwrap().max(now);
        for delivery in ledger.due_deliveries(20, now).unwrap() {
            attempts += 1;
            ledger.record_delivery(delivery.seq, REFUSED, now).unwrap();
        }
        ledger.prune(now).unwrap();
    }
    assert!(now > START + 6 * DAY + 22 * HOUR && now < START + 7 * DAY, "{now}");
    assert!((170..190).contains(&attempts), "{attempts}");
    assert_eq!(ledger.health(now).unwrap().undelivered.count, 1);

    assert_eq!(ledger.redeliver(Redeliver::One(1), now).unwrap(), 1);
    assert!(deliveries(&ledger, now).is_empty(), "the payout is read first");
    let reading = due(&ledger, now).pop().unwrap();
    ledger.record(&reading.query, reading.ticket, &payout(&reading.query, "1", "A", "paid"), now).unwrap();
    assert_eq!(deliveries(&ledger, now), [1]);
    ledger.record_delivery(1, DeliveryOutcome::Delivered(200), now).unwrap();
    let health = ledger.health(now).unwrap();
    assert_eq!((health.undelivered.count, health.pending.count), (0, 0));
}

#[test]
fn sends_a_range_again_after_a_reading_or_five_minutes() {
    let ledger = ledger();
    for id in ["1", "2", "3"] {
        read(&ledger, &by_id(id), id, "A", "paid", START);
    }
    for seq in deliveries(&ledger, START) {
        ledger.record_delivery(seq, DeliveryOutcome::Delivered(200), START).unwrap();
    }
    assert_eq!(ledger.redeliver(Redeliver::After(1), START).unwrap(), 2);
    assert!(deliveries(&ledger, START + 299 * SECOND).is_empty());
    assert_eq!(deliveries(&ledger, START + 300 * SECOND), [2, 3]);
}

#[test]
fn pauses_after_410_until_the_endpoint_changes_or_someone_asks() {
    let ledger = ledger();
    ledger.set_endpoint("https://shop.example/old").unwrap();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    let gone = DeliveryOutcome::Failed { status: Some(410), retry_after: None };
    ledger.record_delivery(1, gone, START).unwrap();
    assert_eq!(ledger.health(START).unwrap().paused_since, Some(START));
    ledger.set_endpoint("https://shop.example/old").unwrap();
    assert!(deliveries(&ledger, START + 100 * DAY).is_empty());
    ledger.set_endpoint("https://shop.example/new").unwrap();
    assert_eq!(deliveries(&ledger, START + 100 * DAY), [1]);

    ledger.record_delivery(1, gone, START).unwrap();
    ledger.redeliver(Redeliver::One(1), START).unwrap();
    assert_eq!(deliveries(&ledger, START + HOUR), [1]);
}

#[test]
fn tries_one_event_at_a_time_while_the_endpoint_fails() {
    let ledger = ledger();
    for id in 0..10 {
        let id = id.to_string();
        read(&ledger, &by_id(&id), &id, "A", "paid", START);
    }
    for seq in deliveries(&ledger, START) {
        ledger.record_delivery(seq, REFUSED, START).unwrap();
    }
    assert_eq!(deliveries(&ledger, START + HOUR).len(), 1);
    ledger.record_delivery(1, DeliveryOutcome::Delivered(200), START + HOUR).unwrap();
    assert_eq!(deliveries(&ledger, START + HOUR).len(), 9);
}

#[test]
fn waits_as_long_as_the_endpoint_asks() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    let busy = DeliveryOutcome::Failed { status: Some(503), retry_after: Some(600 * SECOND) };
    ledger.record_delivery(1, busy, START).unwrap();
    assert!(deliveries(&ledger, START + 599 * SECOND).is_empty());
    assert_eq!(deliveries(&ledger, START + 600 * SECOND), [1]);
}

#[test]
fn keeps_events_for_polling_if_there_is_no_endpoint() {
    let ledger = open(sqlite::in_memory(), false);
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    assert!(deliveries(&ledger, START).is_empty());
    assert_eq!(event_types(&ledger), ["payout.paid"]);
    let event = serde_json::to_value(&ledger.events(0, 1).unwrap().events[0]).unwrap();
    assert_eq!(event["delivery"]["state"], "none");
}
