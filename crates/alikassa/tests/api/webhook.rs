//! Signatures of the Standard Webhooks scheme.
//!
//! The first expected value is that of the reference libraries (`libraries/*/` of standard-webhooks/standard-webhooks), the
//! others were made by OpenSSL 3: `printf '%s.%s.%s' ID TIME BODY | openssl dgst -sha256 -mac HMAC -macopt hexkey:… -binary |
//! base64`.

use alikassa::{InvalidWebhookSecret, WebhookSigner};

const ID: &str = "payout_100000536_paid";
const TIME: u64 = 1_764_000_000;
const BODY: &str = r#"{"type":"payout.paid","data":{"desc":"Выплата / 1"}}"#;

/// Secrets of 24, 32 and 64 bytes, and OpenSSL's signature with each.
const SIGNED: [(&str, &str); 3] = [
    ("whsec_Ynl0ZXMgb2YgYSBzZWNyZXQsIDI0IG9m", "v1,MrOeuF1uo3OW2pwRs2fAbsik51bTuAe5P9LEmFZbG4Q="),
    ("whsec_Ynl0ZXMgb2YgYSBzZWNyZXQsIDMyIG9mIHRoZW0sIGE=", "v1,DKajDPPPIiUyALEP8OtRLle9zZkhZ7HdZd1d3rrlMDQ="),
    (
        "whsec_Ynl0ZXMgb2YgYSBzZWNyZXQsIDY0IG9mIHRoZW0sIGFuZCB0aGVuIHNvbWUgbW9yZSB0byBmaWxsIGl0IHVwIA==",
        "v1,DG7v7Z+U+jgbFuN3YAHSJTT3254GMO211iyD4eBeTP4=",
    ),
];

fn signer(secrets: &str) -> WebhookSigner {
    secrets.parse().unwrap_or_else(|error| panic!("{secrets}: {error}"))
}

fn refused(secrets: &str) -> InvalidWebhookSecret {
    secrets.parse::<WebhookSigner>().expect_err(secrets)
}

#[test]
fn signs_as_the_reference_libraries() {
    let signature = signer("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").sign(
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        r#"{"test": 2432232314}"#,
    );
    assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

#[test]
fn signs_as_openssl() {
    for (secret, signature) in SIGNED {
        assert_eq!(signer(secret).sign(ID, TIME, BODY), signature);
    }
}

#[test]
fn signs_id_timestamp_and_body() {
    let signer = signer(SIGNED[1].0);
    let signature = signer.sign(ID, TIME, BODY);
    for other in
        [signer.sign("payout_1_paid", TIME, BODY), signer.sign(ID, TIME + 1, BODY), signer.sign(ID, TIME, "{}")]
    {
        assert_ne!(other, signature);
    }
}

#[test]
fn signs_with_every_secret_in_order() {
    let [(first, signed_first), (second, signed_second), (third, signed_third)] = SIGNED;
    for secrets in [
        format!("{first},{second},{third}"),
        format!("{first} {second}\t{third}"),
        format!(" {first},\n{second} ,, {third}\n"),
    ] {
        let signatures = format!("{signed_first} {signed_second} {signed_third}");
        assert_eq!(signer(&secrets).sign(ID, TIME, BODY), signatures, "{secrets:?}");
    }
}

#[test]
fn rejects_what_is_not_a_secret() {
    for secrets in ["", " ", ",", " ,\n,"] {
        assert_eq!(refused(secrets), InvalidWebhookSecret::Missing, "{secrets:?}");
    }
    let (good, _) = SIGNED[1];
    let bare = good.trim_start_matches("whsec_");
    for secrets in [bare.to_owned(), format!("WHSEC_{bare}"), format!("whsk_{bare}"), format!("{good},{bare}")] {
        assert_eq!(refused(&secrets), InvalidWebhookSecret::NoPrefix, "{secrets}");
    }
    for base64 in ["пароль", "Ynl0ZXM*", bare.trim_end_matches('='), &bare.replace('D', "-"), "YR=="] {
        assert_eq!(refused(&format!("whsec_{base64}")), InvalidWebhookSecret::NotBase64, "{base64}");
    }
}

#[test]
fn requires_24_to_64_bytes() {
    // Four characters of base64 are three bytes.
    for (base64, length) in [
        (String::new(), 0),
        ("YWJj".repeat(7), 21),
        ("YWJj".repeat(7) + "YWI=", 23),
        ("YWJj".repeat(21) + "YWI=", 65),
        ("YWJj".repeat(1000), 3000),
    ] {
        assert_eq!(refused(&format!("whsec_{base64}")), InvalidWebhookSecret::BadLength { length });
    }
    for base64 in ["YWJj".repeat(8), "YWJj".repeat(21) + "YQ=="] {
        signer(&format!("whsec_{base64}"));
    }
}

#[test]
fn shows_no_secret() {
    let (good, _) = SIGNED[1];
    let said = format!("{:?}", signer(good));
    let mangled = [&good[6..], &good[..good.len() - 1], &good[..20], "whsec_Ynl0*"];
    let errors = mangled.map(|secret| format!("{} {:?}", refused(secret), refused(secret)));
    for said in errors.iter().chain([&said]) {
        assert!(!said.contains("Ynl0"), "{said}");
        assert!(!said.contains("secret, 32"), "{said}");
    }
}
