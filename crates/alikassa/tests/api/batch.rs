//! Many payouts at a time.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Waker};
use std::time::Duration;

use alikassa::{
    Client, DecodeError, Payout, PayoutQuery, PayoutStatusError, RequestBudget, RequestError, RequestErrorKind,
    Settings,
};

use crate::mock_api::{MockApi, Reply, ms};
use crate::mock_clock::MockClock;
use crate::vectors::sample_query;

const LIMIT: Duration = Duration::from_secs(30);

/// The most requests that may be open.
const MOST_OPEN: usize = 6;

type Outcome = Result<Payout, PayoutStatusError>;

fn ask(api: &MockApi, queries: &[PayoutQuery]) -> Vec<Outcome> {
    ask_with(api, &api.client(), queries)
}

fn ask_with(api: &MockApi, client: &Client<MockApi, MockClock>, queries: &[PayoutQuery]) -> Vec<Outcome> {
    let outcomes = api.run(client.payout_statuses(queries));
    assert_eq!(outcomes.len(), queries.len());
    assert_eq!(api.open(), 0, "a request outlives the batch");
    assert!(api.most_open() <= MOST_OPEN, "{} requests are open", api.most_open());
    outcomes
}

fn with_timeout(api: &MockApi, timeout: Duration) -> Client<MockApi, MockClock> {
    let mut settings = Settings::default();
    settings.timeout = timeout;
    api.client_with(settings)
}

/// So many payouts, by `id` and by `order_id` in turn.
fn queries(count: usize) -> Vec<PayoutQuery> {
    let query =
        |number: usize| if number.is_multiple_of(2) { PayoutQuery::id } else { PayoutQuery::order_id }(number.to_string());
    (0..count).map(|number| query(number).unwrap()).collect()
}

/// The same script for each payout.
fn each(queries: &[PayoutQuery], script: &[Reply]) -> MockApi {
    MockApi::by_payout(queries.iter().map(|query| (query.clone(), script.to_vec())))
}

fn assert_payout(outcome: &Outcome, query: &PayoutQuery) {
    let payout = outcome.as_ref().unwrap_or_else(|error| panic!("{}: {error}", query.value()));
    let id = if query.field() == "id" { payout.id() } else { payout.order_id() };
    assert_eq!((id, payout.payment_status().as_str()), (Some(query.value()), "paid"));
}

fn error(outcome: &Outcome) -> &RequestError {
    outcome.as_ref().expect_err("no payout").request_error()
}

fn assert_timeout(outcome: &Outcome) -> &RequestError {
    let error = error(outcome);
    assert!(matches!(error.kind(), RequestErrorKind::Timeout { .. }), "{error:?}");
    assert_eq!(error.code(), "upstream_timeout");
    error
}

#[test]
fn answers_in_the_order_of_the_queries() {
    for step in [7, 11, 39] {
        let queries = queries(40);
        let api = MockApi::by_payout(queries.iter().enumerate().map(|(number, query)| {
            let takes = u64::try_from(number * step % 40).unwrap() * 10;
            (query.clone(), vec![Reply::payout().takes(takes)])
        }));
        for (outcome, query) in ask(&api, &queries).iter().zip(&queries) {
            assert_payout(outcome, query);
        }
        let bodies: Vec<&str> = queries.iter().map(PayoutQuery::body).collect();
        assert_ne!(*api.answered(), bodies, "the answers came in order anyhow");
        assert_eq!(api.sent().len(), 40);
    }
}

#[test]
fn sends_at_most_six_requests_at_a_time() {
    for (count, at_once, rounds) in [(1, 1, 1), (2, 2, 1), (5, 5, 1), (6, 6, 1), (7, 6, 2), (13, 6, 3), (40, 6, 7)] {
        let queries = queries(count);
        let api = each(&queries, &[Reply::payout().takes(100)]);
        assert!(ask(&api, &queries).iter().all(Result::is_ok));
        assert_eq!((api.most_open(), api.elapsed()), (at_once, ms(100) * rounds), "{count}");
        let sent = api.sent();
        let expected = (0..count).map(|number| ms(100) * u32::try_from(number / MOST_OPEN).unwrap());
        assert!(sent.iter().map(|sent| sent.at).eq(expected), "{count}");
    }
}

#[test]
fn counts_retries_among_the_six() {
    let queries = queries(40);
    let api =
        each(&queries, &[Reply::status(503).takes(50), Reply::unreachable(None).takes(50), Reply::payout().takes(50)]);
    assert!(ask(&api, &queries).iter().all(Result::is_ok));
    assert_eq!((api.sent().len(), api.most_open()), (120, MOST_OPEN));
}

