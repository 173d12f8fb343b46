//! Many payouts at a time. No time passes but in the script.

use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use alikassa_edge::{Answer, Failure, Gateway, NotAPayout, PayoutQuery, Settings};

use crate::vectors::{SIGNER, account, sample_query};

use crate::company::*;

#[test]
fn answers_keep_the_order_of_the_questions_however_long_each_takes() {
    for step in [7, 11, 39] {
        let queries = queries(40);
        let company = Company::new(queries.iter().enumerate().map(|(number, query)| {
            let takes = u64::try_from(number * step % 40).unwrap() * 10;
            (query.clone(), vec![payout().takes(takes)])
        }));
        for (outcome, query) in company.ask(&queries).iter().zip(&queries) {
            assert_payout(outcome, query);
        }
        let bodies: Vec<&str> = queries.iter().map(PayoutQuery::body).collect();
        assert_ne!(*company.0.answered.borrow(), bodies, "they came in order anyhow");
        assert_eq!(company.sent(), 40);
    }
}

#[test]
fn six_are_asked_for_at_once_and_never_more() {
    for (count, at_once, rounds) in [(1, 1, 1), (2, 2, 1), (5, 5, 1), (6, 6, 1), (7, 6, 2), (13, 6, 3), (40, 6, 7)] {
        let queries = queries(count);
        let company = each(&queries, &[payout().takes(100)]);
        assert!(company.ask(&queries).iter().all(Result::is_ok));
        assert_eq!((company.most_under_way(), company.elapsed()), (at_once, ms(100) * rounds), "{count}");
        let sent = company.0.sent.borrow();
        let expected = (0..count).map(|number| ms(100) * u32::try_from(number / AT_ONCE).unwrap());
        assert!(sent.iter().map(|(at, _)| *at).eq(expected), "{count}: {sent:?}");
    }
}

#[test]
fn retries_are_among_the_six_too() {
    let queries = queries(40);
    let company = each(&queries, &[status(503).takes(50), broken().takes(50), payout().takes(50)]);
    assert!(company.ask(&queries).iter().all(Result::is_ok));
    assert_eq!((company.sent(), company.most_under_way()), (120, AT_ONCE));
}

#[test]
fn the_next_is_asked_for_as_soon_as_any_of_the_six_is_answered() {
    let queries = queries(40);
    let slow = (queries[0].clone(), vec![payout().takes(1000)]);
    let others = queries[1..].iter().map(|query| (query.clone(), vec![payout().takes(100)]));
    let company = Company::new([slow].into_iter().chain(others));
    assert!(company.ask(&queries).iter().all(Result::is_ok));
    // The 39 others take eight rounds of five.
    assert_eq!(company.elapsed(), ms(1000));
    assert_eq!(company.sent_for(&queries[39]), [ms(700)]);
}

#[test]
fn one_that_hangs_ends_with_the_time_for_all_and_the_others_are_answered() {
    for place in [0, 5, 6, 17, 39] {
        for limit in [LIMIT, ms(1500)] {
            let queries = queries(40);
            let company = Company::new(queries.iter().enumerate().map(|(number, query)| {
                (query.clone(), vec![if number == place { hang() } else { payout().takes(100) }])
            }));
            let outcomes = company.ask_with(&Settings { timeout: limit, ..Settings::default() }, &queries);
            for (number, (outcome, query)) in outcomes.iter().zip(&queries).enumerate() {
                if number == place {
                    assert_eq!(assert_timeout(outcome).attempts(), Some(1));
                } else {
                    assert_payout(outcome, query);
                }
            }
            assert_eq!((company.elapsed(), company.0.dropped.get()), (limit, 1), "the {place}th");
        }
    }
}

#[test]
fn what_could_not_be_asked_for_within_the_time_is_a_time_limit_too() {
    let queries = queries(40);
    let company = each(&queries, &[hang()]);
    for outcome in &company.ask(&queries) {
        let error = assert_timeout(outcome);
        assert!(error.is_retryable());
        assert_eq!(error.upstream_status(), None);
    }
    assert_eq!(company.elapsed(), LIMIT);
}

#[test]
fn what_is_answered_before_the_time_is_over_counts_whatever_comes_after() {
    let queries = queries(40);
    // Rounds of 8 s: at 24 s the fourth begins, and it would take until 32.
    let company = each(&queries, &[payout().takes(8000)]);
    let outcomes = company.ask(&queries);
    for (outcome, query) in outcomes[..18].iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    for outcome in &outcomes[18..] {
        assert_timeout(outcome);
    }
    assert_eq!(company.elapsed(), LIMIT);
}

/// A request that has no time would be signed and sent for nothing, and its answer thrown away.
#[test]
fn nothing_is_sent_any_more_once_the_time_is_over() {
    let queries = queries(40);
    let company = each(&queries, &[hang()]);
    let outcomes = company.ask(&queries);
    let late = company.0.sent.borrow().iter().filter(|(at, _)| *at >= LIMIT).count();
    assert_eq!((company.sent(), late), (AT_ONCE, 0), "sent in all, and after the time");
    for outcome in &outcomes[AT_ONCE..] {
        assert_eq!(assert_timeout(outcome).attempts(), Some(0));
    }
}

