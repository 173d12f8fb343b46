//! Queries for one payout.

use alikassa::{InvalidRequest, PayoutQuery};

use crate::vectors::{JsonRecord, StringRecord, load};

fn body_of(json: &str) -> Result<String, InvalidRequest> {
    PayoutQuery::from_json(json.as_bytes()).map(|query| query.body().to_owned())
}

#[test]
fn writes_the_body_of_the_sample() {
    let body = r#"{"id":"100000536"}"#;
    assert_eq!(PayoutQuery::id("100000536").unwrap().body(), body);
    for json in [body, r#"{"id":100000536}"#, " {\r\n\t\"id\" : 100000536 } \n", r#"{"\u0069d":"1\u0030000053\u0036"}"#]
    {
        assert_eq!(body_of(json).as_deref(), Ok(body), "{json}");
    }
}

#[test]
fn keeps_all_digits_of_an_integer() {
    let long = "1234567890".repeat(12) + "12345678";
    for id in ["0", "9007199254740993", "18446744073709551616", "123456789012345678901234567890", &long] {
        assert_eq!(body_of(&format!(r#"{{"id":{id}}}"#)), Ok(format!(r#"{{"id":"{id}"}}"#)));
    }
    let too_long = format!(r#"{{"id":{long}9}}"#);
    assert_eq!(body_of(&too_long), Err(InvalidRequest::TooLong { field: "id", length: 129, limit: 128 }));
}

#[test]
fn writes_ids_as_php_does() {
    let mut checked = 0;
    for record in load::<StringRecord>("php_strings.json") {
        let text = record.text();
        if (1..=128).contains(&text.chars().count()) {
            checked += 1;
            let body = format!(r#"{{"order_id":{}}}"#, record.php);
            let query = PayoutQuery::order_id(&*text).unwrap();
            assert_eq!((query.field(), query.value(), query.body()), ("order_id", &*text, &*body));
            assert_eq!(PayoutQuery::from_json(body.as_bytes()).as_ref(), Ok(&query));
            assert_eq!(PayoutQuery::from_pairs([("order_id", text)]), Ok(query));
            let id = PayoutQuery::id(record.text()).unwrap();
            assert_eq!(id.body(), format!(r#"{{"id":{}}}"#, record.php));
        }
    }
    assert!(checked > 400, "{checked}");
    let records: Vec<JsonRecord> = load("php_json.json");
    let sample = records.iter().find(|record| record.name == "the README's string").unwrap();
    assert_eq!(body_of(&sample.json).as_ref(), Ok(&sample.php));
}

#[test]
fn counts_characters_not_bytes() {
    for character in ["7", "Я", "€", "😀"] {
        for field in ["id", "order_id"] {
            let make = |length: usize| {
                let json = format!(r#"{{"{field}":"{}"}}"#, character.repeat(length));
                PayoutQuery::from_json(json.as_bytes())
            };
            assert_eq!(make(0), Err(InvalidRequest::Empty { field }));
            assert_eq!(make(1).unwrap().value(), character);
            assert_eq!(make(128).unwrap().value(), character.repeat(128));
            assert_eq!(make(129), Err(InvalidRequest::TooLong { field, length: 129, limit: 128 }));
            assert_eq!(make(100_000), Err(InvalidRequest::TooLong { field, length: 100_000, limit: 128 }));
        }
    }
}

#[test]
fn requires_exactly_one_payout() {
    for json in [
        r#"{"id":"1","order_id":"2"}"#,
        r#"{"order_id":"2","id":"1"}"#,
        r#"{"id":"1","id":"1"}"#,
        r#"{"id":"1","\u0069d":"2"}"#,
        r#"{"order_id":"1","order_id":"1"}"#,
        r#"{"id":1,"id":2,"id":3}"#,
    ] {
        assert_eq!(body_of(json), Err(InvalidRequest::TwoQueries), "{json}");
    }
    for json in ["{}", " { } "] {
        assert_eq!(body_of(json), Err(InvalidRequest::NoQuery), "{json}");
    }
}

#[test]
fn rejects_unknown_fields_by_name() {
    for name in ["orderId", "ID", "id ", "", "payment_status", "__proto__"] {
        for json in [format!(r#"{{"{name}":"1"}}"#), format!(r#"{{"id":"1","{name}":null}}"#)] {
            assert_eq!(body_of(&json), Err(InvalidRequest::UnknownField { field: name.to_owned() }), "{json}");
        }
    }
}

#[test]
fn shortens_and_cleans_an_unknown_field_name() {
    let json = format!(r#"{{"\r\n\u001b[31m{}":1}}"#, "Ж".repeat(10_000));
    let message = body_of(&json).unwrap_err().to_string();
    assert!(message.chars().count() < 200, "{message}");
    assert!(!message.chars().any(char::is_control), "{message:?}");
}

#[test]
fn rejects_values_of_another_type() {
    for value in ["null", "true", "false", "-1", "-0", "1.0", "1.5", "1e3", "1E+2", "[]", "{}", "[1]", r#"{"id":"1"}"#]
    {
        assert_eq!(body_of(&format!(r#"{{"id":{value}}}"#)), Err(InvalidRequest::WrongType { field: "id" }), "{value}");
    }
    for value in ["1", "0", "null", "true", "-1", "1.0", r#"["6422494"]"#, "{}"] {
        let wrong = InvalidRequest::WrongType { field: "order_id" };
        assert_eq!(body_of(&format!(r#"{{"order_id":{value}}}"#)), Err(wrong), "{value}");
    }
}

#[test]
fn rejects_what_is_not_an_object() {
    for json in ["[]", r#"["id"]"#, r#""id""#, "1", "null", "true", r#"[{"id":"1"}]"#] {
        assert_eq!(body_of(json), Err(InvalidRequest::NotAnObject), "{json}");
    }
}

#[test]
fn rejects_what_is_not_json() {
    for json in [
        "",
        " \r\n",
        "{",
        r#"{"id""#,
        r#"{"id":"#,
        r#"{"id":"1"#,
        r#"{"id":"1""#,
        r#"{"id":"1",}"#,
        r#"{"id":"1"}x"#,
        r#"{"id":"1"}{"id":"1"}"#,
        "{\"id\":\"1\"}\0",
        "{\"id\":\"a\nb\"}",
        "{\"id\":\"a\0b\"}",
        r#"{"id":007}"#,
        r#"{"id":0x10}"#,
        r#"{"id":+1}"#,
        r#"{"id":"\x41"}"#,
        r#"{id:"1"}"#,
        r#"{'id':'1'}"#,
        "id=1",
        "\u{feff}{\"id\":\"1\"}",
        "{\u{a0}\"id\":\"1\"}",
    ] {
        assert!(matches!(body_of(json), Err(InvalidRequest::NotJson { .. })), "{json:?}: {:?}", body_of(json));
    }
}

#[test]
fn reports_the_position_of_a_json_error() {
    assert_eq!(body_of("{\n  \"id\": 1,\n}"), Err(InvalidRequest::NotJson { line: 3, column: 1 }));
}

#[test]
fn rejects_a_lone_surrogate() {
    for json in [r#"{"id":"\ud800"}"#, r#"{"order_id":"a\udfffb"}"#, r#"{"\ud800":"1"}"#, r#"{"id":"\ud83d\ud83d"}"#] {
        assert!(body_of(json).is_err(), "{json}");
    }
}

#[test]
fn rejects_what_is_not_utf_8() {
    for bytes in [&b"{\"id\":\"\xff\"}"[..], b"{\"id\":\"\xed\xa0\x80\"}", b"\xfe\xff\0{\0}", b"{\"id\":\"\xc0\xaf\"}"]
    {
        assert_eq!(PayoutQuery::from_json(bytes), Err(InvalidRequest::NotUtf8), "{bytes:x?}");
    }
}

#[test]
fn survives_deep_nesting() {
    for (open, close) in [("[", "]"), (r#"{"id":"#, "}")] {
        for depth in [1_000, 100_000] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            for json in [
                format!(r#"{{"id":{open}1{close}}}"#),
                format!(r#"{{"id":{open}"#),
                format!(r#"{{"x":{open}1{close}}}"#),
                format!("{open}1{close}"),
                open.clone(),
            ] {
                assert!(body_of(&json).is_err(), "{depth} levels of {:?}", &json[..12]);
            }
        }
    }
}

#[test]
fn accepts_control_characters_and_blanks() {
    // PHP's text for the same strings, from php_json.json.
    assert_eq!(body_of(r#"{"order_id":" "}"#).unwrap(), r#"{"order_id":" "}"#);
    assert_eq!(body_of(r#"{"order_id":"a\u0000\u001F\u002f"}"#).unwrap(), r#"{"order_id":"a\u0000\u001f\/"}"#);
}

#[test]
fn applies_the_same_rules_to_a_query_string() {
    let from = |pairs: &[(&str, &str)]| PayoutQuery::from_pairs(pairs.iter().copied());
    assert_eq!(from(&[("id", "100000536")]), PayoutQuery::id("100000536"));
    assert_eq!(from(&[("order_id", "a/b")]).unwrap().body(), r#"{"order_id":"a\/b"}"#);
    assert_eq!(from(&[]), Err(InvalidRequest::NoQuery));
    assert_eq!(from(&[("id", "")]), Err(InvalidRequest::Empty { field: "id" }));
    assert_eq!(from(&[("id", "1"), ("order_id", "1")]), Err(InvalidRequest::TwoQueries));
    assert_eq!(from(&[("id", "1"), ("id", "1")]), Err(InvalidRequest::TwoQueries));
    assert_eq!(from(&[("id", "1"), ("x", "")]), Err(InvalidRequest::UnknownField { field: "x".to_owned() }));
    let long = "Ы".repeat(129);
    assert_eq!(from(&[("id", &long)]), Err(InvalidRequest::TooLong { field: "id", length: 129, limit: 128 }));
}

#[test]
fn has_one_code_for_every_error() {
    for json in ["", "[]", "{}", r#"{"id":""}"#, r#"{"id":-1}"#, r#"{"x":1}"#, r#"{"id":1,"id":2}"#] {
        let error = body_of(json).unwrap_err();
        assert_eq!(error.code(), "invalid_request", "{json}");
        assert!(!error.to_string().is_empty());
    }
}
