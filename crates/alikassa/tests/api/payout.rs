//! Valid payouts.

use std::collections::BTreeMap;

use alikassa::{DecodeError, PaymentStatus, Payout, PayoutQuery};
use proptest::prelude::*;

use crate::vectors::{sample_answer, sample_query};

/// Decodes an answer to the query of AliKassa's sample, and serializes the payout.
fn written(answer: &str) -> Result<String, DecodeError> {
    Payout::from_answer(answer.as_bytes(), &sample_query()).map(|payout| serde_json::to_string(&payout).unwrap())
}

#[test]
fn reads_every_field_of_the_documented_example() {
    let payout = Payout::from_answer(&sample_answer(), &sample_query()).unwrap();
    // The page's example, with `id` as a string as in the page's table.
    let expected = concat!(
        r#"{"payment_status":"paid","id":"100000536","order_id":"6422494","amount":"300.00","payment_amount":"300.00","#,
        r#""is_partial_payment":false,"account_payment_amount":"290","commission_amount":"10","#,
        r#""service_code":"payment_card_rub","rrn":"11111111111","account_old_balance":"1290","#,
        r#""account_new_balance":"1000","is_final":true}"#,
    );
    assert_eq!(serde_json::to_string(&payout).unwrap(), expected);
    assert_eq!(payout.payment_status(), &PaymentStatus::Paid);
    assert!(payout.is_final());
    assert_eq!(payout.id(), Some("100000536"));
    assert_eq!(payout.order_id(), Some("6422494"));
    assert_eq!(payout.amount(), Some("300.00"));
    assert_eq!(payout.payment_amount(), Some("300.00"));
    assert_eq!(payout.is_partial_payment(), Some(false));
    assert_eq!(payout.text("account_payment_amount"), Some("290"));
    assert_eq!(payout.text("commission_amount"), Some("10"));
    assert_eq!(payout.text("service_code"), Some("payment_card_rub"));
    assert_eq!(payout.text("rrn"), Some("11111111111"));
    assert_eq!(payout.text("account_old_balance"), Some("1290"));
    assert_eq!(payout.text("account_new_balance"), Some("1000"));
    assert_eq!(payout.text("card_mask"), None);
}

#[test]
fn answers_a_query_by_order_id() {
    let payout = Payout::from_answer(&sample_answer(), &PayoutQuery::order_id("6422494").unwrap()).unwrap();
    assert_eq!(payout.payment_status(), &PaymentStatus::Paid);
}

