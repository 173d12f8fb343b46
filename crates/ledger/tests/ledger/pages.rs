//! Pages of payouts and events, health, and retention.

use alikassa_ledger::PayoutState;

use super::*;

#[test]
fn lists_payouts_newest_first_page_by_page() {
    let ledger = ledger();
    for id in 1..=5 {
        let id = id.to_string();
        read(&ledger, &by_id(&id), &id, "A", if id == "2" { "paid" } else { "wait" }, START);
    }
    let ids = |state, after, limit| {
        let page = ledger.payouts(state, after, limit).unwrap();
        (page.payouts.into_iter().map(|record| record.id.unwrap()).collect::<Vec<_>>().join(" "), page.next)
    };
    assert_eq!(ids(None, None, 2), ("5 4".to_owned(), Some(4)));
    assert_eq!(ids(None, Some(4), 3), ("3 2 1".to_owned(), None));
    assert_eq!(ids(Some(PayoutState::Final), None, 10), ("2".to_owned(), None));
    assert_eq!(ids(Some(PayoutState::Open), None, 2), ("5 4".to_owned(), Some(4)));
    assert_eq!(ids(Some(PayoutState::Overdue), None, 2), (String::new(), None));
}

#[test]
fn lists_the_same_events_for_the_same_cursor() {
    let ledger = ledger();
    for id in ["1", "2", "3"] {
        read(&ledger, &by_id(id), id, "A", "paid", START);
    }
    let page = ledger.events(0, 2).unwrap();
    assert_eq!((page.events.len(), page.next), (2, 2));
    read(&ledger, &by_id("1"), "1", "A", "fail", START);
    assert_eq!(ledger.events(0, 2).unwrap().next, 2);
    let rest = ledger.events(page.next, 10).unwrap();
    assert_eq!((rest.events.len(), rest.next), (2, 4));
    assert_eq!(ledger.events(4, 10).unwrap().next, 4);
}

#[test]
fn counts_what_needs_attention() {
    let ledger = ledger();
    ledger.follow(&by_id("1"), Some(START + HOUR), START).unwrap().unwrap();
    ledger.follow(&by_id("2"), None, START + SECOND).unwrap().unwrap();
    due(&ledger, START + 2 * HOUR);
    let health = ledger.health(START + 2 * HOUR).unwrap();
    assert_eq!((health.open.count, health.open.oldest), (1, Some(START + SECOND)));
    assert_eq!((health.overdue.count, health.overdue.oldest), (1, Some(START + 2 * HOUR)));
    assert_eq!((health.pending.count, health.undelivered.count), (1, 0));
}

#[test]
fn deletes_payouts_90_days_after_their_end() {
    let ledger = ledger();
    read(&ledger, &by_id("1"), "1", "A", "paid", START);
    read(&ledger, &by_id("2"), "2", "B", "paid", START);
    read(&ledger, &by_id("3"), "3", "C", "wait", START);
    for seq in [1, 3] {
        ledger.record_delivery(seq, alikassa_ledger::DeliveryOutcome::Delivered(200), START).unwrap();
    }
    ledger.prune(START + 89 * DAY).unwrap();
    assert_eq!(ledger.payouts(None, None, 10).unwrap().payouts.len(), 3);
    ledger.prune(START + 91 * DAY).unwrap();
    let left: Vec<_> =
        ledger.payouts(None, None, 10).unwrap().payouts.into_iter().map(|record| record.id.unwrap()).collect();
    assert_eq!(left, ["3", "2"], "3 is not final, and the event about 2 is not delivered");
}
