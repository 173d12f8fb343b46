//! Both implementations against OpenSSL.

#![allow(clippy::expect_used, clippy::indexing_slicing, clippy::unwrap_used, reason = "a failed test panics")]

use std::time::{Duration, Instant};

use rsa::pkcs1::OtherPrimeInfo;

use super::{Backend, Components, KeyError, PrivateKey, SigningError, SimdKey};
use crate::Implementation;
use crate::vectors::{COVERED, NOT_COVERED, private_key, read, signatures, uint, with_changes};

/// A key that signs with the SIMD code, here on the portable lanes.
fn simd_key(der: &[u8]) -> Option<PrivateKey> {
    let backend = Backend::relaxed_simd(&Components::from_pkcs1_der(der).unwrap())?;
    Some(PrivateKey { backend, ..PrivateKey::from_pkcs1_der(der).unwrap() })
}

#[test]
fn the_rsa_crate_signs_as_openssl_does() {
    for name in COVERED.iter().chain(&NOT_COVERED) {
        let key = PrivateKey::from_pkcs1_der(&private_key(name)).unwrap();
        assert_eq!(key.implementation(), Implementation::RsaCrate);
        for signed in signatures(name) {
            assert_eq!(key.sign_pkcs1v15(&signed.digest_info), Ok(signed.signature), "{name}");
        }
    }
}

#[test]
fn the_simd_code_signs_as_openssl_does() {
    for name in COVERED {
        let key = simd_key(&private_key(name)).expect(name);
        assert_eq!(key.implementation(), Implementation::RelaxedSimd);
        let Backend::RelaxedSimd(simd) = &key.backend else { unreachable!() };
        for signed in signatures(name) {
            // Without the fallback, which would hide an error.
            let encoded = super::encode(&signed.digest_info, key.bits).unwrap();
            assert_eq!(simd.private_op(&encoded, &mut getrandom::SysRng).as_ref(), Some(&signed.signature), "{name}");
            assert_eq!(key.sign_pkcs1v15(&signed.digest_info), Ok(signed.signature), "{name}");
        }
    }
}

#[test]
fn the_simd_code_does_not_cover_other_keys() {
    for name in NOT_COVERED {
        assert!(simd_key(&private_key(name)).is_none(), "{name}");
    }
}

#[test]
fn falls_back_to_the_rsa_crate_if_a_result_fails_its_check() {
    let der = private_key("2048");
    let components = Components::from_pkcs1_der(&der).unwrap();
    // The SIMD code does not check components: with another CRT exponent its results are wrong.
    let faulty = SimdKey::new(&Components { dp: components.dq, ..Components::from_pkcs1_der(&der).unwrap() }).unwrap();
    let key =
        PrivateKey { backend: Backend::RelaxedSimd(Box::new(faulty)), ..PrivateKey::from_pkcs1_der(&der).unwrap() };
    for signed in signatures("2048") {
        assert_eq!(key.sign_pkcs1v15(&signed.digest_info), Ok(signed.signature));
    }
}

#[test]
fn rejects_a_digest_info_without_room_for_the_padding() {
    let der = private_key("2048");
    for key in [PrivateKey::from_pkcs1_der(&der).unwrap(), simd_key(&der).unwrap()] {
        assert_eq!(key.sign_pkcs1v15(&[7; 246]), Err(SigningError::TooLong));
        assert_eq!(key.sign_pkcs1v15(&[7; 300]), Err(SigningError::TooLong));
        assert!(key.sign_pkcs1v15(&[7; 245]).is_ok());
    }
}

#[test]
fn reads_pkcs8_and_writes_the_public_key_as_openssl_does() {
    let key = PrivateKey::from_pkcs8_der(&read("2048.pkcs8")).unwrap();
    assert_eq!(key.bits(), 2048);
    assert_eq!(key.public_key_der(), read("2048.spki"));
    let signed = signatures("2048").remove(0);
    assert_eq!(key.sign_pkcs1v15(&signed.digest_info), Ok(signed.signature));
}

