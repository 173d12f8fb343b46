//! Forged signatures and malformed notifications.

use std::sync::LazyLock;

use alikassa::{Digest, Notification, NotificationKey, PrivateKey, Signer, VerificationError};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use crypto_bigint::{BoxedUint, Resize};
use getrandom::SysRng;
use proptest::prelude::*;
use rsa::hazmat::rsa_decrypt;
use rsa::pkcs8::DecodePrivateKey;
use rsa::traits::PublicKeyParts;
use sha1::Sha1;
use sha2::Sha256;

use crate::vectors::{key_text, path};

const MESSAGE: &[u8] = br#"{"type":"payout"}"#;

fn key(file: &str) -> NotificationKey {
    NotificationKey::from_pem(std::fs::read(path("public").join(file)).unwrap()).unwrap()
}

static KEY: LazyLock<NotificationKey> = LazyLock::new(|| key("spki-1024.pem"));

/// RFC 8017 section 9.2, note 1, without the NULL and with it.
const SHA1: [&[u8]; 2] = [
    b"\x30\x1f\x30\x07\x06\x05\x2b\x0e\x03\x02\x1a\x04\x14",
    b"\x30\x21\x30\x09\x06\x05\x2b\x0e\x03\x02\x1a\x05\x00\x04\x14",
];
const SHA256: [&[u8]; 2] = [
    b"\x30\x2f\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x04\x20",
    b"\x30\x31\x30\x0d\x06\x09\x60\x86\x48\x01\x65\x03\x04\x02\x01\x05\x00\x04\x20",
];

fn hash(digest: Digest) -> Vec<u8> {
    use sha2::Digest as _;
    if digest == Digest::Sha1 { Sha1::digest(MESSAGE).to_vec() } else { Sha256::digest(MESSAGE).to_vec() }
}

fn info(digest: Digest) -> Vec<u8> {
    let prefix = if digest == Digest::Sha1 { SHA1[1] } else { SHA256[1] };
    [prefix, &hash(digest)].concat()
}

/// `00 01 FF … FF 00` and the given bytes, 128 bytes in all.
fn encoded(following: &[u8]) -> Vec<u8> {
    let mut encoded = vec![0xff; 128];
    encoded[..2].copy_from_slice(&[0, 1]);
    let at = 128 - following.len();
    encoded[at - 1] = 0;
    encoded[at..].copy_from_slice(following);
    encoded
}

/// The private operation of the key of 1024 bits on any bytes.
fn signed(encoded: &[u8]) -> Vec<u8> {
    static PRIVATE: LazyLock<rsa::PrivateKey> =
        LazyLock::new(|| rsa::PrivateKey::from_pkcs8_pem(&key_text("plain-1024.pem")).unwrap());
    let number = BoxedUint::from_be_slice(encoded, 1024).unwrap();
    rsa_decrypt::<SysRng>(None, &*PRIVATE, &number).unwrap().to_be_bytes().to_vec()
}

#[test]
fn accepts_the_exact_encoding_alone() {
    let private = PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap();
    let mut signer = Signer::new(private, Digest::Sha1);
    for digest in [Digest::Sha1, Digest::Sha256] {
        let right = encoded(&info(digest));
        let signature = signed(&right);
        assert!(KEY.verifies(MESSAGE, &signature, digest), "{digest}");
        if digest == Digest::Sha256 {
            let private = PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap();
            signer = Signer::new(private, digest);
        }
        assert_eq!(STANDARD.encode(&signature), signer.sign(MESSAGE).unwrap(), "{digest}");
        for at in 0..right.len() {
            for change in [0x01, 0x80, 0xff] {
                let mut changed = right.clone();
                changed[at] ^= change;
                // A number above the modulus can't be signed.
                if changed[0] == 0 {
                    assert!(!KEY.verifies(MESSAGE, &signed(&changed), digest), "{digest}, byte {at}");
                }
            }
        }
    }
}

