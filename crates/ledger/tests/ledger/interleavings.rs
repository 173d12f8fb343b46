//! The ledger's rules, as invariants over random interleavings of readings, notifications, failures, restarts and clock jumps.

use std::collections::{BTreeMap, BTreeSet};

use alikassa_ledger::DeliveryOutcome;
use proptest::prelude::*;

use super::*;

/// AliKassa's payouts. The last two have one order id, and AliKassa means the last one by it.
const PAYOUTS: [(&str, &str); 4] = [("1", "A"), ("2", "B"), ("3", "C"), ("4", "C")];
const STATUSES: [&str; 5] = ["wait", "paid", "cancel", "fail", "on hold"];

const FINAL: [&str; 3] = ["paid", "cancel", "fail"];

#[derive(Clone, Debug)]
enum Step {
    /// AliKassa changes the status of a payout.
    Change {
        payout: usize,
        status: usize,
    },
    /// A route asks about a payout; the answer comes later.
    Ask {
        payout: usize,
        by_id: bool,
        is_bypassed: bool,
    },
    /// The ledger's own readings are asked; the answers come later.
    Read {
        limit: u32,
    },
    /// One of the questions is answered, or fails.
    Answer {
        question: usize,
        failure: Option<bool>,
    },
    Notify {
        payout: usize,
        status: usize,
    },
    Follow {
        payout: usize,
        by_id: bool,
    },
    Deliver {
        is_accepted: bool,
    },
    /// Time passes, or the clock is set back.
    Clock {
        seconds: i64,
    },
    /// The object is evicted: what was asked is never answered.
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let payout = 0..PAYOUTS.len();
    let status = 0..STATUSES.len();
    prop_oneof![
        3 => (payout.clone(), status.clone()).prop_map(|(payout, status)| Step::Change { payout, status }),
        3 => (payout.clone(), any::<bool>(), any::<bool>())
            .prop_map(|(payout, by_id, is_bypassed)| Step::Ask { payout, by_id, is_bypassed }),
        4 => (1..5_u32).prop_map(|limit| Step::Read { limit }),
        6 => (any::<usize>(), prop::option::weighted(0.2, any::<bool>()))
            .prop_map(|(question, failure)| Step::Answer { question, failure }),
        2 => (payout.clone(), status).prop_map(|(payout, status)| Step::Notify { payout, status }),
        2 => (payout, any::<bool>()).prop_map(|(payout, by_id)| Step::Follow { payout, by_id }),
        2 => any::<bool>().prop_map(|is_accepted| Step::Deliver { is_accepted }),
        3 => (-7_200..200_000_i64).prop_map(|seconds| Step::Clock { seconds }),
        1 => Just(Step::Restart),
    ]
}

/// A question to AliKassa, with the answer that it gets.
struct Question {
    query: PayoutQuery,
    ticket: Ticket,
    /// Set if the ledger asks, not a route.
    reading: Option<Reading>,
    payout: usize,
    status: &'static str,
}

