//! The request that AliKassa gets.

use alikassa_edge::{Gateway, PayoutQuery, Settings, SignedRequest};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use rsa::pkcs8::DecodePrivateKey;
use sha1::{Digest, Sha1};

use crate::transport::{Scripted, Step};
use crate::vectors::{
    ACCOUNT, SIGNER, SIGNER_FILE, SignatureRecord, account, key_text, load, sample_answer, sample_query,
};

/// The request that is sent for a status, with this base URL.
fn sent_for(query: &PayoutQuery, base_url: &str) -> SignedRequest {
    let transport = Scripted::new([Step::answer(400, "")]);
    let (account, settings) = (account(), Settings { base_url: base_url.parse().unwrap(), ..Settings::default() });
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
    transport.run(gateway.payout_status(query)).unwrap_err();
    let sent = transport.sent();
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
fn the_request_is_the_one_of_alikassas_sample() {
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
fn the_url_has_one_slash_between_its_parts_whatever_the_base_url_ends_in() {
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
fn the_signature_verifies_over_the_very_bytes_of_the_body() {
    let public = rsa::PrivateKey::from_pkcs8_pem(&key_text(SIGNER_FILE)).unwrap().to_public_key();
    let verify = |request: &SignedRequest, body: &str| {
        let sign = STANDARD.decode(header(request, "Sign")).unwrap();
        public.verify(rsa::Pkcs1v15Sign::new::<Sha1>(), &Sha1::digest(body), &sign).is_ok()
    };
    for order_id in ["6422494", "a/b \"q\" é 😀", "\u{0}", &"Ж".repeat(128)] {
        let request = sent_for(&PayoutQuery::order_id(order_id).unwrap(), "https://api-merchant.alikassa.com");
        assert!(verify(&request, &request.body), "{order_id:?}");
        assert!(!verify(&request, &format!("{} ", request.body)), "a blank more");
        assert!(!verify(&request, r#"{"order_id":"another"}"#));
    }
}

#[test]
fn a_signed_request_for_a_client_of_ones_own_is_what_would_be_sent() {
    let transport = Scripted::new([Step::answer(200, "[]")]);
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
    let own = gateway.signed_request("v1/account/balance", "[]".to_owned()).unwrap();
    assert_eq!(own.url, "https://api-merchant.alikassa.com/v1/account/balance");
    assert_eq!(own.body, "[]");
    assert_eq!(transport.run(gateway.request("v1/account/balance", "[]".to_owned())).as_deref(), Ok("[]"));
    assert_eq!(transport.sent()[0].request, own);
    let slash = gateway.signed_request("/v1/account/balance", "[]".to_owned()).unwrap();
    assert_eq!(slash, own);
}

#[test]
fn a_method_of_ones_own_answers_the_json_as_it_came() {
    for answer in
        ["[]", "{}", "null", " {\"balance\": 1.50, \"a\":\"\\u0416\"}\n", r#"{"id":1,"payment_status":"paid"}"#]
    {
        let transport = Scripted::new([Step::answer(200, answer)]);
        let (account, settings) = (account(), Settings::default());
        let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
        let body = r#"{"amount":"1"}"#.to_owned();
        assert_eq!(transport.run(gateway.request("v1/payout", body)).as_deref(), Ok(answer));
        assert_eq!(transport.sent()[0].request.body, r#"{"amount":"1"}"#);
    }
}

#[test]
fn a_method_of_ones_own_is_sent_once_whatever_comes_back() {
    for (step, code) in [
        (Step::answer(429, ""), "upstream_status"),
        (Step::answer(500, ""), "upstream_status"),
        (Step::answer(502, ""), "upstream_status"),
        (Step::answer(503, "").retry_after("0"), "upstream_status"),
        (Step::answer(504, ""), "upstream_status"),
        (Step::answer(400, ""), "upstream_status"),
        (Step::answer(302, ""), "upstream_status"),
        (Step::unreachable(Some("ECONNRESET")), "upstream_unreachable"),
        (Step::hang(), "upstream_timeout"),
        (Step::answer(200, "<html>"), "upstream_invalid"),
        (Step::answer(200, ""), "upstream_invalid"),
        (Step::answer(200, b"\"\xff\""), "upstream_invalid"),
        (Step::answer(200, "[]").cut_off(), "upstream_invalid"),
    ] {
        // More steps than it may take: they would answer well.
        let transport = Scripted::new([step, Step::answer(200, "[]"), Step::answer(200, "[]")]);
        let (account, settings) = (account(), Settings::default());
        let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
        let error = transport.run(gateway.request("v1/payout", "{}".to_owned())).unwrap_err();
        assert_eq!((error.code(), error.attempts(), transport.sent().len()), (code, Some(1), 1), "{error}");
    }
}

#[test]
fn a_status_is_read_from_the_answer_of_alikassas_page() {
    let transport = Scripted::new([Step::answer(200, sample_answer()).takes_ms(700)]);
    let (account, settings) = (account(), Settings::default());
    let gateway = Gateway::new(transport.clone(), &SIGNER, &account, &settings);
    let payout = transport.run(gateway.payout_status(&sample_query())).unwrap();
    assert_eq!((payout.payment_status().as_str(), payout.amount()), ("paid", Some("300.00")));
    assert_eq!((transport.sent().len(), transport.dropped(), transport.elapsed().as_millis()), (1, 0, 700));
}
