//! Both implementations behind [`RsaKey`], on keys and signatures that PHP made.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a test that fails panics")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use sha1::{Digest, Sha1};

use super::consistency::belong_together;
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

#[test]
fn a_result_that_is_held_back_is_signed_by_the_rsa_crate() {
    let der = pkcs1("pkcs1-2048.pem");
    let mut key = RsaKey::from_der(&der).unwrap();
    let digest_info = [&SHA1[..], &Sha1::digest("{}")].concat();
    let expected = key.sign(&digest_info).unwrap();
    key.arithmetic = Arithmetic::lanes(&Numbers::from_der(&der).unwrap()).expect("the lanes take this key");
    super::fast::tests::fault::break_next();
    assert_eq!(key.sign(&digest_info).unwrap(), expected);
    assert_eq!(key.sign(&digest_info).unwrap(), expected, "and the lanes go on after it");
}

#[test]
fn numbers_that_contradict_each_other_are_not_for_the_lanes() {
    let der = pkcs1("pkcs1-2048.pem");
    assert!(belong_together(&Numbers::from_der(&der).unwrap()));
    // Each byte of the numbers in turn: the last ones are those for the Chinese remainder theorem, which no one else checks.
    let mut wrong = 0;
    for at in (0..der.len()).rev().step_by(37) {
        let mut damaged = der.clone();
        damaged[at] ^= 1;
        if let Ok(numbers) = Numbers::from_der(&damaged) {
            assert!(!belong_together(&numbers), "byte {at}");
            wrong += 1;
        }
    }
    assert!(wrong > 20, "{wrong} keys were damaged and read");
}