#[test]
fn sends_the_next_request_as_soon_as_one_ends() {
    let queries = queries(40);
    let slow = (queries[0].clone(), vec![Reply::payout().takes(1000)]);
    let others = queries[1..].iter().map(|query| (query.clone(), vec![Reply::payout().takes(100)]));
    let api = MockApi::by_payout([slow].into_iter().chain(others));
    assert!(ask(&api, &queries).iter().all(Result::is_ok));
    // The 39 others take eight rounds of five.
    assert_eq!(api.elapsed(), ms(1000));
    assert_eq!(api.sent_for(&queries[39]), [ms(700)]);
}

#[test]
fn times_out_one_hanging_request_alone() {
    for place in [0, 5, 6, 17, 39] {
        for limit in [LIMIT, ms(1500)] {
            let queries = queries(40);
            let api = MockApi::by_payout(queries.iter().enumerate().map(|(number, query)| {
                (query.clone(), vec![if number == place { Reply::hang() } else { Reply::payout().takes(100) }])
            }));
            let outcomes = ask_with(&api, &with_timeout(&api, limit), &queries);
            for (number, (outcome, query)) in outcomes.iter().zip(&queries).enumerate() {
                if number == place {
                    assert_eq!(assert_timeout(outcome).attempts(), 1);
                } else {
                    assert_payout(outcome, query);
                }
            }
            assert_eq!((api.elapsed(), api.dropped()), (limit, 1), "the {place}th");
        }
    }
}

#[test]
fn times_out_requests_that_were_never_sent() {
    let queries = queries(40);
    let api = each(&queries, &[Reply::hang()]);
    for outcome in &ask(&api, &queries) {
        let error = assert_timeout(outcome);
        assert!(error.is_retryable());
        assert_eq!(error.upstream_status(), None);
    }
    assert_eq!(api.elapsed(), LIMIT);
}

#[test]
fn keeps_answers_from_before_the_timeout() {
    let queries = queries(40);
    // Rounds of 8 s: at 24 s the fourth begins, and it would take until 32.
    let api = each(&queries, &[Reply::payout().takes(8000)]);
    let outcomes = ask(&api, &queries);
    for (outcome, query) in outcomes[..18].iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    for outcome in &outcomes[18..] {
        assert_timeout(outcome);
    }
    assert_eq!(api.elapsed(), LIMIT);
}

#[test]
fn sends_nothing_after_the_timeout() {
    let queries = queries(40);
    let api = each(&queries, &[Reply::hang()]);
    let outcomes = ask(&api, &queries);
    let late = api.sent().iter().filter(|sent| sent.at >= LIMIT).count();
    assert_eq!((api.sent().len(), late), (MOST_OPEN, 0), "sent in all, and after the time");
    for outcome in &outcomes[MOST_OPEN..] {
        assert_eq!(assert_timeout(outcome).attempts(), 0);
    }
}

#[test]
fn reports_the_timeout_of_the_whole_batch() {
    let queries = queries(13);
    let scripts = queries.iter().enumerate().map(|(number, query)| {
        (query.clone(), vec![if number < MOST_OPEN { Reply::payout().takes(10_000) } else { Reply::hang() }])
    });
    let outcomes = ask(&MockApi::by_payout(scripts), &queries);
    for outcome in &outcomes[MOST_OPEN..] {
        let error = assert_timeout(outcome);
        assert_eq!(error.kind(), &RequestErrorKind::Timeout { limit: LIMIT, last_status: None }, "{error}");
    }
}

#[test]
fn reports_the_last_status_before_a_timeout() {
    let queries = queries(8);
    let api = each(&queries[..3], &[Reply::status(502).retry_after("3"), Reply::hang()]);
    let outcomes = ask(&api, &queries);
    for outcome in &outcomes[..3] {
        let error = assert_timeout(outcome);
        assert_eq!((error.upstream_status(), error.attempts()), (Some(502), 2));
    }
    assert!(outcomes[3..].iter().all(Result::is_ok));
    assert_eq!(api.elapsed(), LIMIT);
}

#[test]
fn does_not_wait_for_a_retry_after_the_timeout() {
    let queries = queries(12);
    let scripts = queries.iter().enumerate().map(|(number, query)| {
        (
            query.clone(),
            vec![if number < MOST_OPEN { Reply::payout().takes(20_000) } else { Reply::status(429).retry_after("10") }],
        )
    });
    let api = MockApi::by_payout(scripts);
    for outcome in &ask(&api, &queries)[MOST_OPEN..] {
        let error = error(outcome);
        assert_eq!((error.code(), error.attempts()), ("upstream_status", 1));
    }
    // 20 of the 30 seconds were over, and the answer at hand says more than a timeout.
    assert_eq!((api.elapsed(), api.sent().len()), (ms(20_000), 12));
}

