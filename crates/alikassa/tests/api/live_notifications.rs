//! Notifications that PHP signs during the test, and PHP's own verdict on them after a change.

use alikassa::{Notification, NotificationKey, VerificationError};
use serde_json::{Map, Value, json};

use crate::live_php::{Php, Random};
use crate::vectors::{key_text, path};

const QUESTIONS: usize = 300;

const OPTIONAL: [&str; 8] =
    ["order_id", "amount", "payment_amount", "commission_amount", "is_partial_payment", "account", "service", "desc"];

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
        if random.below(5) > 0 {
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
        let (digest, commission) = (*random.pick(&["sha1", "sha256"]), random.below(2) == 0);
        let question =
            json!({"private_pem": key_text("plain-1024.pem"), "get": get, "digest": digest, "commission": commission});
        let query: String = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let context = format!("seed {}: {digest}, {commission}, {query}", random.seed);
        let notification =
            Notification::from_pairs(pairs(&query), &key).unwrap_or_else(|error| panic!("{context}\n{error}"));
        for (name, value) in &get {
            let signed = commission || name != "commission_amount";
            assert_eq!(notification.field(name), value.as_str().filter(|_| signed), "{context}");
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
        let question = json!({"private_pem": key_text("plain-1024.pem"), "get": get(&mut random), "digest": "sha1", "commission": true});
        let query: String = serde_json::from_str(&php.ask(&question.to_string())).unwrap();
        let query = changed(&mut random, &query);
        let question = json!({"public_pem": public_pem(), "query": query});
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
