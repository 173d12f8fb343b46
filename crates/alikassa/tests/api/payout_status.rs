//! What an answer means: HTTP 200 with the payout that was asked for, or a payout whose state is unknown.

use std::error::Error;

use alikassa::{ADVICE, DecodeError, Payout, PayoutQuery, PayoutStatusError, RequestErrorKind};

use crate::mock_api::{MockApi, Reply};
use crate::vectors::{sample_answer, sample_query};

fn ask(query: &PayoutQuery, script: impl IntoIterator<Item = Reply>) -> Result<Payout, PayoutStatusError> {
    let api = MockApi::in_order(script);
    let outcome = api.run(api.client().payout_status(query));
    assert_eq!(api.left(), 0, "the script was not played to its end");
    outcome
}

fn ask_sample(reply: Reply) -> PayoutStatusError {
    ask(&sample_query(), [reply]).expect_err("no payout")
}

/// Everything that an error can show.
fn shown(error: &PayoutStatusError) -> String {
    let mut shown = format!("{error}\n{error:?}\n{error:#?}");
    let mut source = error.source();
    while let Some(deeper) = source {
        shown += &format!("\n{deeper}\n{deeper:?}");
        source = deeper.source();
    }
    shown
}

#[test]
fn is_unknown_for_every_status_but_200() {
    for status in (100..=599).filter(|status| *status != 200) {
        let attempts: u32 = if matches!(status, 429 | 502 | 503 | 504) { 3 } else { 1 };
        let reply = Reply::response(status, sample_answer());
        let error = ask(&sample_query(), (0..attempts).map(|_| reply.clone())).expect_err("no payout");
        assert_eq!(error.request_error().code(), "upstream_status", "{status}");
        assert_eq!(error.request_error().upstream_status(), Some(status));
        assert_eq!(error.request_error().attempts(), attempts);
        assert_eq!(error.request_error().is_retryable(), matches!(status, 408 | 429 | 500..), "{status}");
        let shown = shown(&error);
        assert!(!shown.contains("paid") && !shown.contains("payment_status"), "{status}: {shown}");
        assert!(shown.contains("unknown"), "{shown}");
    }
}

