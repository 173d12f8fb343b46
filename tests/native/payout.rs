//! Answers that are payouts.

use std::collections::BTreeMap;

use alikassa_edge::{NotAPayout, PaymentStatus, Payout, PayoutQuery};
use proptest::prelude::*;

use crate::vectors::{sample_answer, sample_query};

/// Reads an answer to the question of AliKassa's sample, and writes it as our users get it.
fn written(answer: &str) -> Result<String, NotAPayout> {
    Payout::from_answer(answer.as_bytes(), &sample_query()).map(|payout| serde_json::to_string(&payout).unwrap())
}

#[test]
fn the_example_of_alikassas_page_comes_out_field_by_field() {
    let payout = Payout::from_answer(&sample_answer(), &sample_query()).unwrap();
    // The page's example, with `id` as the string that the page's table promises.
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
fn the_example_answers_the_order_id_too() {
    let payout = Payout::from_answer(&sample_answer(), &PayoutQuery::order_id("6422494").unwrap()).unwrap();
    assert_eq!(payout.payment_status(), &PaymentStatus::Paid);
}

#[test]
fn the_documented_statuses_are_read_and_final_as_the_page_says() {
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
fn a_status_that_is_not_documented_is_passed_on_and_never_final() {
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
fn a_status_is_the_same_however_its_letters_are_escaped() {
    let expected = r#"{"id":"100000536","payment_status":"paid","is_final":true}"#;
    assert_eq!(written(r#"{"id":"100000536","payment_\u0073tatus":"\u0070aid"}"#).as_deref(), Ok(expected));
}

#[test]
fn the_numbers_of_older_answers_keep_their_digits() {
    let answer = r#"{
        "payment_status": "paid", "id": 100000536, "order_id": 6422494, "amount": 300, "payment_amount": 93.84000000,
        "account_payment_amount": 0.10, "commission_amount": -1.50, "rrn": 011, "account_old_balance": 1}"#;
    assert_eq!(written(answer), Err(NotAPayout::NotJson), "011 is no number of JSON");
    let expected = concat!(
        r#"{"payment_status":"paid","id":"100000536","order_id":"6422494","amount":"300","payment_amount":"93.84000000","#,
        r#""account_payment_amount":"0.10","commission_amount":"-1.50","rrn":"11","account_old_balance":"1","#,
        r#""is_final":true}"#,
    );
    assert_eq!(written(&answer.replace("011", "11")).as_deref(), Ok(expected));
}

#[test]
fn digits_that_no_float_could_hold_are_kept() {
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
fn rrn_is_read_in_both_spellings_and_written_in_lower_case() {
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
fn where_both_spellings_of_rrn_came_the_one_of_the_example_counts() {
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
fn what_was_left_out_stays_out_and_what_was_null_stays_null() {
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
fn a_field_that_is_not_documented_passes_through_unchanged() {
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
fn a_partial_payment_is_a_boolean_whatever_php_made_of_it() {
    for (sent, flag) in [("true", true), ("1", true), ("\"1\"", true), ("false", false), ("0", false), ("\"0\"", false)]
    {
        let answer = format!(r#"{{"id":"100000536","payment_status":"paid","is_partial_payment":{sent}}}"#);
        let expected =
            format!(r#"{{"id":"100000536","payment_status":"paid","is_partial_payment":{flag},"is_final":true}}"#);
        assert_eq!(written(&answer), Ok(expected), "{sent}");
    }
}

#[test]
fn the_order_of_the_fields_is_alikassas() {
    let expected =
        r#"{"rrn":"1","amount":"2","payment_status":"cancel","order_id":"3","id":"100000536","is_final":true}"#;
    let answer = r#"{"rrn":"1","amount":"2","payment_status":"cancel","order_id":"3","id":100000536}"#;
    assert_eq!(written(answer).as_deref(), Ok(expected));
}

/// A JSON string, with escapes that no writer of ours would choose.
fn json_string() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>().prop_map(|text| serde_json::to_string(&text).unwrap()),
        "\"(\\\\u[0-9a-c][0-9a-f]{3}|\\\\[\"\\\\/bfnrt]|[ -!#-\\[\\]-~а-я]){0,12}\"",
    ]
}

/// A JSON number, with more digits than any machine's number has.
fn json_number() -> impl Strategy<Value = String> {
    "-?(0|[1-9][0-9]{0,30})(\\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?"
}

/// Any JSON, with blanks where they may be.
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

/// A field of a payout beside its id and its status.
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
    /// What was written of a payout is that payout, to the last byte: the Worker's cache keeps what the Worker wrote.
    #[test]
    fn what_was_written_reads_back_as_the_same(
        status in prop_oneof![Just("paid".to_owned()), Just("cancel".to_owned()), Just("fail".to_owned()), "[a-z]{1,8}"],
        fields in proptest::collection::vec(field(), 0..8),
    ) {
        // A field twice would be no payout.
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