#[test]
fn rejects_der_of_another_form() {
    let (pkcs1, pkcs8) = (private_key("2048"), read("2048.pkcs8"));
    let malformed = Some(KeyError::Malformed);
    for der in [&pkcs8[..], &pkcs1[..pkcs1.len() - 1], &[&pkcs1[..], &[0]].concat(), b"", b"-----BEGIN"] {
        assert_eq!(PrivateKey::from_pkcs1_der(der).err(), malformed);
    }
    assert_eq!(PrivateKey::from_pkcs8_der(&pkcs1).err(), malformed);
    // RSASSA-PSS, 1.2.840.113549.1.1.10, in place of rsaEncryption, 1.2.840.113549.1.1.1.
    let oid = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1];
    let at = pkcs8.windows(oid.len()).position(|window| window == oid).unwrap();
    let mut pss = pkcs8;
    pss[at + 8] = 10;
    assert_eq!(PrivateKey::from_pkcs8_der(&pss).err(), malformed);
}

#[test]
fn rejects_a_modulus_of_another_size() {
    let der = private_key("1024");
    let with_modulus = |n: &[u8]| PrivateKey::from_pkcs1_der(&with_changes(&der, |key| key.modulus = uint(n))).err();
    assert_eq!(with_modulus(&[&[0x7f], &[0xff; 127][..]].concat()), Some(KeyError::Size { bits: 1023 }));
    assert_eq!(with_modulus(&[&[1], &[0xff; 1024][..]].concat()), Some(KeyError::Size { bits: 8193 }));
    assert_eq!(with_modulus(&[0xff; 1024]), Some(KeyError::Inconsistent));
}

/// Components that contradict each other, each in turn.
#[test]
fn rejects_inconsistent_components() {
    let (der, other) = (private_key("2048"), private_key("e3-2048"));
    let other = Components::from_pkcs1_der(&other).unwrap();
    let changed: [Vec<u8>; 5] = [
        with_changes(&der, |key| key.modulus = uint(other.n)),
        with_changes(&der, |key| key.public_exponent = uint(other.e)),
        with_changes(&der, |key| key.private_exponent = uint(other.d)),
        with_changes(&der, |key| key.prime1 = uint(other.p)),
        with_changes(&der, |key| key.prime2 = uint(other.q)),
    ];
    for der in changed {
        assert_eq!(PrivateKey::from_pkcs1_der(&der).err(), Some(KeyError::Inconsistent));
        assert!(Backend::relaxed_simd(&Components::from_pkcs1_der(&der).unwrap()).is_none());
    }
}

/// Arithmetic on a component of a megabyte would take many seconds.
#[test]
fn rejects_components_longer_than_the_modulus() {
    let der = private_key("2048");
    let huge = vec![0xff; 1 << 20];
    let start = Instant::now();
    for length in [257, huge.len()] {
        let number = uint(&huge[..length]);
        let changed = [
            with_changes(&der, |key| key.public_exponent = number),
            with_changes(&der, |key| key.private_exponent = number),
            with_changes(&der, |key| key.prime1 = number),
            with_changes(&der, |key| key.prime2 = number),
            with_changes(&der, |key| key.exponent1 = number),
            with_changes(&der, |key| key.exponent2 = number),
            with_changes(&der, |key| key.coefficient = number),
        ];
        for der in changed {
            assert_eq!(Components::from_pkcs1_der(&der).err(), Some(KeyError::Inconsistent));
            assert_eq!(PrivateKey::from_pkcs1_der(&der).err(), Some(KeyError::Inconsistent));
        }
    }
    assert!(start.elapsed() < Duration::from_secs(1), "{:?}", start.elapsed());
}

#[test]
fn rejects_more_than_five_primes() {
    let der = private_key("3-primes-2048");
    let with_primes = |count: usize| {
        with_changes(&der, |key| {
            let one = uint(&[1]);
            let other = OtherPrimeInfo { prime: uint(&[3]), exponent: one, coefficient: one };
            key.other_prime_infos = Some(vec![other; count - 2]);
        })
    };
    assert!(Components::from_pkcs1_der(&with_primes(5)).is_ok());
    assert_eq!(Components::from_pkcs1_der(&with_primes(6)).err(), Some(KeyError::Inconsistent));
    assert_eq!(Components::from_pkcs1_der(&with_primes(50_000)).err(), Some(KeyError::Inconsistent));
}

#[test]
fn debug_output_has_no_secrets() {
    let key = PrivateKey::from_pkcs1_der(&private_key("2048")).unwrap();
    assert_eq!(format!("{key:?}"), "PrivateKey { bits: 2048, .. }");
}