#[test]
fn knows_the_documented_statuses() {
    let table = [
        ("wait", PaymentStatus::Wait, false),
        ("paid", PaymentStatus::Paid, true),
        ("cancel", PaymentStatus::Cancel, true),
        ("fail", PaymentStatus::Fail, true),
    ];
    for (word, status, is_final) in table {
        let answer = format!(r#"{{"id":"100000536","payment_status":"{word}"}}"#);
        let payout = Payout::from_answer(answer.as_bytes(), &sample_query()).unwrap();
        assert_eq!((payout.payment_status(), payout.is_final()), (&status, is_final), "{word}");
        assert_eq!(payout.payment_status().to_string(), word);
        let expected = format!(r#"{{"id":"100000536","payment_status":"{word}","is_final":{is_final}}}"#);
        assert_eq!(serde_json::to_string(&payout).unwrap(), expected);
    }
}

#[test]
fn passes_on_an_undocumented_status_as_not_final() {
    for word in ["on_hold", "PAID", "Paid", "FAIL", " paid", "paid ", "failed", "cancelled", "canceled", "success", "0"]
    {
        let answer = format!(r#"{{"id":"100000536","payment_status":"{word}"}}"#);
        let payout = Payout::from_answer(answer.as_bytes(), &sample_query()).unwrap();
        assert_eq!(payout.payment_status(), &PaymentStatus::Other(word.to_owned()));
        assert!(!payout.is_final(), "{word}");
        let expected = format!(r#"{{"id":"100000536","payment_status":"{word}","is_final":false}}"#);
        assert_eq!(serde_json::to_string(&payout).unwrap(), expected);
    }
    assert!(!PaymentStatus::from("paid\0").is_final());
    assert!(!PaymentStatus::from("").is_final());
}

#[test]
fn reads_escaped_letters() {
    let expected = r#"{"id":"100000536","payment_status":"paid","is_final":true}"#;
    assert_eq!(written(r#"{"id":"100000536","payment_\u0073tatus":"\u0070aid"}"#).as_deref(), Ok(expected));
}

#[test]
fn keeps_the_digits_of_numbers() {
    let answer = r#"{
        "payment_status": "paid", "id": 100000536, "order_id": 6422494, "amount": 300, "payment_amount": 93.84000000,
        "account_payment_amount": 0.10, "commission_amount": -1.50, "rrn": 011, "account_old_balance": 1}"#;
    assert_eq!(written(answer), Err(DecodeError::NotJson), "011 is no number of JSON");
    let expected = concat!(
        r#"{"payment_status":"paid","id":"100000536","order_id":"6422494","amount":"300","payment_amount":"93.84000000","#,
        r#""account_payment_amount":"0.10","commission_amount":"-1.50","rrn":"11","account_old_balance":"1","#,
        r#""is_final":true}"#,
    );
    assert_eq!(written(&answer.replace("011", "11")).as_deref(), Ok(expected));
}

#[test]
fn keeps_digits_beyond_a_float() {
    for amount in
        ["12345678901234567890.123456789012345678", "0.1000000000000000055511151231257827", "1e25", "1E-7", "-0"]
    {
        let expected = format!(r#"{{"id":"100000536","payment_status":"wait","amount":"{amount}","is_final":false}}"#);
        for sent in [amount.to_owned(), format!("{amount:?}")] {
            let answer = format!(r#"{{"id":100000536,"payment_status":"wait","amount":{sent}}}"#);
            assert_eq!(written(&answer).as_ref(), Ok(&expected), "{sent}");
        }
    }
}

#[test]
fn reads_rrn_in_both_spellings() {
    let expected = r#"{"id":"100000536","payment_status":"paid","rrn":"42","is_final":true}"#;
    for name in ["rrn", "RRN"] {
        for value in ["42", "\"42\""] {
            let answer = format!(r#"{{"id":"100000536","payment_status":"paid","{name}":{value}}}"#);
            assert_eq!(written(&answer).as_deref(), Ok(expected));
        }
        let answer = format!(r#"{{"id":"100000536","payment_status":"paid","{name}":null}}"#);
        let expected = r#"{"id":"100000536","payment_status":"paid","rrn":null,"is_final":true}"#;
        assert_eq!(written(&answer).as_deref(), Ok(expected));
    }
}

#[test]
fn prefers_rrn_in_lower_case() {
    for answer in [
        r#"{"id":"100000536","payment_status":"paid","RRN":"1","rrn":"2"}"#,
        r#"{"id":"100000536","payment_status":"paid","rrn":"2","RRN":"1"}"#,
    ] {
        let payout = Payout::from_answer(answer.as_bytes(), &sample_query()).unwrap();
        assert_eq!(payout.text("rrn"), Some("2"));
        assert_eq!(serde_json::to_string(&payout).unwrap().matches(r#""rrn":"#).count(), 1);
    }
}

#[test]
fn keeps_absent_and_null_fields() {
    let answer = r#"{"card_mask":null,"amount":null,"is_partial_payment":null,"order_id":null,
                     "id":"100000536","payment_status":"wait","new":null}"#;
    let expected = concat!(
        r#"{"card_mask":null,"amount":null,"is_partial_payment":null,"order_id":null,"#,
        r#""id":"100000536","payment_status":"wait","new":null,"is_final":false}"#,
    );
    assert_eq!(written(answer).as_deref(), Ok(expected));
    let payout = Payout::from_answer(answer.as_bytes(), &sample_query()).unwrap();
    assert_eq!((payout.amount(), payout.order_id(), payout.is_partial_payment()), (None, None, None));
}

#[test]
fn passes_undocumented_fields_through_unchanged() {
    let fields = [
        r#""new":1.0"#,
        r#""new":1e3"#,
        r#""new":[1.50,-0,0.10,{"a":"\u0416\/"},[]]"#,
        r#""new":{"b":1,"a":2,"b":3}"#,
        r#""new":"\u0041é/\/""#,
        r#""new":true"#,
        r#""Amount":300"#,
        r#""__proto__":{"payment_status":"fail"}"#,
        r#""constructor":"x""#,
        r#""":0"#,
        r#""new":123456789012345678901234567890"#,
        r#""status":"fail""#,
    ];
    for field in fields {
        let answer = format!(r#"{{"id":"100000536",{field},"payment_status":"wait"}}"#);
        let expected = format!(r#"{{"id":"100000536",{field},"payment_status":"wait","is_final":false}}"#);
        assert_eq!(written(&answer), Ok(expected));
    }
    let answer = br#"{"id":"100000536","payment_status":"wait","new":[1.50]}"#;
    let payout = Payout::from_answer(answer, &sample_query()).unwrap();
    assert_eq!(payout.other("new").map(serde_json::value::RawValue::get), Some("[1.50]"));
    assert!(payout.other("id").is_none() && payout.other("newer").is_none() && payout.text("new").is_none());
}

#[test]
fn reads_is_partial_payment_as_a_boolean() {
    for (sent, flag) in [("true", true), ("1", true), ("\"1\"", true), ("false", false), ("0", false), ("\"0\"", false)]
    {
        let answer = format!(r#"{{"id":"100000536","payment_status":"paid","is_partial_payment":{sent}}}"#);
        let expected =
            format!(r#"{{"id":"100000536","payment_status":"paid","is_partial_payment":{flag},"is_final":true}}"#);
        assert_eq!(written(&answer), Ok(expected), "{sent}");
    }
}

#[test]
fn keeps_the_order_of_the_fields() {
    let expected =
        r#"{"rrn":"1","amount":"2","payment_status":"cancel","order_id":"3","id":"100000536","is_final":true}"#;
    let answer = r#"{"rrn":"1","amount":"2","payment_status":"cancel","order_id":"3","id":100000536}"#;
    assert_eq!(written(answer).as_deref(), Ok(expected));
}

/// A JSON string with unusual escapes.
fn json_string() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\"(\\\\u[0-9a-c][0-9a-f]{3}|\\\\[\"\\\\/bfnrt]|[ -!#-\\[\\]-~а-я]){0,12}\"",
    ]
}

/// A JSON number with more digits than an integer or a float has.
fn json_number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
}

/// Any JSON with blanks.
fn json() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![Just("null".to_owned()), Just("true".to_owned()), json_number(), json_string()];
    leaf.prop_recursive(4, 24, 4, |inner| {
        let fields = proptest::collection::vec(("[a-zA-Z_]{0,8}", inner.clone()), 0..4);
        prop_oneof![
            proptest::collection::vec(inner, 0..4).prop_map(|items| format!("[ {} ]", items.join(" ,\n"))),
            fields.prop_map(|fields| {
                let fields: Vec<String> = fields.iter().map(|(name, json)| format!("\"{name}\" : {json}")).collect();
                format!("{{{}}}", fields.join(","))
            }),
        ]
    })
}

/// A field of a payout besides its id and its status.
fn field() -> impl Strategy<Value = (String, String)> {
    let texts = vec!["order_id", "card_mask", "amount", "rrn", "RRN", "account_new_balance"];
    let text = prop_oneof![Just("null".to_owned()), json_number(), json_string()];
    let flags = vec!["null", "true", "false", "1", "0", "\"1\"", "\"0\""];
    prop_oneof![
        (proptest::sample::select(texts).prop_map(str::to_owned), text),
        (Just("is_partial_payment".to_owned()), proptest::sample::select(flags).prop_map(str::to_owned)),
        (Just("is_final".to_owned()), json()),
        ("x.*", json()),
    ]
}

proptest! {
    /// A serialized payout decodes to the same payout, so that it can be stored.
    #[test]
    fn decodes_what_it_serialized(
        status in prop_oneof![Just("paid".to_owned()), Just("cancel".to_owned()), Just("fail".to_owned()), "[a-z]{1,8}"],
        fields in proptest::collection::vec(field(), 0..8),
    ) {
        // Without duplicate fields.
        let fields: BTreeMap<String, String> = fields.into_iter().collect();
        let fields: String = fields
            .iter()
            .map(|(name, json)| format!("{} : {json} ,", serde_json::to_string(name).unwrap()))
            .collect();
        let answer = format!(r#"{{{fields} "id":100000536,"payment_status":"{status}"}}"#);
        let once = written(&answer);
        prop_assert!(once.is_ok(), "{answer}");
        prop_assert_eq!(written(once.as_deref().unwrap()), once);
    }
}
