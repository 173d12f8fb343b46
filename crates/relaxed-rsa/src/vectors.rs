//! Test vectors that OpenSSL made: see `tests/vectors/make_signatures.sh`.

#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a failed test panics")]

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs1::RsaPrivateKey;
use rsa::pkcs1::der::asn1::UintRef;
use rsa::pkcs1::der::{Decode, Encode};
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};

use crate::pkcs1v15::digest_info;

/// The keys that the SIMD code covers.
pub(crate) const COVERED: [&str; 4] = ["2048", "3072", "4096", "e3-2048"];

/// The others.
pub(crate) const NOT_COVERED: [&str; 5] = ["1024", "2047", "2049", "3-primes-2048", "unequal-2048"];

pub(crate) fn read(file: &str) -> Vec<u8> {
    std::fs::read(format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).expect(file)
}

/// An `RSAPrivateKey`.
pub(crate) fn private_key(name: &str) -> Vec<u8> {
    read(&format!("{name}.der"))
}

pub(crate) struct Signed {
    pub(crate) digest_info: Vec<u8>,
    pub(crate) signature: Vec<u8>,
}

/// Signatures with one key: three messages, four digests.
pub(crate) fn signatures(key: &str) -> Vec<Signed> {
    let lines = String::from_utf8(read("signatures.txt")).unwrap();
    let signed: Vec<_> = lines
        .lines()
        .filter_map(|line| {
            let [name, digest, message, signature] = line.split(' ').collect::<Vec<_>>().try_into().unwrap();
            let message = STANDARD.decode(message.trim_matches('-')).unwrap();
            let digest_info = match digest {
                "sha1" => digest_info::<Sha1>(&message),
                "sha256" => digest_info::<Sha256>(&message),
                "sha384" => digest_info::<Sha384>(&message),
                "sha512" => digest_info::<Sha512>(&message),
                other => panic!("{other}"),
            };
            (name == key).then(|| Signed { digest_info, signature: STANDARD.decode(signature).unwrap() })
        })
        .collect();
    assert_eq!(signed.len(), 12, "{key}");
    signed
}

/// The DER of an `RSAPrivateKey` after a change of its components.
pub(crate) fn with_changes<'a>(der: &'a [u8], change: impl FnOnce(&mut RsaPrivateKey<UintRef<'a>>)) -> Vec<u8> {
    let mut key = RsaPrivateKey::from_der(der).unwrap();
    change(&mut key);
    key.to_der().unwrap()
}

pub(crate) fn uint(bytes: &[u8]) -> UintRef<'_> {
    UintRef::new(bytes).unwrap()
}
