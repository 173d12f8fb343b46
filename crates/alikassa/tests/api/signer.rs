//! Signatures, byte for byte as PHP and Node make them.

use std::collections::{BTreeMap, HashMap};

use alikassa::{Digest, PrivateKey, Signer, UnknownDigest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::vectors::{KeyRecord, SignatureRecord, key_text, load};

/// Signs all messages of the keys that match the filter, and returns their number.
fn all_agree(filter: impl Fn(u32) -> bool) -> usize {
    let keys: Vec<KeyRecord> = load("keys.json");
    let bits: HashMap<&str, u32> = keys.iter().map(|record| (record.file.as_str(), record.bits)).collect();
    let mut signers = BTreeMap::new();
    let mut count = 0;
    for record in load::<SignatureRecord>("signatures.json") {
        if !filter(bits[record.key.as_str()]) {
            continue;
        }
        let name = (record.key.clone(), record.digest.clone());
        let signer = signers.entry(name).or_insert_with(|| {
            let key = PrivateKey::from_pem(key_text(&record.key), None).unwrap();
            Signer::new(key, record.digest.parse().unwrap())
        });
        let message = STANDARD.decode(&record.message).unwrap();
        let signature = signer.sign(&message).unwrap();
        assert_eq!(signature, record.signature, "{}, {}, {}", record.key, record.digest, record.message);
        count += 1;
    }
    count
}

#[test]
fn signs_as_php_and_node_with_up_to_2049_bits() {
    assert!(all_agree(|bits| bits <= 2049) > 130);
}

#[test]
fn signs_as_php_and_node_with_3072_and_4096_bits() {
    assert!(all_agree(|bits| (2050..=4096).contains(&bits)) >= 64);
}

#[test]
fn signs_as_php_and_node_with_8192_bits() {
    assert!(all_agree(|bits| bits > 4096) >= 30);
}

#[test]
fn signs_the_same_with_the_encrypted_and_the_plain_key() {
    let keys: Vec<KeyRecord> = load("keys.json");
    let clear = keys.iter().find(|record| record.file == "plain-2048.pem").unwrap();
    let same = keys.iter().find(|record| record.file == "php-3des-2048.pem").unwrap();
    assert_eq!(clear.fingerprint, same.fingerprint);
    let key = PrivateKey::from_pem(key_text(&same.file), same.password.as_ref().map(String::as_bytes)).unwrap();
    let signer = Signer::new(key, Digest::Sha1);
    let records: Vec<SignatureRecord> = load("signatures.json");
    let record = records.iter().find(|record| record.key == clear.file && record.digest == "sha1").unwrap();
    assert_eq!(signer.sign(&STANDARD.decode(&record.message).unwrap()).unwrap(), record.signature);
}

#[test]
fn parses_only_the_exact_names_of_digests() {
    assert_eq!(Digest::default(), Digest::Sha1);
    for digest in [Digest::Sha1, Digest::Sha256] {
        assert_eq!(digest.as_str().parse(), Ok(digest));
        assert_eq!(digest.to_string(), digest.as_str());
    }
    for name in ["", "sha", "SHA1", "sha-1", "sha1 ", "sha512", "md5", "SHA256"] {
        assert_eq!(name.parse::<Digest>(), Err(UnknownDigest), "{name:?}");
    }
}

#[test]
fn returns_its_key_and_digest() {
    let key = PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap();
    let fingerprint = key.fingerprint().to_owned();
    let signer = Signer::new(key, Digest::Sha256);
    assert_eq!((signer.digest(), signer.key().fingerprint()), (Digest::Sha256, fingerprint.as_str()));
}
