//! Asking again, and when to stop. No time passes but in the script.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use alikassa_edge::{Failure, Gateway, GatewayError, Payout, Settings};

use crate::transport::{Scripted, Step};
use crate::vectors::{SIGNER, account, sample_answer, sample_query};

const LIMIT: Duration = Duration::from_secs(30);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

fn ask(script: impl IntoIterator<Item = Step>) -> (Result<Payout, GatewayError>, Scripted) {
    ask_with(&Settings::default(), script)
}

fn ask_with(settings: &Settings, script: impl IntoIterator<Item = Step>) -> (Result<Payout, GatewayError>, Scripted) {
    let transport = Scripted::new(script);
    let account = account();
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, settings);
    let outcome = transport.run(gateway.payout_status(&sample_query()));
    (outcome, transport)
}

fn good() -> Step {
    Step::answer(200, sample_answer())
}

#[test]
fn what_may_be_mended_by_asking_again_is_asked_again_up_to_twice() {
    for bad in [
        Step::unreachable(None),
        Step::answer(429, ""),
        Step::answer(502, ""),
        Step::answer(503, ""),
        Step::answer(504, ""),
    ] {
        for failures in 0..3 {
            let (outcome, transport) = ask([vec![bad.clone(); failures], vec![good()]].concat());
            assert_eq!(outcome.unwrap().payment_status().as_str(), "paid");
            assert_eq!(transport.sent().len(), failures + 1);
        }
        let (outcome, transport) = ask([vec![bad; 3], vec![good()]].concat());
        assert_eq!(outcome.unwrap_err().attempts(), Some(3));
        assert_eq!((transport.sent().len(), transport.left()), (3, 1));
    }
}

#[test]
fn nothing_else_is_asked_again() {
    let statuses = (100..=599).filter(|status| !matches!(status, 200 | 429 | 502 | 503 | 504));
    let others = statuses.map(|status| Step::answer(status, "").retry_after("0")).chain([
        Step::answer(200, "{}"),
        Step::answer(200, "<html>"),
        good().cut_off(),
    ]);
    for bad in others {
        let (outcome, transport) = ask([bad, good()]);
        let error = outcome.expect_err("no payout");
        assert_eq!((error.attempts(), transport.sent().len(), transport.left()), (Some(1), 1, 1), "{error}");
        assert_eq!(transport.elapsed(), Duration::ZERO);
    }
}

