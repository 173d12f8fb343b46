//! The requests that are sent.

use alikassa::{PayoutQuery, Settings, SignedRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePrivateKey;
use sha1::{Digest, Sha1};

use crate::mock_api::{MockApi, Reply};
use crate::vectors::{ACCOUNT, SIGNER, SIGNER_FILE, SignatureRecord, key_text, load, sample_answer, sample_query};

/// The request for a status with this base URL.
fn sent_for(query: &PayoutQuery, base_url: &str) -> SignedRequest {
    let api = MockApi::in_order([Reply::status(400)]);
    let mut settings = Settings::default();
    settings.base_url = base_url.parse().unwrap();
    api.run(api.client_with(settings).payout_status(query)).unwrap_err();
    let sent = api.sent();
    assert_eq!(sent.len(), 1);
    sent[0].request.clone()
}

fn header<'a>(request: &'a SignedRequest, name: &str) -> &'a str {
    let mut values = request.headers.iter().filter(|(known, _)| known.eq_ignore_ascii_case(name));
    let (_, value) = values.next().unwrap_or_else(|| panic!("no {name}"));
    assert!(values.next().is_none(), "{name} twice");
    value
}

/// The signature that PHP and Node make of the sample's body.
fn sign_of_sample() -> String {
    let mut records = load("signatures.json").into_iter().filter(|record: &SignatureRecord| {
        record.key == SIGNER_FILE
            && record.digest == "sha1"
            && STANDARD.decode(&record.message).unwrap() == br#"{"id":"100000536"}"#
    });
    records.next().expect("the sample's body is signed in the vectors").signature
}