#[test]
fn rejects_other_encodings_of_the_same_digest() {
    for digest in [Digest::Sha1, Digest::Sha256] {
        let (prefixes, hash) = if digest == Digest::Sha1 { (SHA1, hash(digest)) } else { (SHA256, hash(digest)) };
        let info = info(digest);
        let long_form = [&[0x30, 0x81], &info[1..]].concat();
        let with_parameters = {
            let mut info = info.clone();
            let null = prefixes[1].len() - 4;
            info.splice(null..null + 2, [0x04, 0x02, 0xde, 0xad]);
            info[1] += 2;
            info[3] += 2;
            info
        };
        let mut zero_padding = encoded(&info);
        zero_padding[2..10].fill(0);
        let mut short = vec![0, 1];
        short.extend([0xff; 8]);
        short.push(0);
        short.extend(&info);
        short.resize(128, 0x5a);
        let mut type_2 = encoded(&info);
        type_2[1] = 2;
        let mut type_0 = encoded(&info);
        type_0[..128 - info.len()].fill(0);
        let forged = [
            ("no NULL", encoded(&[prefixes[0], &hash].concat())),
            ("no DigestInfo", encoded(&hash)),
            ("a length in the long form", encoded(&long_form)),
            ("parameters", encoded(&with_parameters)),
            ("garbage behind it", encoded(&[&info[..], &[0; 4]].concat())),
            ("garbage in front of it", encoded(&[&[0; 4], &info[..]].concat())),
            ("a shortened hash", encoded(&info[..info.len() - 1])),
            ("zeros in the padding", zero_padding),
            ("eight bytes of padding and garbage", short),
            ("the padding of an encryption", type_2),
            ("no padding", type_0),
            ("nothing", encoded(&[])),
            ("zero", vec![0; 128]),
            ("one", encoded(&[1])),
        ];
        for (what, encoded) in forged {
            assert!(!KEY.verifies(MESSAGE, &signed(&encoded), digest), "{digest}: {what}");
        }
    }
}

#[test]
fn rejects_other_forms_of_the_same_number() {
    let signature = signed(&encoded(&info(Digest::Sha1)));
    let modulus = rsa::PrivateKey::from_pkcs8_pem(&key_text("plain-1024.pem")).unwrap().n().clone().get();
    let number = BoxedUint::from_be_slice(&signature, 1024).unwrap().resize(1088);
    let plus_modulus = number.wrapping_add(modulus.resize(1088)).to_be_bytes();
    let (whole, cut) = (plus_modulus.to_vec(), plus_modulus[8..].to_vec());
    for form in [
        whole,
        cut,
        [&[0], &signature[..]].concat(),
        [&signature[..], &[0]].concat(),
        signature[1..].to_vec(),
        signature[..127].to_vec(),
        signature.iter().rev().copied().collect(),
        Vec::new(),
    ] {
        assert!(!KEY.verifies(MESSAGE, &form, Digest::Sha1), "{} bytes", form.len());
    }
    assert!(KEY.verifies(MESSAGE, &signature, Digest::Sha1));
}

/// RFC 8017 section 8.2.2, step 1: a signature is as long as the modulus. OpenSSL requires it too.
#[test]
fn rejects_a_signature_without_its_leading_zeros() {
    let signer = Signer::new(PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap(), Digest::Sha1);
    let mut signed = (0..).map(|number: u32| {
        let message = number.to_string();
        let signature = STANDARD.decode(signer.sign(message.as_bytes()).unwrap()).unwrap();
        (message, signature)
    });
    let (message, signature) = signed.find(|(_, signature)| signature[0] == 0).unwrap();
    assert!(KEY.verifies(message.as_bytes(), &signature, Digest::Sha1));
    assert!(!KEY.verifies(message.as_bytes(), &signature[1..], Digest::Sha1));
}

/// Bleichenbacher at CRYPTO 2006: with an exponent of 3, anybody can find a cube that begins like a signature. A verifier
/// that looks for the digest after the padding, and ignores the bytes after the digest, accepts it.
#[test]
fn rejects_a_forged_cube_root() {
    const BITS: u32 = 2048;
    let key = key("spki-e3-2048.pem");
    for digest in [Digest::Sha1, Digest::Sha256] {
        let mut begin = vec![0, 1];
        begin.extend([0xff; 8]);
        begin.push(0);
        begin.extend(info(digest));
        let mut wanted = begin.clone();
        wanted.resize(256, 0xff);
        // The largest number whose cube is not above `wanted`.
        let wanted = BoxedUint::from_be_slice(&wanted, BITS).unwrap();
        let cube = |root: &BoxedUint| root.wrapping_mul(root).wrapping_mul(root);
        let mut root = BoxedUint::zero_with_precision(BITS);
        for bit in (0..BITS / 3).rev() {
            let more = root.wrapping_add(BoxedUint::one_with_precision(BITS).shl(bit));
            if cube(&more) <= wanted {
                root = more;
            }
        }
        let recovered = cube(&root).to_be_bytes();
        assert_eq!(recovered[..begin.len()], begin, "{digest}: the forgery is a good one");
        assert!(!key.verifies(MESSAGE, &root.to_be_bytes(), digest), "{digest}");
    }
}