#[test]
fn is_unknown_for_a_200_without_this_payout() {
    let table: [(&[u8], DecodeError); 9] = [
        (b"", DecodeError::NotJson),
        (b"<html>maintenance</html>", DecodeError::NotJson),
        (b"\xff", DecodeError::NotUtf8),
        (b"[]", DecodeError::NotAnObject),
        (b"{}", DecodeError::MissingStatus),
        (br#"{"message":"The given data was invalid.","errors":{"id":["x"]}}"#, DecodeError::MissingStatus),
        (br#"{"id":"1","payment_status":"fail"}"#, DecodeError::IdMismatch { field: "id" }),
        (br#"{"payment_status":"fail"}"#, DecodeError::MissingId { field: "id" }),
        (br#"{"id":"100000536","payment_status":"fail","payment_status":"paid"}"#, DecodeError::DuplicateField),
    ];
    for (body, reason) in table {
        let error = ask_sample(Reply::response(200, body));
        assert_eq!(
            error.request_error().kind(),
            &RequestErrorKind::Decode(reason),
            "{}",
            String::from_utf8_lossy(body)
        );
        assert_eq!(
            (error.request_error().code(), error.request_error().upstream_status(), error.request_error().attempts()),
            ("upstream_invalid", Some(200), 1)
        );
        assert!(!shown(&error).contains("fail\""), "{}", shown(&error));
    }
}

#[test]
fn is_unknown_for_a_truncated_body() {
    let error = ask_sample(Reply::response(200, sample_answer()).truncated());
    assert_eq!(error.request_error().code(), "upstream_invalid");
    assert_eq!(error.request_error().upstream_status(), Some(200));
    assert!(!shown(&error).contains("paid"));
}

#[test]
fn compares_the_order_id_of_the_answer() {
    let query = PayoutQuery::order_id("6422494").unwrap();
    assert_eq!(ask(&query, [Reply::response(200, sample_answer())]).unwrap().id(), Some("100000536"));
    let other = PayoutQuery::order_id("6422495").unwrap();
    let error = ask(&other, [Reply::response(200, sample_answer())]).unwrap_err();
    assert_eq!(error.request_error().kind(), &RequestErrorKind::Decode(DecodeError::IdMismatch { field: "order_id" }));
}

#[test]
fn reads_the_message_and_errors_of_laravel() {
    let body = r#"{"message":"The given data was invalid.","errors":{"id":["The id must be a string.","And short."],
                   "order_id":["Поле обязательно."]}}"#;
    let error = ask_sample(Reply::response(400, body));
    let RequestErrorKind::Status { status: 400, message, errors } = error.request_error().kind() else {
        panic!("{error:?}")
    };
    assert_eq!(message.as_deref(), Some("The given data was invalid."));
    let errors: Vec<(&str, Vec<&str>)> =
        errors.iter().map(|(field, texts)| (field.as_str(), texts.iter().map(String::as_str).collect())).collect();
    let expected = [("id", vec!["The id must be a string.", "And short."]), ("order_id", vec!["Поле обязательно."])];
    assert_eq!(errors, expected);
    assert!(error.to_string().contains("400") && error.to_string().contains("The given data was invalid."));
}

#[test]
fn ignores_error_bodies_of_any_other_form() {
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
        let error = ask_sample(Reply::response(500, body));
        let RequestErrorKind::Status { status: 500, message, errors } = error.request_error().kind() else {
            panic!("{error:?}")
        };
        assert_eq!((message.as_ref(), errors.len()), (None, 0), "{}", &body[..body.len().min(60)]);
    }
    let error = ask_sample(Reply::response(500, b"{\"message\":\"\xff\"}"));
    assert!(matches!(error.request_error().kind(), RequestErrorKind::Status { message: None, .. }), "{error:?}");
}

#[test]
fn drops_a_payment_status_of_an_error_body() {
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
            let shown = shown(&ask_sample(Reply::response(status, body)));
            assert!(!shown.contains("payment_status") && !shown.contains("sentinel"), "{body}: {shown}");
        }
    }
}

/// Laravel names a nested field with dots.
#[test]
fn drops_errors_about_a_nested_payment_status() {
    for field in ["payout.payment_status", "payouts.0.payment_status", "payment_status.0", "payment_status.0.code"] {
        let body = format!(r#"{{"message":"No.","errors":{{"{field}":["sentinel"]}}}}"#);
        let shown = shown(&ask_sample(Reply::response(400, body)));
        assert!(!shown.contains("payment_status") && !shown.contains("sentinel"), "{field}: {shown}");
    }
}

#[test]
fn reports_the_code_of_a_broken_connection() {
    for code in [None, Some("ECONNREFUSED")] {
        let error = ask(&sample_query(), vec![Reply::unreachable(code); 3]).unwrap_err();
        assert_eq!(error.request_error().kind(), &RequestErrorKind::Unreachable { code: code.map(str::to_owned) });
        assert_eq!(
            (error.request_error().code(), error.request_error().upstream_status()),
            ("upstream_unreachable", None)
        );
        assert!(error.request_error().is_retryable());
        assert_eq!(error.to_string().contains("ECONNREFUSED"), code.is_some());
    }
}

#[test]
fn never_reads_as_failed_or_cancelled() {
    for error in [
        ask_sample(Reply::response(400, "")),
        ask_sample(Reply::response(500, "")),
        ask_sample(Reply::response(302, "")),
        ask_sample(Reply::response(200, "{}")),
        ask_sample(Reply::hang()),
        ask(&sample_query(), vec![Reply::unreachable(None); 3]).unwrap_err(),
    ] {
        let text = error.to_string().to_lowercase();
        assert!(text.contains("unknown"), "{text}");
        for word in ["fail", "cancel", "paid", "declined", "rejected"] {
            assert!(!text.contains(word), "{text} says {word}");
        }
    }
    assert!(ADVICE.contains("unknown") && ADVICE.contains("do not cancel") && ADVICE.contains("support"), "{ADVICE}");
}
