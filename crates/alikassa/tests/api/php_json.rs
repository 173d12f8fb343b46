//! JSON as PHP writes it.

use std::collections::{BTreeMap, HashMap};

use alikassa::{PayoutQuery, PhpJsonError, php_json};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::vectors::{JsonRecord, StringRecord, load};

#[test]
fn reencodes_every_vector() {
    for JsonRecord { name, json, php } in load("php_json.json") {
        assert_eq!(php_json::reencode(&json), Ok(php), "{name}: {json}");
    }
}

#[test]
fn keeps_what_php_wrote() {
    for JsonRecord { name, php, .. } in load("php_json.json") {
        // The float -0.0 becomes the integer -0, which PHP reads as the integer 0.
        if !php.contains("-0") || php.contains("-0.") {
            assert_eq!(php_json::reencode(&php).as_ref(), Ok(&php), "{name}");
        }
    }
}

#[test]
fn encodes_every_string_vector() {
    for record in load::<StringRecord>("php_strings.json") {
        assert_eq!(php_json::encode(&record.text()), Ok(record.php));
    }
}

#[test]
fn encodes_every_number_vector_from_every_type() {
    let mut floats = 0;
    let mut integers = 0;
    for JsonRecord { name, json, php } in load("php_json.json") {
        if !name.starts_with("number ") || name.ends_with(" inside") || json == "-0" {
            continue;
        }
        let expected = Ok(php);
        if let Ok(number) = json.parse::<i128>() {
            integers += 1;
            assert_eq!(php_json::encode(&number), expected, "i128 {json}");
            if let Ok(number) = i64::try_from(number) {
                assert_eq!(php_json::encode(&number), expected, "i64 {json}");
            }
            if let Ok(number) = u64::try_from(number) {
                assert_eq!(php_json::encode(&number), expected, "u64 {json}");
            }
            if let Ok(number) = u128::try_from(number) {
                assert_eq!(php_json::encode(&number), expected, "u128 {json}");
            }
        } else {
            floats += 1;
            assert_eq!(php_json::encode(&json.parse::<f64>().unwrap()), expected, "f64 {json}");
        }
    }
    assert!(floats > 400 && integers > 20, "{floats} floats, {integers} integers");
}

#[test]
fn writes_integers_beyond_64_bits_as_floats() {
    assert_eq!(php_json::encode(&(i64::MAX as u64)).unwrap(), "9223372036854775807");
    assert_eq!(php_json::encode(&(i64::MAX as u64 + 1)).unwrap(), "9.223372036854776e+18");
    assert_eq!(php_json::encode(&u64::MAX).unwrap(), "1.8446744073709552e+19");
    assert_eq!(php_json::encode(&i64::MIN).unwrap(), "-9223372036854775808");
}

#[test]
fn widens_f32_to_f64() {
    // IEEE 754: the single nearest to 0.1 is 0.100000001490116119384765625.
    assert_eq!(php_json::encode(&0.1_f32).unwrap(), "0.10000000149011612");
    assert_eq!(php_json::encode(&300.0_f32).unwrap(), "300");
    assert_eq!(php_json::encode(&-0.0_f32).unwrap(), "-0");
    assert_eq!(php_json::encode(&0.5_f32).unwrap(), "0.5");
}

#[test]
fn writes_nan_and_infinity_as_null() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        assert_eq!(php_json::encode(&number).unwrap(), "null");
    }
    for number in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        assert_eq!(php_json::encode(&[number]).unwrap(), "[null]");
    }
}

#[derive(Serialize)]
struct Body<'a> {
    order_id: &'a str,
    amount: f64,
    empty: [u8; 0],
    none: Option<u8>,
    flag: bool,
    desc: Option<&'a str>,
    parts: (u8, char),
    #[serde(rename = "ключ/1")]
    key: BTreeMap<&'a str, Vec<i8>>,
}

#[test]
fn keeps_the_order_of_struct_fields() {
    let body = Body {
        order_id: "a/b \"q\" é 😀",
        amount: 300.0,
        empty: [],
        none: None,
        flag: true,
        desc: Some("\u{0}\u{1f}\u{7f}\t"),
        parts: (1, 'Ж'),
        key: BTreeMap::from([("", vec![]), ("/", vec![-1, 0])]),
    };
    let php = concat!(
        r#"{"order_id":"a\/b \"q\" \u00e9 \ud83d\ude00","amount":300,"empty":[],"none":null,"flag":true,"#,
        r#""desc":"\u0000\u001f"#,
        "\u{7f}",
        r#"\t","parts":[1,"\u0416"],"\u043a\u043b\u044e\u0447\/1":{"":[],"\/":[-1,0]}}"#,
    );
    assert_eq!(php_json::encode(&body).unwrap(), php);
}

