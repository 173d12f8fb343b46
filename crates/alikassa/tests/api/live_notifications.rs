//! Notifications that PHP signs during the test, and PHP's own verdict on them after a change.

use alikassa::{Notification, NotificationKey, VerificationError};
use serde_json::{Map, Value, json};

use crate::live_php::{Php, Random};
use crate::vectors::{key_text, path};

const QUESTIONS: usize = 300;

const OPTIONAL: [&str; 9] = [
    "order_id",
    "amount",
    "payment_amount",
    "commission_amount",
    "is_partial_payment",
    "account",
    "service",
    "desc",
    "card_brand",
];

const FORMS: [&str; 8] = [
    "documented",
    "without_commission_unescaped",
    "card_brand",
    "card_brand_without_commission",
    "documented_boolean_unescaped",
    "without_commission_boolean",
    "card_brand_boolean_unescaped",
    "card_brand_without_commission_boolean",
];

fn public_pem() -> String {
    std::fs::read_to_string(path("public/spki-1024.pem")).unwrap()
}

fn pairs(query: &str) -> Vec<(String, String)> {
    form_urlencoded::parse(query.as_bytes()).into_owned().collect()
}

fn text(random: &mut Random) -> String {
    let usual = ["0", "1", "300.00", "93.84000000", "1e3", "", "null", "payment_card_rub", "Оплата/1", "a b+c&d=e%20f"];
    if random.below(3) == 0 { (*random.pick(&usual)).to_owned() } else { random.text(30) }
}

/// A random `$_GET`.
fn get(random: &mut Random) -> Map<String, Value> {
    let id = match random.below(3) {
        0 => random.below(usize::MAX) as i64,
        _ => random.below(1_000_000_000) as i64,
    };
    let mut get = Map::new();
    get.insert("type".into(), json!(random.pick(&["payout", "payout", "payment", "выплата"])));
    get.insert("id".into(), json!(id.to_string()));
    get.insert("payment_status".into(), json!(random.pick(&["paid", "wait", "cancel", "fail", "new/1"])));
    for name in OPTIONAL {
        if name == "is_partial_payment" && random.below(2) > 0 {
            get.insert(name.into(), json!(random.pick(&["0", "1", "true", "false", "True", ""])));
        } else if random.below(5) > 0 {
            get.insert(name.into(), json!(text(random)));
        }
    }
    get
}

#[test]
fn accepts_what_php_signs() {
    let Some(mut php) = Php::start("notification.php") else { return };
    let mut random = Random::new();
    let key = NotificationKey::from_pem(public_pem()).unwrap();
    for _ in 0..QUESTIONS {
        let get = get(&mut random);
        let (digest, form) = (*random.pick(&["sha1", "sha256"]), *random.pick(&FORMS));
        let question = json!({"private_pem": key_text("plain-1024.pem"), "get": get, "digest": digest, "form": form});
        let query: String = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let context = format!("seed {}: {digest}, {form}, {query}", random.seed);
        let notification =
            Notification::from_pairs(pairs(&query), &key).unwrap_or_else(|error| panic!("{context}\n{error}"));
        for (name, value) in &get {
            let is_signed = match name.as_str() {
                "commission_amount" => !form.contains("without_commission"),
                "card_brand" => form.starts_with("card_brand"),
                _ => true,
            };
            let value = match value.as_str().unwrap() {
                "true" if name == "is_partial_payment" && form.contains("boolean") => "1",
                "false" if name == "is_partial_payment" && form.contains("boolean") => "0",
                value => value,
            };
            assert_eq!(notification.field(name), is_signed.then_some(value), "{context}");
        }
        // The same with every `+` unescaped, and as JSON.
        let raw = query.replace("%2B", "+");
        if !get.values().any(|value| value.as_str().unwrap().contains('+')) {
            assert_eq!(Notification::from_pairs(pairs(&raw), &key).as_ref(), Ok(&notification), "{context}");
        }
        let json: Map<String, Value> = pairs(&query).into_iter().map(|(name, value)| (name, value.into())).collect();
        let body = serde_json::to_vec(&json).unwrap();
        assert_eq!(Notification::from_json(&body, &key).as_ref(), Ok(&notification), "{context}");
    }
    php.end();
}

/// A random change on the way.
fn changed(random: &mut Random, query: &str) -> String {
    let mut parts: Vec<String> = query.split('&').map(str::to_owned).collect();
    let at = random.below(parts.len());
    let (name, value) = parts[at].split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned())).unwrap();
    match random.below(7) {
        0 => parts[at] = format!("{name}={}", random.below(10)),
        1 => parts[at] = format!("{name}={value}0"),
        2 => drop(parts.remove(at)),
        3 => parts.insert(random.below(parts.len()), format!("{name}={}", random.below(10))),
        4 => parts[at] = format!("{}={value}", random.pick(&["id", "amount", "order_id", "payment_status"])),
        5 => parts[at] = format!("{}={value}", name.replace('_', ".")),
        _ => parts.swap(0, at),
    }
    parts.join("&")
}