#[test]
fn a_time_limit_names_the_time_that_there_was_for_all() {
    let queries = queries(13);
    let scripts = queries
        .iter()
        .enumerate()
        .map(|(number, query)| (query.clone(), vec![if number < AT_ONCE { payout().takes(10_000) } else { hang() }]));
    let outcomes = Company::new(scripts).ask(&queries);
    for outcome in &outcomes[AT_ONCE..] {
        // Not «did not answer within 0 ms», as if it had been asked.
        let error = assert_timeout(outcome);
        assert_eq!(error.failure(), &Failure::Timeout { limit: LIMIT, last_status: None }, "{error}");
    }
}

#[test]
fn a_time_limit_still_tells_what_was_answered_before_it() {
    let queries = queries(8);
    let company = each(&queries[..3], &[status(502).retry_after("3"), hang()]);
    let outcomes = company.ask(&queries);
    for outcome in &outcomes[..3] {
        let error = assert_timeout(outcome);
        assert_eq!((error.upstream_status(), error.attempts()), (Some(502), Some(2)));
    }
    assert!(outcomes[3..].iter().all(Result::is_ok));
    assert_eq!(company.elapsed(), LIMIT);
}

#[test]
fn a_retry_that_would_come_after_the_time_for_all_is_not_waited_for() {
    let queries = queries(12);
    let scripts = queries.iter().enumerate().map(|(number, query)| {
        (query.clone(), vec![if number < AT_ONCE { payout().takes(20_000) } else { status(429).retry_after("10") }])
    });
    let company = Company::new(scripts);
    for outcome in &company.ask(&queries)[AT_ONCE..] {
        let error = outcome.as_ref().unwrap_err();
        assert_eq!((error.code(), error.attempts()), ("upstream_status", Some(1)));
    }
    // At once: of the 30 seconds 20 were over, and the answer in hand says more than a time limit.
    assert_eq!((company.elapsed(), company.sent()), (ms(20_000), 12));
}

