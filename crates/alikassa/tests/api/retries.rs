//! Retries and timeouts.

use std::collections::BTreeSet;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Waker};
use std::time::Duration;

use alikassa::{Payout, RequestError, RequestErrorKind, Settings};

use crate::mock_api::{MockApi, Reply, ms};
use crate::vectors::{sample_answer, sample_query};

const LIMIT: Duration = Duration::from_secs(30);

fn ask(script: impl IntoIterator<Item = Reply>) -> (Result<Payout, RequestError>, MockApi) {
    ask_with(Settings::default(), script)
}

fn ask_with(settings: Settings, script: impl IntoIterator<Item = Reply>) -> (Result<Payout, RequestError>, MockApi) {
    let api = MockApi::in_order(script);
    let client = api.client_with(settings);
    let outcome = api.run(client.payout_status(&sample_query())).map_err(|error| error.request_error().clone());
    (outcome, api)
}

fn settings(change: impl FnOnce(&mut Settings)) -> Settings {
    let mut settings = Settings::default();
    change(&mut settings);
    settings
}

fn good() -> Reply {
    Reply::response(200, sample_answer())
}

#[test]
fn retries_up_to_twice() {
    for bad in [
        Reply::unreachable(None),
        Reply::response(429, ""),
        Reply::response(502, ""),
        Reply::response(503, ""),
        Reply::response(504, ""),
    ] {
        for failures in 0..3 {
            let (outcome, api) = ask([vec![bad.clone(); failures], vec![good()]].concat());
            assert_eq!(outcome.unwrap().payment_status().as_str(), "paid");
            assert_eq!(api.sent().len(), failures + 1);
        }
        let (outcome, api) = ask([vec![bad; 3], vec![good()]].concat());
        assert_eq!(outcome.unwrap_err().attempts(), 3);
        assert_eq!((api.sent().len(), api.left()), (3, 1));
    }
}

#[test]
fn retries_nothing_else() {
    let statuses = (100..=599).filter(|status| !matches!(status, 200 | 429 | 502 | 503 | 504));
    let others = statuses.map(|status| Reply::response(status, "").retry_after("0")).chain([
        Reply::response(200, "{}"),
        Reply::response(200, "<html>"),
        good().truncated(),
    ]);
    for bad in others {
        let (outcome, api) = ask([bad, good()]);
        let error = outcome.expect_err("no payout");
        assert_eq!((error.attempts(), api.sent().len(), api.left()), (1, 1, 1), "{error}");
        assert_eq!(api.elapsed(), Duration::ZERO);
    }
}