#[test]
fn reencodes_raw_values() {
    #[derive(Serialize)]
    struct Wrapped<'a> {
        raw: &'a RawValue,
    }
    let mut checked = 0;
    for JsonRecord { name, json, php } in load("php_json.json") {
        let raw: Box<RawValue> = serde_json::from_str(&json).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(php_json::encode(&raw).as_ref(), Ok(&php), "{name}");
        if !name.starts_with("as deep as PHP goes") {
            assert_eq!(php_json::encode(&Wrapped { raw: &raw }), Ok(format!(r#"{{"raw":{php}}}"#)), "{name}");
            assert_eq!(php_json::encode(&[&raw, &raw]), Ok(format!("[{php},{php}]")), "{name}");
            checked += 1;
        }
    }
    assert!(checked > 1000);
}

#[test]
fn rejects_a_map_with_other_keys_than_strings() {
    assert!(matches!(php_json::encode(&HashMap::from([(vec![1], 2)])), Err(PhpJsonError::NotJson(_))));
    assert!(matches!(php_json::encode(&BTreeMap::from([((1, 2), 3)])), Err(PhpJsonError::NotJson(_))));
}

#[derive(Deserialize)]
struct ErrorRecord {
    name: String,
    json: Option<String>,
    json_hex: Option<String>,
    stage: String,
    error: String,
    valid_json: bool,
}

impl ErrorRecord {
    fn bytes(&self) -> Vec<u8> {
        match (&self.json, &self.json_hex) {
            (Some(json), None) => json.clone().into_bytes(),
            (None, Some(hex)) => {
                (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect()
            }
            _ => panic!("{}: either json or json_hex", self.name),
        }
    }

    fn is_met_by(&self, error: &PhpJsonError) -> bool {
        match (self.stage.as_str(), self.error.as_str()) {
            ("encode", "Inf and NaN cannot be JSON encoded") => *error == PhpJsonError::NotFinite,
            ("decode", "Maximum stack depth exceeded") => *error == PhpJsonError::TooDeep { limit: 511 },
            ("decode", "The decoded property name is invalid") => *error == PhpJsonError::NulKey,
            // PHP rejects a lone surrogate, which JSON's grammar allows.
            ("decode", message) if !self.valid_json || message.contains("unpaired UTF-16 surrogate") => {
                matches!(error, PhpJsonError::NotJson(_))
            }
            _ => false,
        }
    }
}

#[test]
fn rejects_what_php_rejects_with_the_same_reason() {
    for record in load::<ErrorRecord>("php_json_errors.json") {
        let bytes = record.bytes();
        match std::str::from_utf8(&bytes) {
            Ok(json) => {
                let error = php_json::reencode(json).expect_err(&record.name);
                assert!(record.is_met_by(&error), "{}: PHP says {:?}, we {error:?}", record.name, record.error);
                assert_eq!(error.code(), "invalid_request");
            }
            Err(_) => {
                assert!(record.error.starts_with("Malformed UTF-8"), "{}", record.name);
                assert_eq!(PayoutQuery::from_json(&bytes), Err(alikassa::InvalidRequest::NotUtf8));
            }
        }
    }
}

#[test]
fn rejects_raw_values_that_php_rejects() {
    for record in load::<ErrorRecord>("php_json_errors.json").iter().filter(|record| record.valid_json) {
        let json = String::from_utf8(record.bytes()).unwrap();
        if let Ok(raw) = serde_json::from_str::<Box<RawValue>>(&json) {
            assert!(php_json::encode(&[raw]).is_err(), "{}", record.name);
        }
    }
}

fn any_text() -> impl Strategy<Value = String> {
    proptest::collection::vec(any::<char>(), 0..40).prop_map(String::from_iter)
}

fn any_json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i64>().prop_map(Into::into),
        any_text().prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 32, 6, |inner| {
        // PHP has no object with a key that begins with U+0000.
        let key = any_text().prop_map(|key| key.trim_start_matches('\0').to_owned());
        prop_oneof![
            proptest::collection::vec(inner.clone(), 0..6).prop_map(Into::into),
            proptest::collection::vec((key, inner), 0..6).prop_map(|entries| entries.into_iter().collect()),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(512) })]

    #[test]
    fn encodes_any_string_as_ascii_without_loss(text in any_text()) {
        let json = php_json::encode(&text).unwrap();
        prop_assert!(json.is_ascii());
        prop_assert!(json.bytes().all(|byte| byte >= b' '), "{json}");
        prop_assert_eq!(json.matches('/').count(), json.matches("\\/").count());
        prop_assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
    }

    #[test]
    fn encodes_any_float_without_loss(bits in any::<u64>()) {
        let number = f64::from_bits(bits);
        prop_assume!(number.is_finite());
        let json = php_json::encode(&number).unwrap();
        prop_assert_eq!(json.parse::<f64>().unwrap().to_bits(), bits, "{}", json);
        prop_assert!(serde_json::from_str::<f64>(&json).is_ok(), "{json} is no JSON");
    }

    #[test]
    fn reencodes_any_json_idempotently(value in any_json()) {
        let once = php_json::reencode(&serde_json::to_string_pretty(&value).unwrap()).unwrap();
        prop_assert!(once.is_ascii());
        prop_assert_eq!(&serde_json::from_str::<serde_json::Value>(&once).unwrap(), &value);
        prop_assert_eq!(&php_json::encode(&value).unwrap(), &once);
        prop_assert_eq!(php_json::reencode(&once).unwrap(), once);
    }

    #[test]
    fn survives_any_text(text in any_text()) {
        if let Ok(json) = php_json::reencode(&text) {
            prop_assert!(serde_json::from_str::<serde_json::Value>(&text).is_ok());
            prop_assert!(json.is_ascii());
        }
    }
}
