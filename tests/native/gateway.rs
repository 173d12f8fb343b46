//! What an answer means: HTTP 200 and the payout that was asked for, or nothing known.

use std::cell::Cell;
use std::error::Error;
use std::time::{Duration, SystemTime};

use alikassa_edge::{
    ADVICE, Answer, Failure, Gateway, GatewayError, NotAPayout, Payout, PayoutQuery, Settings, SignedRequest,
    Transport, Unreachable,
};

use crate::transport::{Scripted, Step};
use crate::vectors::{SIGNER, account, sample_answer, sample_query};

fn ask(query: &PayoutQuery, script: impl IntoIterator<Item = Step>) -> Result<Payout, GatewayError> {
    let transport = Scripted::new(script);
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
    let outcome = transport.run(gateway.payout_status(query));
    assert_eq!(transport.left(), 0, "the script was not played to its end");
    outcome
}

fn ask_sample(step: Step) -> GatewayError {
    ask(&sample_query(), [step]).expect_err("no payout")
}

/// All that a person or a log may get to see of an error.
fn shown(error: &GatewayError) -> String {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(deeper) = source {
        shown += &format!("\n{deeper}\n{deeper:?}");
        source = deeper.source();
    }
    shown
}

#[test]
fn every_status_but_200_means_unknown_even_over_a_perfect_payout() {
    for status in (100..=599).filter(|status| *status != 200) {
        let attempts: u32 = if matches!(status, 429 | 502 | 503 | 504) { 3 } else { 1 };
        let step = Step::answer(status, sample_answer());
        let error = ask(&sample_query(), (0..attempts).map(|_| step.clone())).expect_err("no payout");
        assert_eq!(error.code(), "upstream_status", "{status}");
        assert_eq!(error.upstream_status(), Some(status));
        assert_eq!(error.attempts(), Some(attempts));
        assert_eq!(error.is_retryable(), matches!(status, 408 | 429 | 500..), "{status}");
        let shown = shown(&error);
        assert!(!shown.contains("paid") && !shown.contains("payment_status"), "{status}: {shown}");
        assert!(shown.contains("unknown"), "{shown}");
    }
}