#[test]
fn reports_the_last_error() {
    let (outcome, _) =
        ask([Reply::unreachable(None), Reply::response(503, ""), Reply::response(400, r#"{"message":"No."}"#)]);
    let error = outcome.unwrap_err();
    assert!(matches!(error.kind(), RequestErrorKind::Status { status: 400, message: Some(_), .. }), "{error:?}");
    assert_eq!(error.attempts(), 3);
}

#[test]
fn sends_the_same_request_again() {
    let (_, api) = ask([Reply::response(503, ""), Reply::unreachable(None), good()]);
    let sent = api.sent();
    assert_eq!(sent.len(), 3);
    assert_eq!(sent[0].request.body, r#"{"id":"100000536"}"#);
    assert!(sent.iter().all(|other| other.request == sent[0].request));
}

#[test]
fn retries_as_often_as_the_settings_say() {
    for retries in [0, 1, 5] {
        let (outcome, api) =
            ask_with(settings(|settings| settings.retries = retries), vec![Reply::response(503, ""); 7]);
        assert_eq!(outcome.unwrap_err().attempts(), retries + 1);
        assert_eq!(api.sent().len() as u32, retries + 1);
    }
}

#[test]
fn backs_off_with_full_jitter_and_doubles() {
    let mut pauses = [BTreeSet::new(), BTreeSet::new()];
    for _ in 0..200 {
        let (_, api) = ask(vec![Reply::response(503, ""); 3]);
        for (pauses, pause) in pauses.iter_mut().zip(api.pauses()) {
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
fn waits_for_retry_after_in_seconds() {
    for status in [429, 502, 503, 504] {
        for (value, seconds) in [("1", 1), ("7", 7), (" 2 ", 2), ("007", 7)] {
            let (outcome, api) = ask([Reply::response(status, "").retry_after(value), good()]);
            assert!(outcome.is_ok());
            assert_eq!(api.pauses(), [Duration::from_secs(seconds)], "{status}, {value:?}");
        }
    }
}

#[test]
fn waits_for_retry_after_as_a_date() {
    // The clock starts on Fri, 02 Jan 2026 03:04:05 GMT. The three forms are RFC 9110's (section 5.6.7).
    for value in ["Fri, 02 Jan 2026 03:04:09 GMT", "Friday, 02-Jan-26 03:04:09 GMT", "Fri Jan  2 03:04:09 2026"] {
        let (outcome, api) = ask([Reply::response(503, "").retry_after(value), good()]);
        assert!(outcome.is_ok());
        assert_eq!(api.pauses(), [Duration::from_secs(4)], "{value}");
    }
}

#[test]
fn counts_retry_after_from_the_answer() {
    let value = "Fri, 02 Jan 2026 03:04:09 GMT";
    let (_, api) = ask([Reply::response(503, "").retry_after(value).takes(3000), good()]);
    assert_eq!(api.pauses(), [ms(4000)], "sent at the beginning and at that date");
    let (_, api) = ask([Reply::response(503, "").retry_after("4").takes(3000), good()]);
    assert_eq!(api.pauses(), [ms(7000)]);
}

#[test]
fn ignores_a_past_or_invalid_retry_after() {
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
        let (outcome, api) = ask([Reply::response(503, "").retry_after(value), good()]);
        assert!(outcome.is_ok(), "{value:?}");
        assert!(api.pauses()[0] <= ms(200), "{value:?}: {:?}", api.pauses());
    }
}

#[test]
fn does_not_wait_for_a_retry_after_beyond_the_timeout() {
    for value in
        ["30", "31", "3600", "18446744073709551615", "Fri, 02 Jan 2026 03:04:35 GMT", "Fri, 31 Dec 9999 23:59:59 GMT"]
    {
        let (outcome, api) = ask([Reply::response(429, "").retry_after(value), good()]);
        let error = outcome.expect_err(value);
        assert_eq!((error.code(), error.upstream_status(), error.attempts()), ("upstream_status", Some(429), 1));
        assert_eq!((api.elapsed(), api.left()), (Duration::ZERO, 1), "{value}");
    }
}

/// RFC 9110 (section 10.2.3) puts no bound on the digits of `Retry-After`.
#[test]
fn does_not_wait_for_a_retry_after_beyond_64_bits() {
    let (outcome, api) = ask([Reply::response(429, "").retry_after("18446744073709551616"), good()]);
    let error = outcome.expect_err("there is no retry before that");
    assert_eq!((error.upstream_status(), api.sent().len()), (Some(429), 1));
}

#[test]
fn reports_the_answer_if_no_time_is_left_to_retry() {
    let (outcome, api) = ask([Reply::response(503, "").retry_after("11").takes(20_000), good()]);
    assert_eq!(outcome.unwrap_err().upstream_status(), Some(503));
    assert_eq!((api.elapsed(), api.left()), (ms(20_000), 1));
    let (outcome, api) = ask([Reply::response(503, "").retry_after("9").takes(20_000), good()]);
    assert!(outcome.is_ok());
    assert_eq!(api.elapsed(), ms(29_000));
}

#[test]
fn times_out_exactly_at_the_limit() {
    for limit in [LIMIT, ms(1), ms(1500)] {
        let (outcome, api) = ask_with(settings(|settings| settings.timeout = limit), [Reply::hang(), good()]);
        let error = outcome.unwrap_err();
        assert_eq!(error.kind(), &RequestErrorKind::Timeout { limit, last_status: None });
        assert_eq!((error.code(), error.attempts(), error.upstream_status()), ("upstream_timeout", 1, None));
        assert!(error.is_retryable());
        assert_eq!((api.elapsed(), api.dropped()), (limit, 1), "the request is dropped");
    }
}

#[test]
fn accepts_an_answer_just_before_the_timeout() {
    assert!(ask([good().takes(29_999)]).0.is_ok());
    let (outcome, api) = ask([good().takes(30_001)]);
    assert_eq!(outcome.unwrap_err().code(), "upstream_timeout");
    assert_eq!((api.elapsed(), api.dropped()), (LIMIT, 1));
}

#[test]
fn limits_all_attempts_together() {
    for bad in [Reply::response(503, ""), Reply::unreachable(None)] {
        let (outcome, api) = ask([bad.clone().takes(20_000), bad.takes(20_000), good()]);
        let error = outcome.unwrap_err();
        assert_eq!((error.code(), error.attempts()), ("upstream_timeout", 2));
        assert_eq!((api.elapsed(), api.dropped(), api.left()), (LIMIT, 1, 1));
    }
}

#[test]
fn reports_the_last_status_before_a_timeout() {
    let (outcome, _) = ask([Reply::response(502, ""), Reply::hang()]);
    let error = outcome.unwrap_err();
    assert_eq!(error.kind(), &RequestErrorKind::Timeout { limit: LIMIT, last_status: Some(502) });
    assert_eq!(error.upstream_status(), Some(502));
    let (outcome, _) = ask([Reply::unreachable(None), Reply::hang()]);
    assert_eq!(outcome.unwrap_err().upstream_status(), None);
}

/// Timeouts are measured by a timer, since the wall clock may be put back during a request.
#[test]
fn times_out_although_the_clock_is_put_back() {
    let back = Reply::response(503, "").takes(20_000).clock_back(Duration::from_secs(3600));
    let (outcome, api) = ask([back, Reply::hang()]);
    assert_eq!(outcome.unwrap_err().code(), "upstream_timeout");
    assert!(api.elapsed() <= LIMIT, "{:?} passed, the limit is {LIMIT:?}", api.elapsed());
}

#[test]
fn aborts_the_request_when_the_future_is_dropped() {
    let api = MockApi::in_order([Reply::hang()]);
    let (client, query) = (api.client(), sample_query());
    {
        let mut asking = pin!(client.payout_status(&query));
        assert!(asking.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_pending());
        assert_eq!((api.sent().len(), api.dropped()), (1, 0));
    }
    assert_eq!(api.dropped(), 1);
}