#[test]
fn accepts_no_change_that_php_rejects() {
    let Some(mut php) = Php::start("notification.php") else { return };
    let mut random = Random::new();
    let key = NotificationKey::from_pem(public_pem()).unwrap();
    let (mut verified, mut refused) = (0, 0);
    for _ in 0..QUESTIONS {
        let question = json!({"private_pem": key_text("plain-1024.pem"), "get": get(&mut random), "digest": "sha1", "form": "documented"});
        let query: String = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let query = changed(&mut random, &query);
        let question = json!({"public_pem": public_pem(), "verify": query});
        let theirs: Option<String> = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let ours = Notification::from_pairs(pairs(&query), &key);
        let context = format!("seed {}: PHP says {theirs:?} of {query}", random.seed);
        match ours {
            Ok(_) => {
                assert!(theirs.is_some(), "{context}");
                verified += 1;
            }
            Err(error) => {
                assert!(theirs.is_none() || error != VerificationError::DoesNotVerify, "{context}");
                refused += 1;
            }
        }
    }
    assert!(verified > 10 && refused > QUESTIONS / 2, "seed {}: {verified}, {refused}", random.seed);
    php.end();
}

#[test]
fn accepts_whole_bodies_that_php_signs() {
    let Some(mut php) = Php::start("notification.php") else { return };
    let mut random = Random::new();
    let key = NotificationKey::from_pem(public_pem()).unwrap();
    let mut count = 0;
    for _ in 0..QUESTIONS {
        let mut fields: Vec<String> = (0..random.below(5))
            .map(|at| format!("{}:{}", json!(format!("{at}{}", random.text(3))), random.json(3)))
            .collect();
        for (name, value) in get(&mut random) {
            fields.insert(random.below(fields.len() + 1), format!("{}:{value}", json!(name)));
        }
        let (digest, form) = (*random.pick(&["sha1", "sha256"]), *random.pick(&["whole_body", "whole_body_unescaped"]));
        // AliKassa's bodies are written by PHP, so that a number has one notation.
        let Ok(body) = alikassa::php_json::reencode(&format!("{{{}}}", fields.join(","))) else { continue };
        let question = json!({"private_pem": key_text("plain-1024.pem"), "body": body, "digest": digest, "form": form});
        let context = format!("seed {}: {digest}, {form}, {body}", random.seed);
        // PHP does not write every text that is JSON.
        let sign: Option<String> = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let Some(sign) = sign else { continue };
        count += 1;
        let body = match body.strip_prefix('{') {
            Some(fields) if random.below(2) == 0 => format!(r#"{{"sign":"{sign}",{fields}"#),
            _ => format!(r#"{},"sign":"{sign}"}}"#, body.strip_suffix('}').unwrap()),
        };
        let notification =
            Notification::from_json(body.as_bytes(), &key).unwrap_or_else(|error| panic!("{context}\n{error}"));
        let again = Notification::from_json(notification.signed_body().as_bytes(), &key);
        assert_eq!(again.as_ref(), Ok(&notification), "{context}");
        let theirs: Option<String> =
            serde_json::from_str(&php.ask(&json!({"public_pem": public_pem(), "verify": body}).to_string())).unwrap();
        assert_eq!(theirs.as_deref(), Some(notification.form().as_str()), "{context}");
    }
    assert!(count > QUESTIONS / 2, "seed {}: {count}", random.seed);
    php.end();
}

#[test]
fn knows_the_names_that_php_reads_as_a_field() {
    let Some(mut php) = Php::start("notification.php") else { return };
    let mut random = Random::new();
    let key = NotificationKey::from_pem(public_pem()).unwrap();
    let (mut aliases, mut fields) = (0, 0);
    for _ in 0..20 * QUESTIONS {
        let mut name =
            (*random.pick(&["id", "order_id", "payment_status", "is_partial_payment", "card_brand", "sign"]))
                .to_owned();
        for _ in 0..random.below(3) {
            let mark = *random.pick(&["[", "]", ".", " ", "_", "\0", "+", "x", "[]", "\t"]);
            let underscore = name.find('_').filter(|_| random.below(2) == 0);
            let at = underscore.unwrap_or_else(|| random.below(name.len() + 1));
            let end = if random.below(2) == 0 { at } else { name.len().min(at + 1) };
            name.replace_range(at..end, mark);
        }
        let query = form_urlencoded::Serializer::new(String::new()).append_pair(&name, "1").finish();
        let theirs: Vec<String> = serde_json::from_str(&php.ask(&json!({"parse": query}).to_string())).unwrap();
        let ours = Notification::from_pairs([(&name, "1")], &key).unwrap_err();
        let context = format!("seed {}: PHP reads {name:?} as {theirs:?}, and we say {ours:?}", random.seed);
        let documented = ["type", "id", "order_id", "payment_status", "is_partial_payment", "card_brand", "sign"];
        let field = theirs.first().filter(|field| documented.contains(&field.as_str()));
        match ours {
            VerificationError::Alias { field: alias } => {
                assert_eq!(field.map(String::as_str), Some(alias), "{context}");
                aliases += 1;
            }
            _ => assert!(field.is_none_or(|field| *field == name), "{context}"),
        }
        fields += usize::from(field.is_some());
    }
    assert!(aliases > QUESTIONS / 3 && fields > aliases, "seed {}: {aliases}, {fields}", random.seed);
    php.end();
}