#[test]
fn a_200_with_anything_but_this_payout_means_unknown() {
    let table: [(&[u8], NotAPayout); 9] = [
        (b"", NotAPayout::NotJson),
        (b"<html>maintenance</html>", NotAPayout::NotJson),
        (b"\xff", NotAPayout::NotUtf8),
        (b"[]", NotAPayout::NotAnObject),
        (b"{}", NotAPayout::NoStatus),
        (br#"{"message":"The given data was invalid.","errors":{"id":["x"]}}"#, NotAPayout::NoStatus),
        (br#"{"id":"1","payment_status":"fail"}"#, NotAPayout::Another { field: "id" }),
        (br#"{"payment_status":"fail"}"#, NotAPayout::Nameless { field: "id" }),
        (br#"{"id":"100000536","payment_status":"fail","payment_status":"paid"}"#, NotAPayout::Twice),
    ];
    for (body, reason) in table {
        let error = ask_sample(Step::answer(200, body));
        assert_eq!(error.failure(), &Failure::Invalid(reason), "{}", String::from_utf8_lossy(body));
        assert_eq!((error.code(), error.upstream_status(), error.attempts()), ("upstream_invalid", Some(200), Some(1)));
        assert!(!shown(&error).contains("fail\""), "{}", shown(&error));
    }
}

#[test]
fn a_200_whose_body_is_not_whole_means_unknown_even_where_the_part_looks_whole() {
    let error = ask_sample(Step::answer(200, sample_answer()).cut_off());
    assert_eq!(error.code(), "upstream_invalid");
    assert_eq!(error.upstream_status(), Some(200));
    assert!(!shown(&error).contains("paid"));
}

#[test]
fn a_payout_asked_for_by_order_id_is_held_against_it() {
    let query = PayoutQuery::order_id("6422494").unwrap();
    assert_eq!(ask(&query, [Step::answer(200, sample_answer())]).unwrap().id(), Some("100000536"));
    let other = PayoutQuery::order_id("6422495").unwrap();
    let error = ask(&other, [Step::answer(200, sample_answer())]).unwrap_err();
    assert_eq!(error.failure(), &Failure::Invalid(NotAPayout::Another { field: "order_id" }));
}

#[test]
fn alikassas_message_and_errors_are_read_in_laravels_form() {
    let body = r#"{"message":"The given data was invalid.","errors":{"id":["The id must be a string.","And short."],
                   "order_id":["Поле обязательно."]}}"#;
    let error = ask_sample(Step::answer(400, body));
    let Failure::Status { status: 400, message, errors } = error.failure() else { panic!("{error:?}") };
    assert_eq!(message.as_deref(), Some("The given data was invalid."));
    let errors: Vec<(&str, Vec<&str>)> =
        errors.iter().map(|(field, texts)| (field.as_str(), texts.iter().map(String::as_str).collect())).collect();
    let expected = [("id", vec!["The id must be a string.", "And short."]), ("order_id", vec!["Поле обязательно."])];
    assert_eq!(errors, expected);
    assert!(error.to_string().contains("400") && error.to_string().contains("The given data was invalid."));
}

#[test]
fn an_error_body_in_any_other_form_is_an_error_without_words() {
    let deep = "[".repeat(200_000);
    for body in [
        "",
        "<html>500</html>",
        "[]",
        "null",
        r#""message""#,
        r#"{"message":null,"errors":null}"#,
        r#"{"message":1,"errors":[]}"#,
        r#"{"message":["a"],"errors":"a"}"#,
        r#"{"message":{"a":"b"},"errors":{"id":null,"order_id":{"a":"b"},"x":[1,null,{}]}}"#,
        r#"{"message":"cut off"#,
        deep.as_str(),
    ] {
        let error = ask_sample(Step::answer(500, body));
        let Failure::Status { status: 500, message, errors } = error.failure() else { panic!("{error:?}") };
        assert_eq!((message.as_ref(), errors.len()), (None, 0), "{}", &body[..body.len().min(60)]);
    }
    let error = ask_sample(Step::answer(500, b"{\"message\":\"\xff\"}"));
    assert!(matches!(error.failure(), Failure::Status { message: None, .. }), "{error:?}");
}

#[test]
fn a_payment_status_in_an_error_body_never_comes_out() {
    for body in [
        r#"{"id":"100000536","payment_status":"sentinel"}"#,
        r#"{"message":"No.","payment_status":"sentinel"}"#,
        r#"{"message":{"payment_status":"sentinel"}}"#,
        r#"{"message":"No.","errors":{"payment_status":["sentinel"]}}"#,
        r#"{"message":"No.","errors":{"payment_status":"sentinel"}}"#,
        r#"{"message":"No.","errors":{"payment_\u0073tatus":["sentinel"]}}"#,
        r#"{"message":"No.","errors":{"id":{"payment_status":"sentinel"}}}"#,
        r#"{"message":"No.","errors":{"id":[{"payment_status":"sentinel"}]}}"#,
        r#"{"message":"No.","errors":[{"payment_status":"sentinel"}]}"#,
        r#"{"message":"No.","payout":{"payment_status":"sentinel"},"data":["sentinel"]}"#,
    ] {
        for status in [400, 404, 500] {
            let shown = shown(&ask_sample(Step::answer(status, body)));
            assert!(!shown.contains("payment_status") && !shown.contains("sentinel"), "{body}: {shown}");
        }
    }
}

/// Laravel names a nested field with dots.
#[test]
fn a_payment_status_in_the_errors_of_a_nested_field_never_comes_out() {
    for field in ["payout.payment_status", "payouts.0.payment_status", "payment_status.0", "payment_status.0.code"] {
        let body = format!(r#"{{"message":"No.","errors":{{"{field}":["sentinel"]}}}}"#);
        let shown = shown(&ask_sample(Step::answer(400, body)));
        assert!(!shown.contains("payment_status") && !shown.contains("sentinel"), "{field}: {shown}");
    }
}

#[test]
fn a_connection_that_breaks_says_how_where_the_platform_does() {
    for code in [None, Some("ECONNREFUSED")] {
        let error = ask(&sample_query(), vec![Step::unreachable(code); 3]).unwrap_err();
        assert_eq!(error.failure(), &Failure::Unreachable { code: code.map(str::to_owned) });
        assert_eq!((error.code(), error.upstream_status()), ("upstream_unreachable", None));
        assert!(error.is_retryable());
        assert_eq!(error.to_string().contains("ECONNREFUSED"), code.is_some());
    }
}

#[test]
fn no_error_reads_as_failed_or_cancelled() {
    for error in [
        ask_sample(Step::answer(400, "")),
        ask_sample(Step::answer(500, "")),
        ask_sample(Step::answer(302, "")),
        ask_sample(Step::answer(200, "{}")),
        ask_sample(Step::hang()),
        ask(&sample_query(), vec![Step::unreachable(None); 3]).unwrap_err(),
    ] {
        let text = error.to_string().to_lowercase();
        assert!(text.contains("unknown"), "{text}");
        for word in ["fail", "cancel", "paid", "declined", "rejected"] {
            assert!(!text.contains(word), "{text} says {word}");
        }
    }
    assert!(ADVICE.contains("unknown") && ADVICE.contains("do not cancel") && ADVICE.contains("support"), "{ADVICE}");
}

/// A transport that notes how often it was asked to let something be signed.
struct Watching(Scripted, Cell<u32>);

impl Transport for &Watching {
    fn send(&self, request: &SignedRequest) -> impl Future<Output = Result<Answer, Unreachable>> {
        self.0.send(request)
    }

    fn wait(&self, time: Duration) -> impl Future<Output = ()> {
        self.0.wait(time)
    }

    fn now(&self) -> SystemTime {
        self.0.now()
    }

    fn sign<T>(&self, sign: impl FnOnce() -> T) -> T {
        self.1.set(self.1.get() + 1);
        sign()
    }
}

#[test]
fn a_transport_sees_the_signing_once_for_all_attempts_of_a_question() {
    let script = [Step::answer(503, ""), Step::answer(502, ""), Step::answer(200, sample_answer())];
    let transport = Watching(Scripted::new(script), Cell::default());
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(&transport, &SIGNER, &account, &settings);
    let payout = transport.0.run(gateway.payout_status(&sample_query())).unwrap();
    assert!(payout.is_final());
    assert_eq!(transport.1.get(), 1);
    assert_eq!(transport.0.sent().len(), 3);
}