#[test]
fn each_failure_is_its_own() {
    let queries = queries(8);
    let error = r#"{"message":"No.","payment_status":"fail"}"#;
    let refused = Answer { status: 400, retry_after: None, body: error.into(), is_whole: true };
    let cut_off = Answer { status: 200, retry_after: None, body: br#"{"id":"5"}"#.to_vec(), is_whole: false };
    let company = Company::new(queries.iter().cloned().zip([
        vec![payout().takes(30)],
        vec![Reply { outcome: Some(Ok(refused)), ..payout() }],
        vec![body("<html>"), payout()],
        vec![broken(), broken(), broken(), payout()],
        vec![body(r#"{"id":"0","payment_status":"fail"}"#), payout()],
        vec![Reply { outcome: Some(Ok(cut_off)), ..payout() }, payout()],
        vec![status(503), payout()],
        vec![hang()],
    ]));
    let outcomes = company.ask(&queries);
    for place in [0, 6] {
        assert_payout(&outcomes[place], &queries[place]);
    }
    let failure = |place: usize| outcomes[place].as_ref().unwrap_err().failure();
    assert!(matches!(failure(1), Failure::Status { status: 400, message: Some(message), .. } if message == "No."));
    assert_eq!(failure(2), &Failure::Invalid(NotAPayout::NotJson));
    assert_eq!(failure(3), &Failure::Unreachable { code: None });
    assert_eq!(failure(4), &Failure::Invalid(NotAPayout::Another { field: "id" }));
    assert!(matches!(failure(5), Failure::Invalid(NotAPayout::TooLong { .. })));
    assert_timeout(&outcomes[7]);
    let attempts: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().err()?.attempts()).collect();
    assert_eq!(attempts, [1, 1, 3, 1, 1, 1]);
    for outcome in outcomes.iter().filter_map(|outcome| outcome.as_ref().err()) {
        let shown = format!("{outcome} {outcome:?}");
        assert!(!shown.contains("payment_status") && !shown.contains("fail\""), "{shown}");
    }
}

#[test]
fn of_no_questions_there_are_no_answers() {
    let company = Company::new([]);
    assert!(company.ask(&[]).is_empty());
    assert_eq!((company.elapsed(), company.sent()), (Duration::ZERO, 0));
}

#[test]
fn the_same_question_twice_has_two_answers() {
    let query = sample_query();
    let queries = vec![query.clone(); 9];
    let company = Company::new([(query.clone(), vec![payout().takes(20), status(400), payout().takes(10)])]);
    let outcomes = company.ask(&queries);
    assert_eq!(company.sent_for(&query).len(), 9);
    for (place, outcome) in outcomes.iter().enumerate() {
        match place {
            1 => assert_eq!(outcome.as_ref().unwrap_err().upstream_status(), Some(400)),
            _ => assert_payout(outcome, &query),
        }
    }
}

#[test]
fn more_than_any_edge_takes_are_answered_all_the_same() {
    let queries = queries(500);
    let company = each(&queries, &[payout().takes(10)]);
    for (outcome, query) in company.ask(&queries).iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    assert_eq!((company.most_under_way(), company.elapsed()), (AT_ONCE, ms(840)));
}

#[test]
fn a_transport_that_allows_no_retry_gets_none_and_the_answer_in_hand_is_told_at_once() {
    let queries = queries(10);
    for bad in [status(503), status(429), broken(), status(503).retry_after("5")] {
        let company = each(&queries, &[bad]).with_retries(0);
        for outcome in &company.ask(&queries) {
            let error = outcome.as_ref().unwrap_err();
            assert!(matches!(error.code(), "upstream_status" | "upstream_unreachable"), "{error}");
            assert_eq!(error.attempts(), Some(1));
        }
        assert_eq!((company.sent(), company.elapsed()), (10, Duration::ZERO));
    }
}

#[test]
fn a_transport_that_allows_some_retries_gets_so_many_and_no_first_attempt_is_lost() {
    for allowed in [1, 3, 10, 19, 20, 50] {
        let queries = queries(10);
        let company = each(&queries, &vec![status(503); 5]).with_retries(allowed);
        let outcomes = company.ask(&queries);
        let attempts = outcomes.iter().map(|outcome| outcome.as_ref().unwrap_err().attempts().unwrap());
        // With two retries each there are 20 in all.
        let sent = 10 + allowed.min(20);
        assert_eq!((company.sent(), attempts.sum::<u32>()), (sent, u32::try_from(sent).unwrap()), "{allowed}");
        assert!(queries.iter().all(|query| !company.sent_for(query).is_empty()));
        assert!(outcomes.iter().all(|outcome| outcome.as_ref().unwrap_err().upstream_status() == Some(503)));
    }
}

#[test]
fn retries_that_are_allowed_bring_the_payout() {
    let queries = queries(40);
    // Ten of them fail once, and ten retries are left by a limit of 50.
    let failing = queries.iter().step_by(4).map(|query| (query.clone(), vec![status(503)]));
    let company = Company::new(failing).with_retries(10);
    assert!(company.ask(&queries).iter().all(Result::is_ok));
    assert_eq!((company.sent(), company.0.retries_left.get()), (50, 0));
}

#[test]
fn a_retry_is_asked_for_only_where_it_would_come() {
    let queries = queries(6);
    let company = Company::new(queries.iter().cloned().zip([
        vec![payout()],
        vec![status(400)],
        vec![body("{}")],
        // Beyond the time that there is.
        vec![status(503).retry_after("30")],
        // The third is the last in any case.
        vec![status(503); 3],
        vec![hang()],
    ]));
    company.ask(&queries);
    assert_eq!((company.0.retries_asked_for.get(), company.sent()), (2, 8));
}

#[test]
fn a_single_payout_is_asked_for_again_only_where_the_transport_allows_it() {
    for allowed in 0..3 {
        let query = sample_query();
        let company = Company::new([(query.clone(), vec![status(503); 5])]).with_retries(allowed);
        let (account, settings) = (account(), Settings::default());
        let gateway = Gateway::new(company.clone(), &SIGNER, &account, &settings);
        let error = company.0.clock.run(gateway.payout_status(&query)).unwrap_err();
        assert_eq!((error.code(), error.upstream_status()), ("upstream_status", Some(503)));
        assert_eq!(company.sent(), allowed + 1);
    }
}

#[test]
fn a_time_without_end_is_one() {
    let settings = Settings { timeout: Duration::MAX, ..Settings::default() };
    let queries = queries(14);
    let company = each(&queries, &[status(503).retry_after("7200"), payout().takes(3_600_000)]);
    for (outcome, query) in company.ask_with(&settings, &queries).iter().zip(&queries) {
        assert_payout(outcome, query);
    }
    assert_eq!(company.elapsed(), Duration::from_secs(3 * 3 * 3600));
}

/// The wall clock is not what limits are measured by: it may be put back while a request is under way.
#[test]
fn a_clock_that_is_put_back_does_not_make_the_time_longer() {
    let queries = queries(12);
    let scripts = queries.iter().enumerate().map(|(number, query)| {
        let clock_back = if number == 0 { Duration::from_secs(3600) } else { Duration::ZERO };
        let early = Reply { clock_back, ..payout() }.takes(20_000);
        (query.clone(), vec![if number < AT_ONCE { early } else { hang() }])
    });
    let company = Company::new(scripts);
    let outcomes = company.ask(&queries);
    assert!(outcomes[..AT_ONCE].iter().all(Result::is_ok));
    assert!(outcomes[AT_ONCE..].iter().all(Result::is_err));
    assert!(company.elapsed() <= LIMIT, "{:?} passed, the limit is {LIMIT:?}", company.elapsed());
}

#[test]
fn a_caller_who_drops_the_batch_ends_all_its_requests() {
    let queries = queries(40);
    let company = each(&queries, &[hang()]);
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(company.clone(), &SIGNER, &account, &settings);
    {
        let mut asking = pin!(gateway.payout_statuses(&queries));
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!((company.sent(), company.0.under_way.get()), (AT_ONCE, AT_ONCE));
    }
    assert_eq!((company.0.dropped.get(), company.0.under_way.get()), (AT_ONCE, 0));
}