#[test]
fn reports_each_error_separately() {
    let queries = queries(8);
    let api = MockApi::by_payout(queries.iter().cloned().zip([
        vec![Reply::payout().takes(30)],
        vec![Reply::response(400, r#"{"message":"No.","payment_status":"fail"}"#)],
        vec![Reply::response(200, "<html>"), Reply::payout()],
        vec![Reply::unreachable(None), Reply::unreachable(None), Reply::unreachable(None), Reply::payout()],
        vec![Reply::response(200, r#"{"id":"0","payment_status":"fail"}"#), Reply::payout()],
        vec![Reply::response(200, r#"{"id":"5"}"#).truncated(), Reply::payout()],
        vec![Reply::status(503), Reply::payout()],
        vec![Reply::hang()],
    ]));
    let outcomes = ask(&api, &queries);
    for place in [0, 6] {
        assert_payout(&outcomes[place], &queries[place]);
    }
    let kind = |place: usize| error(&outcomes[place]).kind();
    assert!(
        matches!(kind(1), RequestErrorKind::Status { status: 400, message: Some(message), .. } if message == "No.")
    );
    assert_eq!(kind(2), &RequestErrorKind::Decode(DecodeError::NotJson));
    assert_eq!(kind(3), &RequestErrorKind::Unreachable { code: None });
    assert_eq!(kind(4), &RequestErrorKind::Decode(DecodeError::IdMismatch { field: "id" }));
    assert!(matches!(kind(5), RequestErrorKind::Decode(DecodeError::TooLong { .. })));
    assert_timeout(&outcomes[7]);
    let attempts: Vec<_> =
        outcomes.iter().filter(|outcome| outcome.is_err()).map(|outcome| error(outcome).attempts()).collect();
    assert_eq!(attempts, [1, 1, 3, 1, 1, 1]);
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let shown = format!("{outcome} {outcome:?}");
        assert!(!shown.contains("payment_status") && !shown.contains("fail\""), "{shown}");
    }
}

#[test]
fn answers_an_empty_batch_with_nothing() {
    let api = MockApi::by_payout([]);
    assert!(ask(&api, &[]).is_empty());
    assert_eq!((api.elapsed(), api.sent().len()), (Duration::ZERO, 0));
}

#[test]
fn answers_duplicate_queries_separately() {
    let query = sample_query();
    let queries = vec![query.clone(); 9];
    let api = MockApi::by_payout([(
        query.clone(),
        vec![Reply::payout().takes(20), Reply::status(400), Reply::payout().takes(10)],
    )]);
    let outcomes = ask(&api, &queries);
    assert_eq!(api.sent_for(&query).len(), 9);
    for (place, outcome) in outcomes.iter().enumerate() {
        match place {
            1 => assert_eq!(error(outcome).upstream_status(), Some(400)),
            _ => assert_payout(outcome, &query),
        }
    }
}

#[test]
fn answers_500_queries() {
    let queries = queries(500);
    let api = each(&queries, &[Reply::payout().takes(10)]);
    for (outcome, query) in ask(&api, &queries).iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    assert_eq!((api.most_open(), api.elapsed()), (MOST_OPEN, ms(840)));
}

#[test]
fn does_not_retry_with_an_empty_budget() {
    let queries = queries(10);
    for bad in [Reply::status(503), Reply::status(429), Reply::unreachable(None), Reply::status(503).retry_after("5")] {
        let api = each(&queries, &[bad]);
        for outcome in &ask_with(&api, &api.client().with_budget(RequestBudget::new(0)), &queries) {
            let error = error(outcome);
            assert!(matches!(error.code(), "upstream_status" | "upstream_unreachable"), "{error}");
            assert_eq!(error.attempts(), 1);
        }
        assert_eq!((api.sent().len(), api.elapsed()), (10, Duration::ZERO));
    }
}

#[test]
fn retries_within_the_budget_and_sends_every_first_attempt() {
    for allowed in [1, 3, 10, 19, 20, 50] {
        let queries = queries(10);
        let api = each(&queries, &vec![Reply::status(503); 5]);
        let outcomes = ask_with(&api, &api.client().with_budget(RequestBudget::new(allowed)), &queries);
        let attempts: u32 = outcomes.iter().map(|outcome| error(outcome).attempts()).sum();
        // With two retries each there are 20 in all.
        let sent = 10 + allowed.min(20);
        assert_eq!((api.sent().len(), attempts), (usize::try_from(sent).unwrap(), sent), "{allowed}");
        assert!(queries.iter().all(|query| !api.sent_for(query).is_empty()));
        assert!(outcomes.iter().all(|outcome| error(outcome).upstream_status() == Some(503)));
    }
}

#[test]
fn answers_after_retries_within_the_budget() {
    let queries = queries(40);
    let failing = queries.iter().step_by(4).map(|query| (query.clone(), vec![Reply::status(503)]));
    let api = MockApi::by_payout(failing);
    let budget = RequestBudget::new(10);
    let client = api.client().with_budget(budget.clone());
    assert!(ask_with(&api, &client, &queries).iter().all(Result::is_ok));
    assert_eq!((api.sent().len(), budget.try_consume()), (50, false));
}

/// A runtime limits the requests of an invocation, not of a call.
#[test]
fn shares_a_budget_between_calls_and_clients() {
    let query = sample_query();
    let api = MockApi::by_payout([(query.clone(), vec![Reply::status(503); 10])]);
    let client = api.client().with_budget(RequestBudget::new(3));
    let clones = [client.clone(), client.with_transport(api.clone()), client.clone()];
    let attempts = clones.map(|client| api.run(client.payout_status(&query)).unwrap_err().request_error().attempts());
    assert_eq!(attempts, [3, 2, 1]);
}

#[test]
fn consumes_the_budget_only_for_retries_that_are_sent() {
    let queries = queries(6);
    let api = MockApi::by_payout(queries.iter().cloned().zip([
        vec![Reply::payout()],
        vec![Reply::status(400)],
        vec![Reply::response(200, "{}")],
        // Beyond the timeout.
        vec![Reply::status(503).retry_after("30")],
        // The third attempt is the last in any case.
        vec![Reply::status(503); 3],
        vec![Reply::hang()],
    ]));
    let consumed = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&consumed);
    let budget = RequestBudget::from_fn(move || {
        counter.fetch_add(1, Ordering::Relaxed);
        true
    });
    ask_with(&api, &api.client().with_budget(budget), &queries);
    assert_eq!((consumed.load(Ordering::Relaxed), api.sent().len()), (2, 8));
}

#[test]
fn limits_the_retries_of_a_single_payout_by_the_budget() {
    for allowed in 0..3 {
        let query = sample_query();
        let api = MockApi::by_payout([(query.clone(), vec![Reply::status(503); 5])]);
        let client = api.client().with_budget(RequestBudget::new(allowed));
        let error = api.run(client.payout_status(&query)).unwrap_err();
        let error = error.request_error();
        assert_eq!((error.code(), error.upstream_status()), ("upstream_status", Some(503)));
        assert_eq!((api.sent().len(), error.attempts()), (usize::try_from(allowed).unwrap() + 1, allowed + 1));
    }
}

#[test]
fn accepts_the_longest_timeout() {
    let queries = queries(14);
    let api = each(&queries, &[Reply::status(503).retry_after("7200"), Reply::payout().takes(3_600_000)]);
    for (outcome, query) in ask_with(&api, &with_timeout(&api, Duration::MAX), &queries).iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    assert_eq!(api.elapsed(), Duration::from_secs(3 * 3 * 3600));
}

/// Timeouts are measured by a timer, since the wall clock may be put back during a request.
#[test]
fn times_out_although_the_clock_is_put_back() {
    let queries = queries(12);
    let scripts = queries.iter().enumerate().map(|(number, query)| {
        let clock_back = if number == 0 { Duration::from_secs(3600) } else { Duration::ZERO };
        let early = Reply::payout().clock_back(clock_back).takes(20_000);
        (query.clone(), vec![if number < MOST_OPEN { early } else { Reply::hang() }])
    });
    let api = MockApi::by_payout(scripts);
    let outcomes = ask(&api, &queries);
    assert!(outcomes[..MOST_OPEN].iter().all(Result::is_ok));
    assert!(outcomes[MOST_OPEN..].iter().all(Result::is_err));
    assert!(api.elapsed() <= LIMIT, "{:?} passed, the limit is {LIMIT:?}", api.elapsed());
}

#[test]
fn aborts_all_requests_when_the_future_is_dropped() {
    let queries = queries(40);
    let api = each(&queries, &[Reply::hang()]);
    let client = api.client();
    {
        let mut asking = pin!(client.payout_statuses(&queries));
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!((api.sent().len(), api.open()), (MOST_OPEN, MOST_OPEN));
    }
    assert_eq!((api.dropped(), api.open()), (MOST_OPEN, 0));
}
