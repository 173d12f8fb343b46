//! Errors and `Debug` contain no piece of a key or a password.

use std::collections::HashSet;

use alikassa::{Client, Digest, KeyError, PrivateKey, RequestBudget, Settings, Signer};
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PrivateKeyParts;

use crate::pem::base64_lines;
use crate::vectors::{KeyRecord, RefusedRecord, SIGNER_FILE, account, key_text, load, refused_text};

/// The length of a piece, in characters.
const PIECE: usize = 8;

/// All pieces of some secrets.
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
    format!("{error}\n{}\n{}\n{error:?}\n{error:#?}", error.remedy(), error.message("the key", "the password"))
}

#[test]
fn shows_no_secret_in_a_key_error() {
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
fn shows_no_wrong_password() {
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
fn shows_no_swapped_key_and_password() {
    let pem = key_text("php-3des-2048.pem");
    for password in ["Secret-2048", "-----BEGIN ", "-----BEGIN Secret-2048-----", "-----BEGIN Secret-2048"] {
        let error = PrivateKey::from_pem(password, Some(pem.as_bytes())).unwrap_err();
        Pieces::of(&pem, Some("Secret-2048")).assert_not_in(&shown(&error), password);
    }
}

#[test]
fn shows_no_key_without_its_line_breaks() {
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

#[test]
fn shows_size_and_fingerprint_of_a_key_in_debug() {
    let pem = key_text(SIGNER_FILE);
    let key = PrivateKey::from_pem(&pem, None).unwrap();
    let fingerprint = key.fingerprint().to_owned();
    let of_key = format!("{key:?}{key:#?}");
    let signer = Signer::new(key, Digest::Sha1);
    let of_signer = format!("{signer:?}{signer:#?}");
    let account = account();
    let client = Client::new((), (), signer, account.clone(), Settings::default()).with_budget(RequestBudget::new(1));
    for (what, debug) in [("PrivateKey", of_key), ("Signer", of_signer), ("Client", format!("{client:?}"))] {
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

/// A transport may log a request.
#[test]
fn shows_no_signature_or_body_of_a_request_in_debug() {
    let pem = key_text(SIGNER_FILE);
    let signer = Signer::new(PrivateKey::from_pem(&pem, None).unwrap(), Digest::Sha1);
    let account = account();
    let client = Client::new((), (), signer, account.clone(), Settings::default());
    let request = client.signed_request("v1/payout", r#"{"amount":"300.00"}"#.to_owned()).unwrap();
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
