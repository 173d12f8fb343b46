//! Keys with a part missing or a bit turned: never a panic, never a hang.

use std::time::{Duration, Instant};

use alikassa_edge::{KeyError, PrivateKey};
use proptest::prelude::*;

use crate::pem::{der, pem};
use crate::vectors::{KeyRecord, key_text, load};

/// Long enough for a machine under load, and far below what an unbounded derivation takes.
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
fn a_key_that_is_cut_off_anywhere_is_refused() {
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
fn a_text_that_is_cut_off_anywhere_is_refused_or_whole() {
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

/// A turned bit in the header of a PBES2 key is refused, or changes nothing that matters; whatever opens is the same key.
#[test]
fn a_turned_bit_in_the_parameters_never_opens_another_key() {
    for file in ["pbes2-3des-iter-1.pem", "scrypt-2-1-1.pem", "unusual-keylength-3des.pem", "pbes2-aes128-sha1.pem"] {
        let whole = whole(file);
        let cheap = matches!(file, "pbes2-3des-iter-1.pem" | "scrypt-2-1-1.pem");
        for at in 0..header_len(&whole.der) {
            // Each bit alone where the derivation is cheap, and all eight in any case.
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
fn a_turned_byte_in_the_clear_never_opens_another_key() {
    for file in ["plain-1024.pem", "pkcs1-1024.pem"] {
        let whole = whole(file);
        for at in 0..whole.der.len() {
            let mut der = whole.der.clone();
            der[at] ^= 0xff;
            if let Ok(key) = open(&whole, &der) {
                // dP, dQ and qInv can be reckoned from the rest; n and e cannot change unnoticed.
                assert_eq!(key.fingerprint(), whole.record.fingerprint, "{file}: byte {at}");
            }
        }
    }
}

/// Lengths that promise more than there is, and indefinite ones.
#[test]
fn a_length_that_lies_is_refused() {
    let whole = whole("plain-1024.pem");
    for length in
        [&[0x80][..], &[0x84, 0xff, 0xff, 0xff, 0xff], &[0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]]
    {
        let der = [&[0x30], length, &whole.der[4..]].concat();
        assert!(open(&whole, &der).is_err(), "{length:x?}");
    }
}

#[test]
fn an_endless_nest_of_sequences_does_not_exhaust_the_stack() {
    for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "ENCRYPTED PRIVATE KEY"] {
        let der = [0x30, 0x80].repeat(100_000);
        assert!(PrivateKey::from_pem(pem(label, "", &der), Some(b"secret")).is_err());
    }
}

#[test]
fn a_megabyte_of_anything_is_dealt_with_at_once() {
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
    fn no_bytes_make_it_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(PrivateKey::from_pem(&bytes, Some(b"secret")).is_err());
    }

    #[test]
    fn no_der_makes_it_panic(
        label in prop_oneof![Just("PRIVATE KEY"), Just("RSA PRIVATE KEY"), Just("ENCRYPTED PRIVATE KEY")],
        bytes in proptest::collection::vec(any::<u8>(), 0..200),
    ) {
        prop_assert!(PrivateKey::from_pem(pem(label, "", &bytes), Some(b"secret")).is_err());
    }

    #[test]
    fn no_header_makes_it_panic(headers in "(Proc-Type|DEK-Info|X): ?[ -~\\n]{0,60}\n") {
        let whole = whole("dek-3des-1024.pem");
        let outcome = PrivateKey::from_pem(pem("RSA PRIVATE KEY", &headers, &whole.der), Some(b"secret"));
        prop_assert!(outcome.is_err());
    }
}