#[test]
fn the_last_failure_is_the_one_that_is_told() {
    let (outcome, _) = ask([Step::unreachable(None), Step::answer(503, ""), Step::answer(400, r#"{"message":"No."}"#)]);
    let error = outcome.unwrap_err();
    assert!(matches!(error.failure(), Failure::Status { status: 400, message: Some(_), .. }), "{error:?}");
    assert_eq!(error.attempts(), Some(3));
}

#[test]
fn the_same_signed_request_goes_out_each_time() {
    let (_, transport) = ask([Step::answer(503, ""), Step::unreachable(None), good()]);
    let sent = transport.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].request.body, r#"{"id":"100000536"}"#);
    assert!(sent.iter().all(|sent| sent.request == sent_first(&transport)));
}

fn sent_first(transport: &Scripted) -> alikassa_edge::SignedRequest {
    transport.sent()[0].request.clone()
}

#[test]
fn the_settings_say_how_often() {
    for retries in [0, 1, 5] {
        let settings = Settings { retries, ..Settings::default() };
        let (outcome, transport) = ask_with(&settings, vec![Step::answer(503, ""); 7]);
        assert_eq!(outcome.unwrap_err().attempts(), Some(retries + 1));
        assert_eq!(transport.sent().len() as u32, retries + 1);
    }
}

#[test]
fn the_back_off_has_full_jitter_from_200_ms_and_doubles() {
    let mut pauses = [BTreeSet::new(), BTreeSet::new()];
    for _ in 0..200 {
        let (_, transport) = ask(vec![Step::answer(503, ""); 3]);
        for (pauses, pause) in pauses.iter_mut().zip(transport.pauses()) {
            pauses.insert(pause);
        }
    }
    for (pauses, ceiling) in pauses.iter().zip([ms(200), ms(400)]) {
        let (least, most) = (*pauses.first().unwrap(), *pauses.last().unwrap());
        assert!(most <= ceiling, "{most:?} of {ceiling:?}");
        // Of 200 even draws none falls into one of these quarters with a chance of (3/4)^200 < 10^-24.
        assert!(least < ceiling / 4 && most > ceiling * 3 / 4, "from {least:?} to {most:?} of {ceiling:?}");
        assert!(pauses.len() > 100, "{} different ones", pauses.len());
    }
}

#[test]
fn retry_after_in_seconds_is_honoured() {
    for status in [429, 502, 503, 504] {
        for (value, seconds) in [("1", 1), ("7", 7), (" 2 ", 2), ("007", 7)] {
            let (outcome, transport) = ask([Step::answer(status, "").retry_after(value), good()]);
            assert!(outcome.is_ok());
            assert_eq!(transport.pauses(), [Duration::from_secs(seconds)], "{status}, {value:?}");
        }
    }
}

#[test]
fn retry_after_as_a_date_is_honoured() {
    // The script begins on Fri, 02 Jan 2026 03:04:05 GMT. The three forms are RFC 9110's (section 5.6.7).
    for value in ["Fri, 02 Jan 2026 03:04:09 GMT", "Friday, 02-Jan-26 03:04:09 GMT", "Fri Jan  2 03:04:09 2026"] {
        let (outcome, transport) = ask([Step::answer(503, "").retry_after(value), good()]);
        assert!(outcome.is_ok());
        assert_eq!(transport.pauses(), [Duration::from_secs(4)], "{value}");
    }
}

#[test]
fn retry_after_counts_from_when_the_answer_came() {
    let value = "Fri, 02 Jan 2026 03:04:09 GMT";
    let (_, transport) = ask([Step::answer(503, "").retry_after(value).takes_ms(3000), good()]);
    assert_eq!(transport.pauses(), [ms(4000)], "sent at the beginning and at that date");
    let (_, transport) = ask([Step::answer(503, "").retry_after("4").takes_ms(3000), good()]);
    assert_eq!(transport.pauses(), [ms(7000)]);
}

#[test]
fn a_retry_after_that_is_over_or_no_time_at_all_leaves_the_back_off_as_it_is() {
    for value in [
        "0",
        "Fri, 02 Jan 2026 03:04:05 GMT",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "",
        "soon",
        "-1",
        "1.5",
        "1s",
        "0x10",
        "5, 6",
        "Fri, 99 Jan 2026 03:04:05 GMT",
        "2026-01-02T03:04:09Z",
        "\u{661}",
    ] {
        let (outcome, transport) = ask([Step::answer(503, "").retry_after(value), good()]);
        assert!(outcome.is_ok(), "{value:?}");
        assert!(transport.pauses()[0] <= ms(200), "{value:?}: {:?}", transport.pauses());
    }
}

#[test]
fn a_retry_after_beyond_the_limit_is_not_waited_for() {
    for value in
        ["30", "31", "3600", "18446744073709551615", "Fri, 02 Jan 2026 03:04:35 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]
    {
        let (outcome, transport) = ask([Step::answer(429, "").retry_after(value), good()]);
        let error = outcome.expect_err(value);
        assert_eq!((error.code(), error.upstream_status(), error.attempts()), ("upstream_status", Some(429), Some(1)));
        assert_eq!((transport.elapsed(), transport.left()), (Duration::ZERO, 1), "{value}");
    }
}

/// RFC 9110 (section 10.2.3) puts no bound on the digits of `Retry-After`.
#[test]
fn a_retry_after_beyond_all_numbers_is_not_waited_for_either() {
    let (outcome, transport) = ask([Step::answer(429, "").retry_after("18446744073709551616"), good()]);
    let error = outcome.expect_err("it is not asked again before that");
    assert_eq!((error.upstream_status(), transport.sent().len()), (Some(429), 1));
}

#[test]
fn the_answer_at_hand_is_told_where_no_time_is_left_to_ask_again() {
    let (outcome, transport) = ask([Step::answer(503, "").retry_after("11").takes_ms(20_000), good()]);
    assert_eq!(outcome.unwrap_err().upstream_status(), Some(503));
    assert_eq!((transport.elapsed(), transport.left()), (ms(20_000), 1));
    let (outcome, transport) = ask([Step::answer(503, "").retry_after("9").takes_ms(20_000), good()]);
    assert!(outcome.is_ok());
    assert_eq!(transport.elapsed(), ms(29_000));
}

#[test]
fn a_server_that_hangs_is_given_up_after_exactly_the_limit() {
    for limit in [LIMIT, ms(1), ms(1500)] {
        let settings = Settings { timeout: limit, ..Settings::default() };
        let (outcome, transport) = ask_with(&settings, [Step::hang(), good()]);
        let error = outcome.unwrap_err();
        assert_eq!(error.failure(), &Failure::Timeout { limit, last_status: None });
        assert_eq!((error.code(), error.attempts(), error.upstream_status()), ("upstream_timeout", Some(1), None));
        assert!(error.is_retryable());
        assert_eq!((transport.elapsed(), transport.dropped()), (limit, 1), "the request was dropped");
    }
}

#[test]
fn an_answer_in_the_last_millisecond_counts_and_one_after_it_does_not() {
    assert!(ask([good().takes_ms(29_999)]).0.is_ok());
    let (outcome, transport) = ask([good().takes_ms(30_001)]);
    assert_eq!(outcome.unwrap_err().code(), "upstream_timeout");
    assert_eq!((transport.elapsed(), transport.dropped()), (LIMIT, 1));
}

#[test]
fn the_limit_holds_for_all_attempts_together() {
    for bad in [Step::answer(503, ""), Step::unreachable(None)] {
        let (outcome, transport) = ask([bad.clone().takes_ms(20_000), bad.takes_ms(20_000), good()]);
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.attempts()), ("upstream_timeout", Some(2)));
        assert_eq!((transport.elapsed(), transport.dropped(), transport.left()), (LIMIT, 1, 1));
    }
}

#[test]
fn a_timeout_still_tells_what_was_answered_before_it() {
    let (outcome, _) = ask([Step::answer(502, ""), Step::hang()]);
    let error = outcome.unwrap_err();
    assert_eq!(error.failure(), &Failure::Timeout { limit: LIMIT, last_status: Some(502) });
    assert_eq!(error.upstream_status(), Some(502));
    let (outcome, _) = ask([Step::unreachable(None), Step::hang()]);
    assert_eq!(outcome.unwrap_err().upstream_status(), None);
}

/// The wall clock is not what limits are measured by: it may be put back while a request is under way.
#[test]
fn a_clock_that_is_put_back_does_not_make_the_time_longer() {
    let back = Step::answer(503, "").takes_ms(20_000).clock_back(Duration::from_secs(3600));
    let (outcome, transport) = ask([back, Step::hang()]);
    assert_eq!(outcome.unwrap_err().code(), "upstream_timeout");
    assert!(transport.elapsed() <= LIMIT, "{:?} passed, the limit is {LIMIT:?}", transport.elapsed());
}

#[test]
fn a_caller_who_drops_the_question_ends_the_request() {
    let transport = Scripted::new([Step::hang()]);
    let (account, settings, query) = (account(), Settings::default(), sample_query());
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
    {
        let mut asking = pin!(gateway.payout_status(&query));
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!((transport.sent().len(), transport.dropped()), (1, 0));
    }
    assert_eq!(transport.dropped(), 1);
}