#[test]
fn sends_the_request_of_the_sample() {
    let request = sent_for(&sample_query(), "https://api-merchant.alikassa.com");
    assert_eq!(SignedRequest::METHOD, "POST");
    assert_eq!(request.url, "https://api-merchant.alikassa.com/v1/payout/status");
    assert_eq!(request.body, r#"{"id":"100000536"}"#);
    assert_eq!(header(&request, "Content-Type"), "application/json");
    assert_eq!(header(&request, "Account"), ACCOUNT);
    assert_eq!(header(&request, "Sign"), sign_of_sample());
    assert_eq!(header(&request, "User-Agent"), "AliKassa2.0 API");
}

#[test]
fn joins_the_url_with_one_slash() {
    for (base_url, url) in [
        ("https://api-merchant.alikassa.io", "https://api-merchant.alikassa.io/v1/payout/status"),
        ("https://api-merchant.alikassa.io/", "https://api-merchant.alikassa.io/v1/payout/status"),
        ("https://proxy.example/alikassa", "https://proxy.example/alikassa/v1/payout/status"),
        ("https://proxy.example/alikassa/", "https://proxy.example/alikassa/v1/payout/status"),
        ("http://127.0.0.1:8787", "http://127.0.0.1:8787/v1/payout/status"),
        ("http://[::1]:8787/", "http://[::1]:8787/v1/payout/status"),
    ] {
        assert_eq!(sent_for(&sample_query(), base_url).url, url);
    }
}

#[test]
fn signs_the_exact_bytes_of_the_body() {
    let public = rsa::PrivateKey::from_pkcs8_pem(&key_text(SIGNER_FILE)).unwrap().to_public_key();
    let verify = |request: &SignedRequest, body: &str| {
        let sign = STANDARD.decode(header(request, "Sign")).unwrap();
        public.verify(rsa::Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(body), &sign).is_ok()
    };
    for order_id in ["6422494", "a/b \"q\" é 😀", "\u{0}", &"Ж".repeat(128)] {
        let request = sent_for(&PayoutQuery::order_id(order_id).unwrap(), "https://api-merchant.alikassa.com");
        assert!(verify(&request, &request.body), "{order_id:?}");
        assert!(!verify(&request, &format!("{} ", request.body)), "another body");
        assert!(!verify(&request, r#"{"order_id":"another"}"#));
    }
}

#[test]
fn returns_the_request_that_it_would_send() {
    let api = MockApi::in_order([Reply::response(200, "[]")]);
    let client = api.client();
    let own = client.signed_request("v1/account/balance", "[]".to_owned()).unwrap();
    assert_eq!(own.url, "https://api-merchant.alikassa.com/v1/account/balance");
    assert_eq!(own.body, "[]");
    assert_eq!(api.run(client.request("v1/account/balance", "[]".to_owned())).as_deref(), Ok("[]"));
    assert_eq!(api.sent()[0].request, own);
    let slash = client.signed_request("/v1/account/balance", "[]".to_owned()).unwrap();
    assert_eq!(slash, own);
}

#[test]
fn returns_its_account_signer_and_settings() {
    let mut settings = Settings::default();
    settings.retries = 7;
    let client = MockApi::in_order([]).client_with(settings.clone());
    assert_eq!((client.account().as_str(), client.settings()), (ACCOUNT, &settings));
    assert_eq!(client.signer().key().fingerprint(), SIGNER.key().fingerprint());
}

#[test]
fn returns_the_json_of_any_method_unchanged() {
    for answer in
        ["[]", "{}", "null", " {\"balance\": 1.50, \"a\":\"\\u0416\"}\n", r#"{"id":1,"payment_status":"paid"}"#]
    {
        let api = MockApi::in_order([Reply::response(200, answer)]);
        let client = api.client();
        let body = r#"{"amount":"1"}"#.to_owned();
        assert_eq!(api.run(client.request("v1/payout", body)).as_deref(), Ok(answer));
        assert_eq!(api.sent()[0].request.body, r#"{"amount":"1"}"#);
    }
}

#[test]
fn sends_any_method_once() {
    for (reply, code) in [
        (Reply::response(429, ""), "upstream_status"),
        (Reply::response(500, ""), "upstream_status"),
        (Reply::response(502, ""), "upstream_status"),
        (Reply::response(503, "").retry_after("0"), "upstream_status"),
        (Reply::response(504, ""), "upstream_status"),
        (Reply::response(400, ""), "upstream_status"),
        (Reply::response(302, ""), "upstream_status"),
        (Reply::unreachable(Some("ECONNRESET")), "upstream_unreachable"),
        (Reply::hang(), "upstream_timeout"),
        (Reply::response(200, "<html>"), "upstream_invalid"),
        (Reply::response(200, ""), "upstream_invalid"),
        (Reply::response(200, b"\"\xff\""), "upstream_invalid"),
        (Reply::response(200, "[]").truncated(), "upstream_invalid"),
    ] {
        // The replies after the first one are good.
        let api = MockApi::in_order([reply, Reply::response(200, "[]"), Reply::response(200, "[]")]);
        let client = api.client();
        let error = api.run(client.request("v1/payout", "{}".to_owned())).unwrap_err();
        assert_eq!((error.code(), error.attempts(), api.sent().len()), (code, 1, 1), "{error}");
    }
}

#[test]
fn reads_the_documented_answer() {
    let api = MockApi::in_order([Reply::response(200, sample_answer()).takes(700)]);
    let client = api.client();
    let payout = api.run(client.payout_status(&sample_query())).unwrap();
    assert_eq!((payout.payment_status().as_str(), payout.amount()), ("paid", Some("300.00")));
    assert_eq!((api.sent().len(), api.dropped(), api.elapsed().as_millis()), (1, 0, 700));
}

#[test]
fn speaks_of_a_request_in_the_errors_of_any_method() {
    for (reply, text) in [
        (Reply::response(200, "<html>"), "the body is not what was asked for: the body is not JSON"),
        (Reply::response(422, r#"{"message":"No."}"#), "AliKassa answered with HTTP status 422: No."),
        (Reply::unreachable(Some("ECONNRESET")), "AliKassa could not be reached, or the connection broke (ECONNRESET)"),
        (Reply::hang(), "AliKassa did not answer within 30000 ms"),
    ] {
        let api = MockApi::in_order([reply]);
        let error = api.run(api.client().request("v1/account/balance", "[]".to_owned())).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
        assert!(!format!("{error} {}", error.remedy()).contains("payout"), "{error}");
    }
}
