//! Notifications that PHP signed, and others that must be rejected.

use std::collections::{HashMap, HashSet};
use std::fmt::{self, Formatter};

use alikassa::{
    Notification, NotificationKey, NotificationKind, PaymentStatus, PayoutQuery, VerificationError, php_json,
};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Value, json};

use crate::vectors::{load, path};

#[derive(serde::Deserialize)]
struct Record {
    name: String,
    key: String,
    /// A query string, or else a JSON body.
    query: Option<String>,
    body: Option<String>,
    shown: Option<Box<RawValue>>,
    form: Option<String>,
    error: Option<String>,
    field: Option<String>,
    php: Option<String>,
}

impl Record {
    fn verify(&self, key: &NotificationKey) -> Result<Notification, VerificationError> {
        match &self.body {
            Some(body) => Notification::from_json(body.as_bytes(), key),
            None => Notification::from_pairs(pairs(self.query()), key),
        }
    }

    fn query(&self) -> &str {
        self.query.as_deref().unwrap()
    }
}

fn key(file: &str) -> NotificationKey {
    NotificationKey::from_pem(std::fs::read(path("public").join(file)).unwrap()).unwrap()
}

/// The names and values of a query string, decoded as in browsers and Workers.
fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

/// The sample of the vectors, as JSON.
fn sample() -> Map<String, Value> {
    serde_json::from_slice(&std::fs::read(path("notification.json")).unwrap()).unwrap()
}

fn read(fields: &Map<String, Value>) -> Result<Notification, VerificationError> {
    Notification::from_json(&serde_json::to_vec(fields).unwrap(), &key("spki-2048.pem"))
}

/// The sample with other values.
fn with(changes: &[(&str, Value)]) -> Result<Notification, VerificationError> {
    let mut fields = sample();
    fields.extend(changes.iter().map(|(name, value)| ((*name).to_owned(), value.clone())));
    read(&fields)
}

/// The name of an error in the vectors.
fn named(error: &VerificationError) -> (&'static str, Option<&'static str>) {
    match error {
        VerificationError::NoSign => ("no_sign", None),
        VerificationError::NotBase64 => ("not_base64", None),
        VerificationError::DuplicateField { field } => ("twice", Some(field)),
        VerificationError::Alias { field } => ("alias", Some(field)),
        VerificationError::Missing { field } => ("missing", Some(field)),
        VerificationError::WrongType { field } => ("wrong_type", Some(field)),
        VerificationError::BadId => ("bad_id", None),
        VerificationError::DoesNotVerify => ("does_not_verify", None),
        other => panic!("{other:?} has no vector"),
    }
}

#[test]
fn accepts_signed_notifications_with_their_signed_fields_alone() {
    let mut keys = HashMap::new();
    let mut forms = HashSet::new();
    let mut count = 0;
    for record in load::<Record>("notifications.json") {
        let Record { name, key: file, body, shown: Some(shown), form: Some(form), .. } = &record else { continue };
        let key = keys.entry(file.clone()).or_insert_with(|| key(file));
        let notification = record.verify(key).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(notification.form().as_str(), form, "{name}");
        // As text, since the order and every digit count. An undocumented field of a body may have other escapes.
        let (ours, shown) = (serde_json::to_string(&notification).unwrap(), shown.get());
        if body.is_some() {
            assert_eq!(php_json::reencode(&ours), php_json::reencode(shown), "{name}");
        } else {
            assert_eq!(ours, shown, "{name}");
        }
        // A stored notification can be verified again.
        assert_eq!(Notification::from_json(notification.signed_body().as_bytes(), key), Ok(notification), "{name}");
        forms.insert(form.clone());
        count += 1;
    }
    assert!(count >= 200 && forms.len() == 36, "{count}, {forms:?}");
}

#[test]
fn rejects_unsigned_notifications_with_the_reason() {
    let (mut count, mut stricter, mut kinds) = (0, 0, HashSet::new());
    for record in load::<Record>("notifications.json") {
        let Record { name, key: file, error: Some(error), field, php, .. } = &record else { continue };
        let refused = record.verify(&key(file)).expect_err(name);
        assert_eq!(named(&refused), (error.as_str(), field.as_deref()), "{name}");
        assert_eq!(refused.code(), "invalid_signature");
        // What PHP's own check accepts is rejected for another reason than the signature.
        assert!(php.is_none() || refused != VerificationError::DoesNotVerify, "{name}");
        stricter += usize::from(php.is_some());
        kinds.insert(error.clone());
        count += 1;
    }
    assert!(count >= 190 && stricter >= 50 && kinds.len() == 8, "{count}, {stricter}, {kinds:?}");
}

