//! No piece of a key or of a password is ever shown.

use std::collections::HashSet;
use std::time::{Duration, SystemTime};

use alikassa_edge::{
    Answer, Digest, Gateway, KeyError, PrivateKey, Settings, SignedRequest, Signer, Transport, Unreachable,
};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PrivateKeyParts;

use crate::pem::base64_lines;
use crate::vectors::{KeyRecord, RefusedRecord, SIGNER_FILE, account, key_text, load, refused_text};

/// How many characters in a row are a piece.
const PIECE: usize = 8;

/// The pieces of eight characters of some secrets. A text shows one of them if it has one of its own pieces in common.
struct Pieces(HashSet<Vec<u8>>);

impl Pieces {
    fn of(pem: &str, password: Option<&str>) -> Self {
        let body = base64_lines(pem).concat();
        let secrets = [body.as_bytes(), password.unwrap_or_default().as_bytes()];
        Self(secrets.iter().flat_map(|secret| secret.windows(PIECE)).map(<[u8]>::to_vec).collect())
    }

    fn assert_not_in(&self, text: &str, what: &str) {
        for piece in text.as_bytes().windows(PIECE) {
            assert!(!self.0.contains(piece), "{what} shows {}: {text}", String::from_utf8_lossy(piece));
        }
    }
}

fn shown(error: &KeyError) -> String {
    format!("{error}\n{error:?}\n{error:#?}")
}

#[test]
fn no_refusal_shows_a_piece_of_the_key_or_of_the_password() {
    let mut count = 0;
    for record in load::<RefusedRecord>("refused.json") {
        let pem = refused_text(&record.file);
        if let Err(error) = PrivateKey::from_pem(&pem, record.password.as_ref().map(String::as_bytes)) {
            count += 1;
            let pieces = Pieces::of(&String::from_utf8_lossy(&pem), record.password.as_deref());
            pieces.assert_not_in(&shown(&error), &record.file);
        }
    }
    assert!(count > 160, "{count}");
}

#[test]
fn no_wrong_password_is_shown() {
    let passwords = ["correct horse battery staple", "Пароль от архива"];
    let mut files = HashSet::new();
    for KeyRecord { file, password, bits, .. } in load("keys.json") {
        if password.is_none() || bits > 2048 || file.contains("iter-1000") || !files.insert(file.clone()) {
            continue;
        }
        let pem = key_text(&file);
        for wrong in passwords.iter().filter(|wrong| password.as_deref() != Some(wrong)) {
            let error = PrivateKey::from_pem(&pem, Some(wrong.as_bytes())).expect_err(&file);
            Pieces::of(&pem, Some(wrong)).assert_not_in(&shown(&error), &file);
            Pieces::of(&pem, password.as_deref()).assert_not_in(&shown(&error), &file);
        }
    }
    assert!(files.len() > 40, "{}", files.len());
}

#[test]
fn secrets_that_were_put_in_each_others_place_are_not_shown() {
    let pem = key_text("php-3des-2048.pem");
    for password in ["Secret-2048", "-----BEGIN ", "-----BEGIN Secret-2048-----", "-----BEGIN Secret-2048"] {
        let error = PrivateKey::from_pem(password, Some(pem.as_bytes())).unwrap_err();
        Pieces::of(&pem, Some("Secret-2048")).assert_not_in(&shown(&error), password);
    }
}

#[test]
fn a_key_that_lost_its_lines_is_not_shown() {
    let pem = key_text("php-3des-2048.pem");
    let body = base64_lines(&pem).concat();
    let headers = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info:";
    for mangled in [
        format!("-----BEGIN {body}"),
        format!("-----BEGIN {body}-----"),
        format!("-----BEGIN {body}-----END ENCRYPTED PRIVATE KEY-----"),
        format!("-----BEGIN ENCRYPTED PRIVATE KEY{body}-----END ENCRYPTED PRIVATE KEY-----"),
        format!("-----BEGIN ENCRYPTED PRIVATE KEY-----{body}-----END {body}-----"),
        format!("{headers} {body},00-----END RSA PRIVATE KEY-----"),
        format!("{headers} DES-EDE3-CBC,{body}-----END RSA PRIVATE KEY-----"),
        format!("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: {body}\n-----END RSA PRIVATE KEY-----"),
    ] {
        let error = PrivateKey::from_pem(&mangled, Some(b"Secret-2048")).expect_err(&mangled);
        Pieces::of(&pem, Some("Secret-2048")).assert_not_in(&shown(&error), &mangled);
    }
}

/// A transport with a `Debug` of its own, which is not ours to judge.
#[derive(Debug)]
struct Silent;

impl Transport for Silent {
    async fn send(&self, _: &SignedRequest) -> Result<Answer, Unreachable> {
        Err(Unreachable::default())
    }

    async fn wait(&self, _: Duration) {}

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH
    }
}

#[test]
fn debug_of_what_holds_a_key_shows_its_size_and_fingerprint_and_no_number() {
    let pem = key_text(SIGNER_FILE);
    let key = PrivateKey::from_pem(&pem, None).unwrap();
    let fingerprint = key.fingerprint().to_owned();
    let of_key = format!("{key:?}{key:#?}");
    let signer = Signer::new(key, Digest::Sha1);
    let of_signer = format!("{signer:?}{signer:#?}");
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(Silent, &signer, &account, &settings);
    for (what, debug) in [("PrivateKey", of_key), ("Signer", of_signer), ("Gateway", format!("{gateway:?}"))] {
        assert!(debug.contains("1024"), "{what}: {debug}");
        assert!(debug.contains(&fingerprint), "{what}: {debug}");
        Pieces::of(&pem, None).assert_not_in(&debug, what);
        let rest = debug.replace(&fingerprint, "").replace(account.as_str(), "");
        let longest = rest.split(|character: char| !character.is_ascii_hexdigit()).map(str::len).max();
        assert!(longest < Some(PIECE), "{what} shows a number: {rest}");
        // A list of bytes or limbs would be long, whatever its notation.
        assert!(rest.len() < 1000, "{what} shows a lot: {rest}");
    }
}

/// The key is not in the request, nor is what the request can be sent again with in its `Debug`: a transport may log one.
#[test]
fn a_request_shows_no_piece_of_the_key_nor_its_signature_nor_its_body() {
    let pem = key_text(SIGNER_FILE);
    let signer = Signer::new(PrivateKey::from_pem(&pem, None).unwrap(), Digest::Sha1);
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(Silent, &signer, &account, &settings);
    let request = gateway.signed_request("v1/payout", r#"{"amount":"300.00"}"#.to_owned()).unwrap();
    let [_, _, (name, sign), ..] = &request.headers;
    assert_eq!((*name, sign.len()), ("Sign", 172));
    for debug in [format!("{request:?}"), format!("{request:#?}")] {
        Pieces(sign.as_bytes().windows(PIECE).map(<[u8]>::to_vec).collect()).assert_not_in(&debug, "Sign");
        assert!(!debug.contains(account.as_str()) && !debug.contains("300.00"), "{debug}");
        assert!(debug.contains("https://api-merchant.alikassa.com/v1/payout") && debug.contains("19"), "{debug}");
    }
    Pieces::of(&pem, None).assert_not_in(&format!("{request:?}"), "the request");
    let secret = rsa::PrivateKey::from_pkcs8_pem(&pem).unwrap().d().to_string().to_lowercase();
    assert!(secret.len() > 100 && !format!("{request:?}").to_lowercase().contains(&secret[20..60]));
}
