//! Malformed and ambiguous answers. A status decoded from one of them would cost money.

use alikassa::{DecodeError, Payout, PayoutQuery};

use crate::vectors::sample_query;

fn read(answer: impl AsRef<[u8]>) -> Result<String, DecodeError> {
    Payout::from_answer(answer.as_ref(), &sample_query()).map(|payout| serde_json::to_string(&payout).unwrap())
}

/// A valid answer with another field.
fn with(field: &str) -> String {
    format!(r#"{{"id":"100000536","payment_status":"paid",{field}}}"#)
}

#[test]
fn rejects_what_is_not_an_object() {
    for answer in ["[]", "null", "true", "1", r#""paid""#, r#"[{"id":"100000536","payment_status":"paid"}]"#] {
        assert_eq!(read(answer), Err(DecodeError::NotAnObject), "{answer}");
    }
}

#[test]
fn rejects_what_is_not_json() {
    let good = r#"{"id":"100000536","payment_status":"paid"}"#;
    assert!(read(good).is_ok());
    for answer in [
        "",
        " ",
        "<html>502</html>",
        "{",
        &good[..good.len() - 1],
        &format!("{good}x"),
        &format!("{good}{good}"),
        &format!("{good}\0"),
        &format!("\u{feff}{good}"),
        &format!(")]}}',\n{good}"),
        &with("\"amount\":01"),
        &with("\"amount\":NaN"),
        &with("\"amount\":.5"),
        &with("\"amount\":1."),
        &with("\"amount\":0x1"),
        &with("\"amount\":\"a\0b\""),
        &with("\"amount\":\"a\nb\""),
        &with("\"amount\":\"\\x41\""),
        &with("\"new\":tru"),
        &with("\"new\""),
        &with(""),
        &good.replace('"', "'"),
        "id=100000536&payment_status=paid",
    ] {
        assert_eq!(read(answer), Err(DecodeError::NotJson), "{answer:?}");
    }
}

#[test]
fn rejects_every_truncation() {
    let answer = crate::vectors::sample_answer();
    let end = answer.iter().rposition(|byte| *byte == b'}').unwrap();
    for length in 0..=end {
        assert!(read(&answer[..length]).is_err(), "{length} bytes");
    }
    assert!(read(&answer[..=end]).is_ok());
}

#[test]
fn rejects_what_is_not_utf_8() {
    for bytes in [&b"\xff"[..], b"\xed\xa0\x80", b"\xc0\xaf", b"\xf4\x90\x80\x80", b"\xcf\xf0", b"\xe2\x82"] {
        let in_text = [br#"{"id":"100000536","payment_status":"paid","service_code":""#, bytes, br#""}"#].concat();
        let in_name = [br#"{"id":"100000536","payment_status":"paid",""#, bytes, br#"":1}"#].concat();
        let behind = [br#"{"id":"100000536","payment_status":"paid"}"#, bytes].concat();
        for answer in [in_text, in_name, behind] {
            assert_eq!(read(&answer), Err(DecodeError::NotUtf8), "{bytes:x?}");
        }
    }
}

#[test]
fn rejects_a_payout_without_a_status() {
    for answer in [
        "{}",
        r#"{"id":"100000536"}"#,
        r#"{"id":"100000536","payment_status":null}"#,
        r#"{"id":"100000536","payment_status":""}"#,
        r#"{"id":"100000536","Payment_Status":"paid"}"#,
        r#"{"id":"100000536","payment_status ":"paid"}"#,
        r#"{"id":"100000536","paymentStatus":"paid","status":"paid"}"#,
        r#"{"data":{"id":"100000536","payment_status":"paid"}}"#,
        r#"{"message":"The given data was invalid.","errors":{"id":["The id is invalid."]}}"#,
        r#"{"message":"Unauthenticated."}"#,
    ] {
        assert_eq!(read(answer), Err(DecodeError::MissingStatus), "{answer}");
    }
}

#[test]
fn rejects_a_status_of_another_type() {
    for value in ["1", "0", "-1", "1.0", "true", "false", "[]", r#"["paid"]"#, "{}", r#"{"paid":true}"#] {
        let answer = format!(r#"{{"id":"100000536","payment_status":{value}}}"#);
        assert_eq!(read(answer), Err(DecodeError::WrongType { field: "payment_status" }), "{value}");
    }
}

#[test]
fn rejects_a_documented_field_of_another_type() {
    for field in ["order_id", "card_mask", "amount", "payment_amount", "account_payment_amount", "commission_amount"]
        .into_iter()
        .chain(["service_code", "rrn", "account_old_balance", "account_new_balance"])
    {
        for value in ["true", "[]", "{}", r#"["1"]"#, r#"{"value":"1"}"#] {
            assert_eq!(read(with(&format!(r#""{field}":{value}"#))), Err(DecodeError::WrongType { field }), "{value}");
        }
    }
    for value in ["2", "-1", "1.0", "\"\"", "\"true\"", "\"yes\"", "[]", "{}"] {
        let wrong = DecodeError::WrongType { field: "is_partial_payment" };
        assert_eq!(read(with(&format!(r#""is_partial_payment":{value}"#))), Err(wrong), "{value}");
    }
}

#[test]
fn rejects_a_duplicate_field() {
    for field in [
        r#""payment_status":"fail""#,
        r#""payment_status":"paid""#,
        r#""payment_\u0073tatus":"fail""#,
        r#""id":"100000536""#,
        r#""id":"1""#,
        r#""amount":"1","amount":"2""#,
        r#""amount":null,"amount":"2""#,
        r#""rrn":"1","rrn":"2""#,
        r#""is_partial_payment":true,"is_partial_payment":false"#,
        r#""new":1,"new":1"#,
    ] {
        assert_eq!(read(with(field)), Err(DecodeError::DuplicateField), "{field}");
    }
}

#[test]
fn rejects_a_payout_without_the_id_of_the_query() {
    for answer in [
        r#"{"payment_status":"paid"}"#,
        r#"{"payment_status":"paid","amount":"300.00"}"#,
        r#"{"payment_status":"paid","id":null}"#,
        r#"{"payment_status":"paid","id":null,"order_id":null}"#,
        r#"{"payment_status":"paid","id":""}"#,
        // It has an id, but not the one that the query was by.
        r#"{"payment_status":"paid","order_id":"6422494"}"#,
        r#"{"payment_status":"paid","id":null,"order_id":"6422494"}"#,
    ] {
        assert_eq!(read(answer), Err(DecodeError::MissingId { field: "id" }), "{answer}");
    }
}

#[test]
fn rejects_a_payout_with_an_empty_id() {
    let by_id = sample_query();
    let by_order = PayoutQuery::order_id("6422494").unwrap();
    for query in [&by_id, &by_order] {
        for answer in [r#"{"payment_status":"paid","id":""}"#, r#"{"payment_status":"paid","order_id":""}"#] {
            assert!(Payout::from_answer(answer.as_bytes(), query).is_err(), "{answer} answers {}", query.body());
        }
    }
}

#[test]
fn rejects_a_payout_with_another_id() {
    for id in [r#""100000537""#, "100000537", "100000536.0", "1.00000536e8", "-100000536", r#""0100000536""#] {
        let answer = format!(r#"{{"id":{id},"order_id":"6422494","payment_status":"paid"}}"#);
        assert_eq!(read(&answer), Err(DecodeError::IdMismatch { field: "id" }), "{id}");
    }
    for id in [r#""100000536 ""#, r#""１""#, r#""100000536\u0000""#] {
        assert_eq!(
            read(format!(r#"{{"id":{id},"payment_status":"paid"}}"#)),
            Err(DecodeError::IdMismatch { field: "id" })
        );
    }
    let query = PayoutQuery::order_id("Заказ/1").unwrap();
    for order_id in ["Заказ/2", "заказ/1", "Заказ\\\\/1"] {
        let answer = format!(r#"{{"id":1,"order_id":"{order_id}","payment_status":"paid"}}"#);
        let another = DecodeError::IdMismatch { field: "order_id" };
        assert_eq!(Payout::from_answer(answer.as_bytes(), &query).unwrap_err(), another, "{order_id}");
    }
    let same = r#"{"id":1,"order_id":"\u0417аказ\/1","payment_status":"paid"}"#;
    assert!(Payout::from_answer(same.as_bytes(), &query).is_ok());
}

#[test]
fn ignores_a_received_is_final() {
    for sent in ["true", "false", "null", "1", "\"yes\"", "[]"] {
        let answer = format!(r#"{{"is_final":{sent},"id":"100000536","payment_status":"wait"}}"#);
        let expected = r#"{"id":"100000536","payment_status":"wait","is_final":false}"#;
        assert_eq!(read(answer).as_deref(), Ok(expected), "{sent}");
        let expected = r#"{"id":"100000536","payment_status":"paid","is_final":true}"#;
        assert_eq!(read(with(&format!(r#""is_\u0066inal":{sent}"#))).as_deref(), Ok(expected), "{sent}");
    }
}

#[test]
fn survives_deep_nesting() {
    for depth in [10_000, 200_000] {
        for (open, close) in [("[", "]"), (r#"{"payment_status":"#, "}")] {
            let (open, close) = (open.repeat(depth), close.repeat(depth));
            for answer in [
                with(&format!(r#""new":{open}"fail"{close}"#)),
                with(&format!(r#""new":{open}"#)),
                with(&format!(r#""amount":{open}1{close}"#)),
                format!(r#"{{"id":"100000536","payment_status":{open}"paid"{close}}}"#),
                format!(r#"{open}"paid"{close}"#),
                open.clone(),
            ] {
                assert!(read(&answer).is_err(), "{depth} levels: {:?}…", &answer[..30]);
            }
        }
    }
}

#[test]
fn keeps_numbers_of_any_size_as_text() {
    let digits = "9".repeat(64 << 10);
    for amount in ["1e999999", "-1e999999", "1e-999999", digits.as_str()] {
        let expected = format!(r#"{{"id":"100000536","payment_status":"paid","amount":"{amount}","is_final":true}}"#);
        assert_eq!(read(with(&format!(r#""amount":{amount}"#))), Ok(expected));
        let expected = format!(r#"{{"id":"100000536","payment_status":"paid","new":{amount},"is_final":true}}"#);
        assert_eq!(read(with(&format!(r#""new":{amount}"#))), Ok(expected));
    }
}

#[test]
fn accepts_an_escaped_nul() {
    let expected = r#"{"id":"100000536","payment_status":"paid","card_mask":"4\u0000*","is_final":true}"#;
    assert_eq!(read(with(r#""card_mask":"4\u0000*""#)).as_deref(), Ok(expected));
    let expected = r#"{"id":"100000536","payment_status":"paid\u0000","is_final":false}"#;
    assert_eq!(read(r#"{"id":"100000536","payment_status":"paid\u0000"}"#).as_deref(), Ok(expected));
}

#[test]
fn rejects_a_lone_surrogate() {
    for field in ["order_id", "amount", "card_mask", "rrn"] {
        assert!(read(with(&format!(r#""{field}":"\ud800""#))).is_err(), "{field}");
    }
    for answer in [
        r#"{"id":"100000536","payment_status":"paid\udfff"}"#,
        r#"{"id":"100000536\ud800","payment_status":"paid"}"#,
        r#"{"id":"100000536","payment_status":"paid","\ud800":1}"#,
    ] {
        assert!(read(answer).is_err(), "{answer}");
    }
    // An undocumented field passes through or makes the answer invalid; it never becomes another text.
    let answer = with(r#""new":"\ud800""#);
    let unchanged = answer.replace('}', r#","is_final":true}"#);
    assert!([Ok(unchanged), Err(DecodeError::NotJson)].contains(&read(&answer)), "{:?}", read(&answer));
}