/// PHP writes the float `-0` as `-0`, and reads that as the integer 0: under one signature the text would stand for two values.
#[test]
fn rejects_a_whole_body_that_php_reads_as_another() {
    let signer = Signer::new(PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap(), Digest::Sha1);
    let read = |received: &str, signed: &str| {
        let text = |x| format!(r#"{{"type":"payout","id":1,"payment_status":"paid","x":{x}"#);
        let sign = signer.sign(format!("{}}}", text(signed)).as_bytes()).unwrap();
        Notification::from_json(format!(r#"{},"sign":"{sign}"}}"#, text(received)).as_bytes(), &KEY)
    };
    assert_eq!(read("-0.0", "-0"), Err(VerificationError::DoesNotVerify));
    assert_eq!(read("-0", "0"), Err(VerificationError::DoesNotVerify));
    assert_eq!(read("300.00", "300"), Err(VerificationError::DoesNotVerify));
    assert_eq!(read("-0.5", "-0.5").unwrap().field("x"), Some("-0.5"));
}

fn parameter() -> impl Strategy<Value = (String, String)> {
    let name = prop_oneof![
        prop::sample::select(vec!["type", "id", "order_id", "payment_status", "amount", "sign", "desc", "id[]", " id"])
            .prop_map(str::to_owned),
        any::<String>(),
    ];
    let value = prop_oneof![
        prop::sample::select(vec!["payout", "paid", "100000536", "", "QUJD", "9223372036854775808"])
            .prop_map(str::to_owned),
        prop::collection::vec(any::<u8>(), 100..140).prop_map(|bytes| STANDARD.encode(bytes)),
        any::<String>(),
    ];
    (name, value)
}

proptest! {
    #[test]
    fn rejects_any_parameters_without_a_panic(pairs in prop::collection::vec(parameter(), 0..14)) {
        prop_assert!(Notification::from_pairs(pairs, &KEY).is_err());
    }

    #[test]
    fn rejects_any_body_without_a_panic(body in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Notification::from_json(&body, &KEY).is_err());
    }

    #[test]
    fn rejects_any_json_without_a_panic(
        fields in prop::collection::hash_map(parameter().prop_map(|(name, _)| name), parameter().prop_map(|(_, value)| value), 0..14),
    ) {
        prop_assert!(Notification::from_json(serde_json::to_string(&fields).unwrap().as_bytes(), &KEY).is_err());
    }

    #[test]
    fn accepts_any_signed_values(
        values in prop::collection::vec(any::<String>(), 7),
        id: i64,
        sha256: bool,
    ) {
        static SIGNERS: LazyLock<[Signer; 2]> = LazyLock::new(|| {
            [Digest::Sha1, Digest::Sha256]
                .map(|digest| Signer::new(PrivateKey::from_pem(key_text("plain-1024.pem"), None).unwrap(), digest))
        });
        let names = ["order_id", "amount", "payment_amount", "commission_amount", "account", "service", "desc"];
        let value = |name: &str| &values[names.iter().position(|known| *known == name).unwrap()];
        let text = format!(
            r#"{{"type":"payout","id":{id},"order_id":{},"payment_status":"paid","amount":{},"payment_amount":{},"commission_amount":{},"is_partial_payment":null,"account":{},"service":{},"desc":{}}}"#,
            json(value("order_id")), json(value("amount")), json(value("payment_amount")), json(value("commission_amount")),
            json(value("account")), json(value("service")), json(value("desc")),
        );
        let sign = SIGNERS[usize::from(sha256)].sign(text.as_bytes()).unwrap();
        let mut pairs = vec![("type", "payout".to_owned()), ("id", id.to_string()), ("payment_status", "paid".to_owned())];
        pairs.extend(names.iter().map(|name| (*name, value(name).clone())));
        pairs.push(("sign", sign));
        let notification = Notification::from_pairs(pairs.clone(), &KEY).unwrap();
        for (name, value) in pairs.iter().filter(|(name, _)| *name != "sign") {
            prop_assert_eq!(notification.field(name), Some(value.as_str()));
        }
    }
}

/// JSON in PHP's form, made with `serde_json` alone.
fn json(text: &str) -> String {
    let json = serde_json::to_string(text).unwrap().replace('/', "\\/");
    json.encode_utf16()
        .map(|unit| match u8::try_from(unit) {
            Ok(byte) if byte.is_ascii() => char::from(byte).to_string(),
            _ => format!("\\u{unit:04x}"),
        })
        .collect()
}
