//! Both implementations behind [`RsaKey`], on keys and signatures that PHP made.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that fails panics")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::{Arithmetic, Numbers, RsaKey};

/// The DigestInfo of SHA-1 before the hash (RFC 8017 section 9.2, note 1).
const SHA1: [u8; 15] = [0x30, 0x21, 0x30, 0x09, 0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a, 0x05, 0x00, 0x04, 0x14];

fn vector(path: &str) -> String {
    std::fs::read_to_string(format!("{}/tests/vectors/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

/// The DER of a key in the clear.
fn pkcs1(file: &str) -> Vec<u8> {
    let pem = vector(&format!("keys/{file}"));
    let base64: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
    STANDARD.decode(base64).unwrap()
}

#[test]
fn the_lanes_sign_as_php_does() {
    let signatures: Value = serde_json::from_str(&vector("signatures.json")).unwrap();
    let mut compared = 0;
    for bits in ["2048", "3072", "4096"] {
        let der = pkcs1(&format!("pkcs1-{bits}.pem"));
        let mut key = RsaKey::from_der(&der).unwrap();
        key.arithmetic = Arithmetic::lanes(&Numbers::from_der(&der).unwrap()).expect("the lanes take this key");
        // The same key in PKCS#8, with which PHP signed.
        let file = format!("plain-{bits}.pem");
        for record in signatures.as_array().unwrap() {
            if record["key"] != *file || record["digest"] != "sha1" {
                continue;
            }
            let message = STANDARD.decode(record["message"].as_str().unwrap()).unwrap();
            let digest_info = [&SHA1[..], &Sha1::digest(message)].concat();
            let signature = STANDARD.encode(key.sign(&digest_info).unwrap());
            assert_eq!(Some(signature.as_str()), record["signature"].as_str(), "{file}");
            compared += 1;
        }
    }
    assert!(compared >= 30, "{compared} signatures were compared");
}