/// The fields of a JSON object in their order.
#[derive(Clone)]
struct Body(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Body {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Fields;
        impl<'de> Visitor<'de> for Fields {
            type Value = Body;

            fn expecting(&self, f: &mut Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Body, A::Error> {
                let mut fields = Vec::new();
                while let Some(field) = map.next_entry()? {
                    fields.push(field);
                }
                Ok(Body(fields))
            }
        }
        deserializer.deserialize_map(Fields)
    }
}

impl Body {
    fn verify(&self, key: &NotificationKey) -> Result<Notification, VerificationError> {
        let fields: Vec<String> = self.0.iter().map(|(name, value)| format!("{}:{value}", json!(name))).collect();
        Notification::from_json(format!("{{{}}}", fields.join(",")).as_bytes(), key)
    }
}

#[test]
fn rejects_a_changed_added_missing_or_moved_field_in_every_form() {
    let key = key("spki-1024.pem");
    let mut count = 0;
    for Record { name, body, .. } in
        load("notifications.json").into_iter().filter(|record: &Record| record.name.starts_with("form "))
    {
        let Some(body) = body else { continue };
        let body: Body = serde_json::from_str(&body).unwrap();
        let original = body.verify(&key).unwrap();
        let is_whole = original.form().as_str().starts_with("whole_body");
        // A field that is not signed may be anything, and is not passed on.
        let check = |is_signed: bool, changed: Body, what: &str| {
            let expected = if is_signed { Err(VerificationError::DoesNotVerify) } else { Ok(original.clone()) };
            assert_eq!(changed.verify(&key), expected, "{name}: {what}");
        };
        for (at, (field, value)) in body.0.iter().enumerate().filter(|(_, (field, _))| field != "sign") {
            let is_signed = original.field(field).is_some();
            let others: &[Value] = match field.as_str() {
                "id" => &[json!(1), json!("1"), json!(-100_000_536)],
                "is_partial_payment" => &[json!(true), json!("1"), json!("no")],
                _ => &[json!("changed"), json!("0"), json!(1)],
            };
            for other in others {
                let mut changed = body.clone();
                changed.0[at].1 = other.clone();
                check(is_signed, changed, &format!("{field} is {other}"));
            }
            let mut changed = body.clone();
            changed.0.remove(at);
            if !["type", "id", "payment_status"].contains(&field.as_str()) {
                check(is_signed, changed, &format!("no {field}"));
            }
            let mut changed = body.clone();
            changed.0.swap(at, (at + 1) % (body.0.len() - 1));
            check(is_whole, changed, &format!("{field} later"));
            let mut changed = body.clone();
            changed.0.insert(at, ("more".to_owned(), json!(1)));
            check(is_whole, changed, &format!("more before {field}"));
            // Its type is signed in a whole body alone.
            if value.is_number() {
                let mut changed = body.clone();
                changed.0[at].1 = json!(value.to_string());
                check(is_whole, changed, &format!("{field} as text"));
            }
            count += 1;
        }
    }
    assert!(count >= 500, "{count}");
}

#[test]
fn passes_on_undocumented_fields_of_a_whole_body_alone() {
    let records: Vec<Record> = load("notifications.json");
    let read = |name: &str| {
        let record = records.iter().find(|record| record.name == name).unwrap();
        record.verify(&key(&record.key)).unwrap()
    };
    let whole = read("whole body: every type");
    assert_eq!(whole.form().to_string(), "whole_body_sha256");
    let fields = ["n", "t", "f", "null", "e", "o", "a", "s"].map(|name| whole.field(name));
    let expected = [
        Some("1.25"),
        Some("true"),
        Some("false"),
        None,
        Some("[]"),
        Some("{}"),
        Some(r#"[1,{"b":"\/"}]"#),
        Some("ы/"),
    ];
    assert_eq!(fields, expected);
    assert_eq!(
        serde_json::to_string(&whole).unwrap(),
        r#"{"type":"payout","id":"1","payment_status":"paid","n":1.25,"t":true,"f":false,"e":[],"o":{},"a":[1,{"b":"\/"}],"s":"ы/"}"#
    );
    let documented = read("form documented, sha1, in a body with types and more");
    assert_eq!((documented.field("new"), documented.field("card_brand")), (None, None));
    assert_eq!(read("form card_brand, sha1").field("card_brand"), Some("VISA/1"));
    // The last of two counts, since it was signed.
    assert_eq!(read("whole body: an undocumented field twice").field("x"), Some("last"));
    let amounts = read("whole body: amounts as numbers");
    assert_eq!(
        (amounts.amount(), amounts.payment_amount(), amounts.commission_amount()),
        (Some("300"), Some("100.5"), Some("0.1"))
    );
}

#[test]
fn rejects_a_change_of_any_character() {
    let sample = sample();
    let mut count = 0;
    for (name, value) in sample.iter().map(|(name, value)| (name, value.as_str().unwrap())) {
        for (at, character) in value.char_indices() {
            // The padding and the four unused bits before it are not part of a signature.
            if name == "sign" && at >= value.len() - 3 {
                continue;
            }
            for other in ['0', 'A', 'я'].into_iter().filter(|other| *other != character) {
                let mut changed = value.to_owned();
                changed.replace_range(at..at + character.len_utf8(), &other.to_string());
                let mut fields = sample.clone();
                fields[name] = Value::from(changed);
                assert!(read(&fields).is_err(), "{fields:?}");
                count += 1;
            }
        }
    }
    assert!(count > 1000, "{count}");
}

#[test]
fn rejects_swapped_fields() {
    let sample = sample();
    let names: Vec<&String> = sample.keys().collect();
    for (at, first) in names.iter().enumerate() {
        for second in &names[at + 1..] {
            let mut fields = sample.clone();
            (fields[*first], fields[*second]) = (sample[*second].clone(), sample[*first].clone());
            assert_eq!(read(&fields).is_ok(), sample[*first] == sample[*second], "{first} and {second}");
        }
    }
}

#[test]
fn rejects_fields_injected_into_another() {
    for desc in [r#"x","sign":null,"a":"b"#, r#"Выплата 6422494","new":"1"#, "Выплата 6422494\0", "Выплата 6422494 "]
    {
        assert_eq!(with(&[("desc", json!(desc))]), Err(VerificationError::DoesNotVerify), "{desc}");
    }
}

#[test]
fn accepts_the_json_types_of_a_parsed_query_string() {
    let notification = read(&sample()).unwrap();
    let same = [
        ("id", json!(100_000_536)),
        ("is_partial_payment", json!(false)),
        ("commission_amount", json!(10)),
        ("not documented", json!({ "a": [1, 2] })),
    ];
    assert_eq!(with(&same).as_ref(), Ok(&notification));
    // The signed digits are 300.00, and a program that parsed them as a number has lost them.
    assert_eq!(with(&[("amount", json!(300))]), Err(VerificationError::DoesNotVerify));
    let with_digits = serde_json::to_string(&sample()).unwrap().replace(r#""300.00""#, "300.00");
    assert_eq!(Notification::from_json(with_digits.as_bytes(), &key("spki-2048.pem")).as_ref(), Ok(&notification));
}

#[test]
fn reads_null_as_an_absent_parameter() {
    let records: Vec<Record> = load("notifications.json");
    let mut count = 0;
    for record in records.iter().filter(|record| record.name.starts_with("without ") && record.shown.is_some()) {
        let mut fields: Map<String, Value> =
            pairs(record.query()).into_iter().map(|(name, value)| (name, Value::from(value))).collect();
        let missing = record.name.strip_prefix("without ").unwrap();
        fields.insert(missing.to_owned(), Value::Null);
        let body = serde_json::to_vec(&fields).unwrap();
        let notification = Notification::from_json(&body, &key(&record.key)).unwrap();
        assert_eq!(notification.field(missing), None, "{missing}");
        let shown = serde_json::to_string(&notification).unwrap();
        assert_eq!(Some(shown.as_str()), record.shown.as_ref().map(|shown| shown.get()), "{missing}");
        count += 1;
    }
    assert_eq!(count, 7);
    for field in ["type", "id", "payment_status"] {
        assert_eq!(with(&[(field, Value::Null)]), Err(VerificationError::Missing { field }), "{field}");
    }
    assert_eq!(with(&[("sign", Value::Null)]), Err(VerificationError::NoSign));
}

#[test]
fn rejects_other_json_with_the_reason() {
    let key = key("spki-2048.pem");
    let read = |body: &[u8]| Notification::from_json(body, &key).unwrap_err();
    for body in ["[]", "null", "true", "1", "\"a\"", "[{}]"] {
        assert_eq!(read(body.as_bytes()), VerificationError::NotAnObject, "{body}");
    }
    assert_eq!(read(b""), VerificationError::NotJson { line: 1, column: 0 });
    assert_eq!(read(b"{\n\"id\":01}"), VerificationError::NotJson { line: 2, column: 7 });
    assert_eq!(read(b"{} {}"), VerificationError::NotJson { line: 1, column: 4 });
    assert_eq!(read(b"{\"id\":\"\xff\"}"), VerificationError::NotUtf8);
    assert_eq!(read(b"{}"), VerificationError::NoSign);
    for value in [json!([]), json!({}), json!(["paid"]), json!({ "0": "paid" })] {
        let field = "payment_status";
        assert_eq!(with(&[(field, value)]), Err(VerificationError::WrongType { field }));
    }
    let good = serde_json::to_string(&sample()).unwrap();
    for second in [r#""id":"100000536""#, r#""id":null"#, r#""i\u0064":1"#] {
        let field = "id";
        let twice = VerificationError::DuplicateField { field };
        assert_eq!(read(good.replacen('{', &format!("{{{second},"), 1).as_bytes()), twice, "{second}");
        assert_eq!(read(good.replace('}', &format!(",{second}}}")).as_bytes()), twice, "{second}");
    }
    assert_eq!(read(br#"{"id":null,"id":null}"#), VerificationError::DuplicateField { field: "id" });
    assert_eq!(with(&[("id[]", json!("1"))]), Err(VerificationError::Alias { field: "id" }));
}

#[test]
fn has_typed_fields_and_a_payout_query() {
    let notification = read(&sample()).unwrap();
    assert_eq!(notification.kind(), &NotificationKind::Payout);
    assert_eq!(notification.id(), "100000536");
    assert_eq!(notification.order_id(), Some("6422494"));
    assert_eq!(notification.payment_status(), &PaymentStatus::Paid);
    assert_eq!((notification.amount(), notification.payment_amount()), (Some("300.00"), Some("300.00")));
    assert_eq!((notification.commission_amount(), notification.is_partial_payment()), (Some("10"), Some(false)));
    assert_eq!((notification.field("service"), notification.field("sign")), (Some("payment_card_rub"), None));
    assert_eq!(notification.payout_query(), PayoutQuery::id("100000536").ok());
}

#[test]
fn has_a_payout_query_only_for_a_payout() {
    let records: Vec<Record> = load("notifications.json");
    let named = |name: &str| {
        let record = records.iter().find(|record| record.name == name).unwrap();
        Notification::from_pairs(pairs(record.query()), &key(&record.key)).unwrap()
    };
    for (name, kind) in [
        ("type payment", NotificationKind::Payment),
        ("type refund", NotificationKind::Other("refund".into())),
        ("type Payout", NotificationKind::Other("Payout".into())),
    ] {
        let notification = named(name);
        assert_eq!(notification.kind(), &kind, "{name}");
        assert_eq!(notification.kind().to_string(), notification.field("type").unwrap());
        assert_eq!(notification.payout_query(), None, "{name}");
    }
    let huge = named("id 9223372036854775807");
    assert_eq!(huge.payout_query(), PayoutQuery::id("9223372036854775807").ok());
    assert_eq!(named("payment_status PAID").payment_status(), &PaymentStatus::Other("PAID".into()));
    assert_eq!(named("is_partial_payment yes").is_partial_payment(), None);
    assert_eq!(named("is_partial_payment yes").field("is_partial_payment"), Some("yes"));
    assert_eq!(named("is_partial_payment true").is_partial_payment(), Some(true));
}

#[test]
fn drops_an_unsigned_commission() {
    let records: Vec<Record> = load("notifications.json");
    for record in records.iter().filter(|record| record.name.starts_with("commission_amount came and was not signed")) {
        assert!(record.query().contains("commission_amount=10"));
        let notification = Notification::from_pairs(pairs(record.query()), &key(&record.key)).unwrap();
        assert_eq!((notification.commission_amount(), notification.field("commission_amount")), (None, None));
        assert!(!format!("{notification:?}").contains("commission"), "{notification:?}");
        let other = record.query().replace("commission_amount=10", "commission_amount=99");
        assert_eq!(Notification::from_pairs(pairs(&other), &key(&record.key)), Ok(notification));
    }
}

#[test]
fn shows_no_received_value_in_an_error() {
    let secret = "4111-1111-1111-1111";
    for changes in [
        vec![("id", json!(secret))],
        vec![("account", json!(secret))],
        vec![("sign", json!(secret))],
        vec![("type", json!("")), ("account", json!(secret))],
        vec![("account", json!([secret]))],
        vec![(secret, json!(secret)), ("sign", json!(""))],
    ] {
        let error = with(&changes).unwrap_err();
        assert!(!format!("{error}{error:?}").contains("4111"), "{error:?}");
    }
}