/// AliKassa, the merchant, the clock, and what the ledger must have recorded.
struct World {
    database: Sqlite,
    ledger: Ledger<Sqlite>,
    now: Timestamp,
    statuses: [&'static str; PAYOUTS.len()],
    questions: Vec<Question>,
    /// The last answer that was recorded for each payout: its ticket and its status.
    recorded: BTreeMap<usize, (i64, &'static str)>,
    /// The events that there must be for each payout, in order.
    expected: BTreeMap<usize, Vec<String>>,
    /// The payouts that the ledger has to bring to their end.
    followed: BTreeSet<usize>,
    delivered: BTreeSet<i64>,
}

impl World {
    fn new() -> Self {
        let database = sqlite::in_memory();
        Self {
            ledger: open(database.clone(), true),
            database,
            now: START,
            statuses: ["wait"; PAYOUTS.len()],
            questions: Vec::new(),
            recorded: BTreeMap::new(),
            expected: BTreeMap::new(),
            followed: BTreeSet::new(),
            delivered: BTreeSet::new(),
        }
    }

    /// The payout that AliKassa means.
    fn meant_by(query: &PayoutQuery) -> usize {
        let is_named = |(id, order_id): &(&str, &str)| {
            if query.field() == "id" { *id == query.value() } else { *order_id == query.value() }
        };
        PAYOUTS.iter().rposition(is_named).unwrap()
    }

    fn ask(&mut self, query: PayoutQuery, ticket: Ticket, reading: Option<Reading>) {
        let payout = Self::meant_by(&query);
        self.questions.push(Question { query, ticket, reading, payout, status: self.statuses[payout] });
    }

    fn answer(&mut self, question: Question) {
        let Question { query, ticket, payout: index, status, .. } = question;
        let (id, order_id) = PAYOUTS[index];
        self.ledger.record(&query, ticket, &payout(&query, id, order_id, status), self.now).unwrap();
        let last = self.recorded.get(&index);
        if last.is_none_or(|(number, _)| *number <= ticket.number) {
            if last.is_none_or(|(_, known)| *known != status) {
                let name = if status == "on hold" { "other" } else { status };
                self.expected.entry(index).or_default().push(format!("payout.{name}"));
            }
            self.recorded.insert(index, (ticket.number, status));
        }
    }

    fn run(&mut self, step: &Step) {
        let query = |payout: usize, is_by_id: bool| {
            let (id, order_id) = PAYOUTS[payout];
            if is_by_id { by_id(id) } else { by_order_id(order_id) }
        };
        match *step {
            Step::Change { payout, status } => self.statuses[payout] = STATUSES[status],
            Step::Ask { payout, by_id, is_bypassed } => {
                let query = query(payout, by_id);
                match self.ledger.look_up(&query, is_bypassed, self.now).unwrap() {
                    Lookup::Ask(ticket) => self.ask(query, ticket, None),
                    Lookup::Final { answer, .. } => {
                        let meant = Self::meant_by(&query);
                        let (_, status) = self.recorded[&meant];
                        let found = Payout::from_answer(answer.as_bytes(), &query).unwrap();
                        assert!(!is_bypassed && found.is_final());
                        assert_eq!((found.id(), found.payment_status().as_str()), (Some(PAYOUTS[meant].0), status));
                    }
                }
            }
            Step::Read { limit } => {
                for reading in self.ledger.due_readings(limit, self.now).unwrap() {
                    self.ask(reading.query.clone(), reading.ticket, Some(reading));
                }
            }
            Step::Answer { question, failure } if !self.questions.is_empty() => {
                let question = self.questions.swap_remove(question % self.questions.len());
                match (failure, &question.reading) {
                    (None, _) => self.answer(question),
                    (Some(is_about_payout), Some(reading)) => {
                        let failure = if is_about_payout { NOT_KNOWN } else { DOWN };
                        self.ledger.record_failure(reading, failure, self.now).unwrap();
                    }
                    (Some(_), None) => {}
                }
            }
            Step::Notify { payout, status } => {
                let json = format!(
                    r#"{{"type":"payout","id":"{}","payment_status":"{}"}}"#,
                    PAYOUTS[payout].0, STATUSES[status]
                );
                self.ledger.notify(&by_id(PAYOUTS[payout].0), &json, self.now).unwrap();
                self.followed.insert(payout);
            }
            Step::Follow { payout, by_id } => {
                let query = query(payout, by_id);
                self.followed.insert(Self::meant_by(&query));
                self.ledger.follow(&query, None, self.now).unwrap().unwrap();
            }
            Step::Deliver { is_accepted } => self.deliver(is_accepted),
            Step::Clock { seconds } => {
                self.now = Timestamp::from_millis(self.now.as_millis() + seconds * 1_000);
            }
            Step::Restart => {
                self.questions.clear();
                self.ledger = open(self.database.clone(), true);
            }
            Step::Answer { .. } => {}
        }
    }

    fn deliver(&mut self, is_accepted: bool) {
        for delivery in self.ledger.due_deliveries(20, self.now).unwrap() {
            let outcome = if is_accepted {
                self.delivered.insert(delivery.seq);
                DeliveryOutcome::Delivered(200)
            } else {
                DeliveryOutcome::Failed { status: Some(503), retry_after: None }
            };
            self.ledger.record_delivery(delivery.seq, outcome, self.now).unwrap();
        }
    }

    /// What must hold after every step: each payout has the last word that was recorded, and one event for each change.
    fn check(&self) {
        let events = self.ledger.events(0, 10_000).unwrap().events;
        let mut found: BTreeMap<usize, Vec<String>> = BTreeMap::new();
        for event in events.iter().filter(|event| event.r#type != "payout.overdue") {
            let body: serde_json::Value = serde_json::from_str(&event.body).unwrap();
            let id = body["data"]["payout"]["id"].as_str().unwrap();
            let index = PAYOUTS.iter().position(|(known, _)| *known == id).unwrap();
            found.entry(index).or_default().push(event.r#type.clone());
        }
        assert_eq!(found, self.expected);
        for (index, (id, _)) in PAYOUTS.iter().enumerate() {
            let status = self.ledger.history(&by_id(id)).unwrap().and_then(|found| found.record.status);
            assert_eq!(status.as_deref(), self.recorded.get(&index).map(|(_, status)| *status));
        }
    }

    /// AliKassa and the merchant are well again, and every payout ends: the ledger finds out, and the merchant is told.
    fn finish(&mut self) {
        for status in &mut self.statuses {
            if !FINAL.contains(status) {
                *status = "paid";
            }
        }
        self.run(&Step::Restart);
        for _ in 0..2_000 {
            let Some(wake) = self.ledger.next_wake(self.now).unwrap().filter(|wake| *wake < START + 3_000 * DAY) else {
                break;
            };
            self.now = self.now.max(wake);
            self.run(&Step::Read { limit: 20 });
            for question in std::mem::take(&mut self.questions) {
                self.answer(question);
            }
            self.deliver(true);
            self.ledger.prune(self.now).unwrap();
            self.check();
            if self.ledger.health(self.now).unwrap().pending.count == 0
                && self
                    .ledger
                    .payouts(None, None, 100)
                    .unwrap()
                    .payouts
                    .iter()
                    .all(|record| record.followed_since.is_none())
            {
                break;
            }
        }
        for payout in &self.followed {
            // A payout that is overdue for 30 days is followed no longer.
            let record = self.ledger.history(&by_id(PAYOUTS[*payout].0)).unwrap().map(|found| found.record);
            let has_ended = record.is_some_and(|record| record.overdue_at.is_none());
            if has_ended {
                assert!(FINAL.contains(&self.recorded[payout].1));
            }
        }
        for event in self.ledger.events(0, 10_000).unwrap().events {
            assert!(self.delivered.contains(&event.seq), "{event:?} was not delivered");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn keeps_the_rules(steps in prop::collection::vec(step(), 1..80)) {
        let mut world = World::new();
        for step in &steps {
            world.run(step);
            world.check();
        }
        world.finish();
    }
}
