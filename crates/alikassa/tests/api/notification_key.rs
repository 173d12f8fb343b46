//! The public key that verifies notifications.

use alikassa::{Digest, KeyError, NotificationKey, PrivateKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde::Deserialize;

use crate::pem::{base64_lines, der, pem};
use crate::vectors::{SignatureRecord, key_text, load, path};

#[derive(Deserialize)]
struct PublicRecord {
    file: String,
    bits: u32,
    fingerprint: String,
}

#[derive(Deserialize)]
struct RefusedRecord {
    file: String,
    kind: String,
    why: String,
    oid: Option<String>,
}

#[derive(Deserialize)]
struct Mangled {
    name: String,
    text: String,
    fingerprint: String,
}

fn text(folder: &str, file: &str) -> String {
    std::fs::read_to_string(path(folder).join(file)).unwrap_or_else(|error| panic!("{file}: {error}"))
}

#[test]
fn opens_every_public_key_that_php_opens() {
    let records: Vec<PublicRecord> = load("public.json");
    for PublicRecord { file, bits, fingerprint } in &records {
        let key = NotificationKey::from_pem(text("public", file)).unwrap_or_else(|error| panic!("{file}: {error}"));
        assert_eq!((key.bits(), key.fingerprint()), (*bits, fingerprint.as_str()), "{file}");
    }
    assert!(records.len() >= 19, "{}", records.len());
}

#[test]
fn opens_public_keys_in_every_pasted_form() {
    let records: Vec<Mangled> = load("public_mangled.json");
    for Mangled { name, text, fingerprint } in &records {
        let key = NotificationKey::from_pem(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(key.fingerprint(), fingerprint, "{name}");
    }
    assert!(records.len() >= 80, "{}", records.len());
}

#[test]
fn has_the_fingerprint_of_its_private_key() {
    let private = PrivateKey::from_pem(key_text("plain-2048.pem"), None).unwrap();
    let public = NotificationKey::from_pem(text("public", "spki-2048.pem")).unwrap();
    assert_eq!(public.fingerprint(), private.fingerprint());
}

/// Whether the error is the one of the vectors.
fn fits(record: &RefusedRecord, error: &KeyError) -> bool {
    match record.kind.as_str() {
        "not_rsa" => matches!(error, KeyError::NotRsa { algorithm } if Some(algorithm) == record.oid.as_ref()),
        "bad_size" => matches!(error, KeyError::BadSize { min: 1024, max: 8192, .. }),
        "private" => matches!(error, KeyError::PrivateInPlaceOfPublic { label } if label.ends_with("PRIVATE KEY")),
        "not_a_key" => {
            matches!(error, KeyError::NoPem { file: "public.pem" } | KeyError::NotAPublicKey { .. })
        }
        // OpenSSL decodes negative and empty integers; our DER decoder rejects them.
        "impossible" => {
            *error == KeyError::InvalidPublicKey
                || (["n-negative.pem", "e-negative.pem", "e-empty.pem"].contains(&record.file.as_str())
                    && matches!(error, KeyError::Malformed { .. }))
        }
        "malformed" => matches!(
            error,
            KeyError::Malformed { file: "public.pem", .. }
                | KeyError::BadBase64 { file: "public.pem" }
                | KeyError::Truncated { file: "public.pem", .. }
        ),
        other => panic!("{other} is no kind"),
    }
}

#[test]
fn rejects_other_keys_with_the_reason() {
    let records: Vec<RefusedRecord> = load("public_refused.json");
    for record in &records {
        let error = NotificationKey::from_pem(text("public_refused", &record.file)).expect_err(&record.file);
        assert!(fits(record, &error), "{}, {}: {error:?}", record.file, record.why);
        assert_eq!(error.code(), "bad_key");
    }
    assert!(records.len() >= 70, "{}", records.len());
}

#[test]
fn names_public_pem_in_errors() {
    for record in load::<RefusedRecord>("public_refused.json") {
        let error = NotificationKey::from_pem(text("public_refused", &record.file)).unwrap_err();
        let message = error.message("ALIKASSA_NOTIFICATION_KEY", "a password");
        let private = message.contains("private.pem") && record.kind != "private";
        assert!(!private && !message.contains("password"), "{}: {message}", record.file);
        assert!(message.starts_with("ALIKASSA_NOTIFICATION_KEY "), "{message}");
    }
    let error = NotificationKey::from_pem("").unwrap_err();
    assert_eq!(error.to_string(), "the key contains no PEM block (no \"-----BEGIN …-----\" line)");
    assert_eq!(error.remedy(), "Set it to the whole text of public.pem.");
    assert_eq!(PrivateKey::from_pem("", None).unwrap_err().remedy(), "Set it to the whole text of private.pem.");
}

#[test]
fn does_not_show_a_private_key() {
    for file in ["plain-1024.pem", "pkcs1-1024.pem", "php-3des-1024.pem", "dek-3des-1024.pem"] {
        let pem = key_text(file);
        let error = NotificationKey::from_pem(&pem).expect_err(file);
        let shown = format!("{error}\n{error:?}");
        let body = base64_lines(&pem).concat();
        assert!(
            !body.as_bytes().windows(8).any(|piece| shown.contains(std::str::from_utf8(piece).unwrap())),
            "{shown}"
        );
        assert!(shown.contains("private key"), "{shown}");
    }
}

#[test]
fn recognizes_a_public_key_in_place_of_a_private_one() {
    let error = PrivateKey::from_pem(text("public", "spki-1024.pem"), None).unwrap_err();
    assert_eq!(error, KeyError::NotAPrivateKey { label: "PUBLIC KEY".into() });
}

#[test]
fn verifies_signatures_of_php_and_node_with_their_digest_alone() {
    let (mut count, mut keys) = (0, std::collections::HashMap::new());
    for SignatureRecord { key: file, digest, message, signature } in load("signatures.json") {
        let Some(name) = file.strip_prefix("plain-") else { continue };
        let key = keys
            .entry(file.clone())
            .or_insert_with(|| NotificationKey::from_pem(text("public", &format!("spki-{name}"))).unwrap());
        let (message, mut signature) = (STANDARD.decode(message).unwrap(), STANDARD.decode(signature).unwrap());
        let digest: Digest = digest.parse().unwrap();
        let other = if digest == Digest::Sha1 { Digest::Sha256 } else { Digest::Sha1 };
        assert!(key.verifies(&message, &signature, digest), "{file}, {digest}");
        assert!(!key.verifies(&message, &signature, other), "{file}, {other}");
        assert!(!key.verifies(&[&message[..], b" "].concat(), &signature, digest), "{file}");
        *signature.last_mut().unwrap() ^= 1;
        assert!(!key.verifies(&message, &signature, digest), "{file}, {digest}");
        count += 1;
    }
    assert!(count >= 200, "{count}");
}

#[test]
fn shows_size_and_fingerprint_in_debug() {
    let key = NotificationKey::from_pem(text("public", "spki-1024.pem")).unwrap();
    let fingerprint = key.fingerprint();
    assert_eq!(format!("{key:?}"), format!("NotificationKey {{ bits: 1024, fingerprint: {fingerprint:?}, .. }}"));
}

#[test]
fn survives_damaged_keys() {
    for (label, file) in [
        ("PUBLIC KEY", "spki-1024.pem"),
        ("RSA PUBLIC KEY", "pkcs1-1024.pem"),
        ("CERTIFICATE", "certificate-1024.pem"),
        ("CERTIFICATE", "certificate-v1.pem"),
    ] {
        let whole = der(&text("public", file));
        for at in 0..whole.len() {
            // The end of a certificate is its signature, which is ignored.
            let _ = NotificationKey::from_pem(pem(label, "", &whole[..at]));
            for bit in 0..8 {
                let mut damaged = whole.clone();
                damaged[at] ^= 1 << bit;
                if let Ok(key) = NotificationKey::from_pem(pem(label, "", &damaged)) {
                    assert!(!key.verifies(b"", &[1; 128], Digest::Sha1));
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn rejects_any_text_without_a_panic(text: String) {
        prop_assert!(NotificationKey::from_pem(text).is_err());
    }

    #[test]
    fn rejects_any_der_without_a_panic(der in prop::collection::vec(any::<u8>(), 0..300), label in 0..3) {
        let label = ["PUBLIC KEY", "RSA PUBLIC KEY", "CERTIFICATE"][label as usize];
        prop_assert!(NotificationKey::from_pem(pem(label, "", &der)).is_err());
    }

    #[test]
    fn rejects_any_signature_without_a_panic(
        message in prop::collection::vec(any::<u8>(), 0..50),
        signature in prop::collection::vec(any::<u8>(), 0..300),
    ) {
        let key = NotificationKey::from_pem(text("public", "spki-1024.pem")).unwrap();
        for digest in [Digest::Sha1, Digest::Sha256] {
            prop_assert!(!key.verifies(&message, &signature, digest));
        }
    }
}
