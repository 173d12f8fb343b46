//! Truncated and corrupted keys never cause a panic or a hang.

use std::time::{Duration, Instant};

use alikassa::{KeyError, PrivateKey};
use proptest::prelude::*;

use crate::pem::{der, pem};
use crate::vectors::{KeyRecord, key_text, load};

/// Enough for a machine under load, and far less than an unlimited derivation takes.
const AT_MOST: Duration = Duration::from_secs(5);

struct Whole {
    record: KeyRecord,
    label: String,
    headers: String,
    der: Vec<u8>,
}

fn whole(file: &str) -> Whole {
    let text = key_text(file);
    let record = load("keys.json").into_iter().find(|record: &KeyRecord| record.file == file).unwrap();
    let label = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.split_once("-----")).unwrap().0.to_owned();
    let headers: String = text.lines().filter(|line| line.contains(": ")).map(|line| format!("{line}\n")).collect();
    let headers = if headers.is_empty() { headers } else { format!("{headers}\n") };
    Whole { der: der(&text), record, label, headers }
}

fn open(whole: &Whole, der: &[u8]) -> Result<PrivateKey, KeyError> {
    let begin = Instant::now();
    let password = whole.record.password.as_ref().map(String::as_bytes);
    let outcome = PrivateKey::from_pem(pem(&whole.label, &whole.headers, der), password);
    assert!(begin.elapsed() < AT_MOST, "{}: {:?}", whole.record.file, begin.elapsed());
    outcome
}

/// The length of the DER before its encrypted data, which is its last OCTET STRING.
fn header_len(der: &[u8]) -> usize {
    // SEQUENCE with a length of two bytes, then the AlgorithmIdentifier with a length of one.
    assert_eq!((der[0], der[1], der[4]), (0x30, 0x82, 0x30));
    6 + usize::from(der[5])
}

#[test]
fn rejects_truncated_der() {
    for file in [
        "plain-1024.pem",
        "pkcs1-1024.pem",
        "dek-3des-1024.pem",
        "php-3des-1024.pem",
        "scrypt-2-1-1.pem",
        "plain-3primes-2048.pem",
        "unusual-attributes.pem",
    ] {
        let whole = whole(file);
        assert_eq!(open(&whole, &whole.der).unwrap().fingerprint(), whole.record.fingerprint, "{file} is put together");
        for length in 0..whole.der.len() {
            assert!(open(&whole, &whole.der[..length]).is_err(), "{file}: its first {length} bytes open");
        }
    }
}

#[test]
fn rejects_a_truncated_pem() {
    for file in ["plain-1024.pem", "php-3des-1024.pem", "dek-3des-1024.pem"] {
        let whole = whole(file);
        let password = whole.record.password.as_ref().map(String::as_bytes);
        let text = key_text(file);
        let end = text.rfind("-----").unwrap() + 5;
        for length in 0..end {
            assert!(PrivateKey::from_pem(&text[..length], password).is_err(), "{file}: {length} characters open");
        }
        assert!(PrivateKey::from_pem(&text[..end], password).is_ok());
    }
}

/// A flipped bit in the parameters of a PBES2 key is rejected or has no effect.
#[test]
fn never_opens_another_key_after_a_bit_flip_in_the_parameters() {
    for file in ["pbes2-3des-iter-1.pem", "scrypt-2-1-1.pem", "unusual-keylength-3des.pem", "pbes2-aes128-sha1.pem"] {
        let whole = whole(file);
        let cheap = matches!(file, "pbes2-3des-iter-1.pem" | "scrypt-2-1-1.pem");
        for at in 0..header_len(&whole.der) {
            // All eight bits at once, and each bit alone if the derivation is cheap.
            let bits = (0..8).map(|bit| 1 << bit).filter(|_| cheap);
            for flip in bits.chain([0xff]) {
                let mut der = whole.der.clone();
                der[at] ^= flip;
                if let Ok(key) = open(&whole, &der) {
                    assert_eq!(key.fingerprint(), whole.record.fingerprint, "{file}: byte {at} xor {flip:#04x}");
                }
            }
        }
    }
}

#[test]
fn never_opens_another_key_after_a_byte_flip_in_plain_der() {
    for file in ["plain-1024.pem", "pkcs1-1024.pem"] {
        let whole = whole(file);
        for at in 0..whole.der.len() {
            let mut der = whole.der.clone();
            der[at] ^= 0xff;
            if let Ok(key) = open(&whole, &der) {
                // A change of dP, dQ or qInv may have no effect, since they follow from the other components.
                assert_eq!(key.fingerprint(), whole.record.fingerprint, "{file}: byte {at}");
            }
        }
    }
}

/// Lengths beyond the end, and indefinite ones.
#[test]
fn rejects_wrong_and_indefinite_lengths() {
    let whole = whole("plain-1024.pem");
    for length in
        [&[0x80][..], &[0x84, 0xff, 0xff, 0xff, 0xff], &[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]
    {
        let der = [&[0x30], length, &whole.der[4..]].concat();
        assert!(open(&whole, &der).is_err(), "{length:x?}");
    }
}

#[test]
fn survives_deeply_nested_sequences() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let der = [0x30, 0x80].repeat(100_000);
        assert!(PrivateKey::from_pem(pem(label, "", &der), Some(b"secret")).is_err());
    }
}

#[test]
fn rejects_a_megabyte_of_garbage_quickly() {
    let megabyte = |unit: &str| unit.repeat((1 << 20) / unit.len());
    for text in [
        megabyte("-"),
        megabyte("-----BEGIN "),
        megabyte("-----BEGIN RSA PRIVATE KEY-----\n"),
        megabyte("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n"),
        megabyte("\\n"),
        format!("-----BEGIN PRIVATE KEY-----\n{}", megabyte("\\")),
        pem("PRIVATE KEY", "", &[0; 1 << 20]),
    ] {
        let begin = Instant::now();
        assert!(PrivateKey::from_pem(&text, Some(b"secret")).is_err());
        assert!(begin.elapsed() < AT_MOST, "{:?} for {:?}…", begin.elapsed(), &text[..40]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(256) })]

    #[test]
    fn rejects_any_bytes_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PrivateKey::from_pem(&bytes, Some(b"secret")).is_err());
    }

    #[test]
    fn rejects_any_der_without_a_panic(
        label in prop_oneof![Just("PRIVATE KEY"), Just("RSA PRIVATE KEY"), Just("ENCRYPTED PRIVATE KEY")],
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(PrivateKey::from_pem(pem(label, "", &bytes), Some(b"secret")).is_err());
    }

    #[test]
    fn rejects_any_header_without_a_panic(headers in "(Proc-Type|DEK-Info|X): ?[ -~\\n]{0,60}\n") {
        let whole = whole("dek-3des-1024.pem");
        let outcome = PrivateKey::from_pem(pem("RSA PRIVATE KEY", &headers, &whole.der), Some(b"secret"));
        prop_assert!(outcome.is_err());
    }
}
