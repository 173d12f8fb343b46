//! Base URL, account and other settings.

use alikassa::{Account, BaseUrl, HttpsUrl, InvalidAccount, InvalidBaseUrl, InvalidHttpsUrl, Settings};

use crate::vectors::ACCOUNT;

#[test]
fn accepts_https_to_any_host() {
    for (url, host) in [
        ("https://api-merchant.alikassa.com", "api-merchant.alikassa.com"),
        ("https://api-merchant.alikassa.io", "api-merchant.alikassa.io"),
        ("https://api-merchant.alikassa.com/", "api-merchant.alikassa.com"),
        ("https://proxy.example:8443", "proxy.example:8443"),
        ("https://proxy.example/alikassa", "proxy.example"),
        ("https://proxy.example/alikassa/", "proxy.example"),
        ("https://192.0.2.1", "192.0.2.1"),
        ("https://[2001:db8::1]:8443", "[2001:db8::1]:8443"),
        ("https://localhost:8443", "localhost:8443"),
    ] {
        let base_url: BaseUrl = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
        assert_eq!(base_url.as_str(), url.trim_end_matches('/'));
        assert_eq!(base_url.host(), host);
    }
}

#[test]
fn accepts_http_to_loopback() {
    for url in [
        "http://localhost",
        "http://localhost:8080",
        "http://localhost/alikassa",
        "http://127.0.0.1",
        "http://127.0.0.1:8787/",
        "http://127.1.2.3:1",
        "http://127.255.255.254",
        "http://[::1]",
        "http://[::1]:8080/alikassa",
    ] {
        assert!(url.parse::<BaseUrl>().is_ok(), "{url}: {:?}", url.parse::<BaseUrl>());
    }
}

#[test]
fn rejects_http_to_other_hosts() {
    for url in [
        "http://api-merchant.alikassa.com",
        "http://localhost.evil.com",
        "http://evil.com/localhost",
        "http://evil.com:80/127.0.0.1",
        "http://127.0.0.1.evil.com",
        "http://127.0.0.1.nip.io:8080",
        "http://evil-localhost",
        "http://xn--localhost-",
        "http://126.255.255.255",
        "http://128.0.0.1",
        "http://0.0.0.0",
        "http://10.0.0.1",
        "http://192.168.0.1",
        "http://169.254.169.254",
        "http://[::]",
        "http://[::2]",
        "http://[2001:db8::1]",
        "http://2130706433",
        "http://0x7f000001",
    ] {
        assert_eq!(url.parse::<BaseUrl>(), Err(InvalidBaseUrl::NotHttps), "{url}");
    }
}

#[test]
fn rejects_a_suffix_after_a_bracketed_loopback_address() {
    for url in ["http://[::1].evil.com", "http://[::1]evil.com", "http://[::1].evil.com:8080", "http://[127.0.0.1]"] {
        assert!(url.parse::<BaseUrl>().is_err(), "{url}");
    }
}

#[test]
fn rejects_credentials() {
    for url in [
        "https://user:password@api-merchant.alikassa.com",
        "https://user@api-merchant.alikassa.com",
        "https://@api-merchant.alikassa.com",
        "http://127.0.0.1@evil.com",
        "http://localhost:80@evil.com",
        "http://user:password@localhost",
    ] {
        let error = url.parse::<BaseUrl>().expect_err(url);
        assert_eq!(error, InvalidBaseUrl::Credentials, "{url}");
        assert!(!format!("{error} {error:?}").contains("user:"));
    }
}

#[test]
fn rejects_a_query_or_a_fragment() {
    for url in [
        "https://api-merchant.alikassa.com?",
        "https://api-merchant.alikassa.com?a=b",
        "https://api-merchant.alikassa.com/?a=b",
        "https://api-merchant.alikassa.com#",
        "https://api-merchant.alikassa.com/#a",
        "https://api-merchant.alikassa.com/a?b#c",
    ] {
        assert_eq!(url.parse::<BaseUrl>(), Err(InvalidBaseUrl::Query), "{url}");
    }
}

#[test]
fn rejects_what_is_not_an_absolute_url() {
    for url in [
        "",
        " ",
        "/",
        "*",
        "api-merchant.alikassa.com",
        "api-merchant.alikassa.com:443",
        "//api-merchant.alikassa.com",
        "https:",
        "https:/",
        "https://",
        "https:///v1",
        "https:api-merchant.alikassa.com",
        "https//api-merchant.alikassa.com",
        "ftp://localhost",
        "ws://localhost",
        "wss://api-merchant.alikassa.com",
        "file:///etc/passwd",
        "javascript:alert(1)",
        "data:text/plain,x",
        "https://api merchant.alikassa.com",
        " https://api-merchant.alikassa.com",
        "https://api-merchant.alikassa.com\r\nHost: evil.com",
        "https://api-merchant.alikassa.com\0",
        "http://localhost\\.evil.com",
        "http://localhost\\@evil.com",
        "https://[::1",
        "https://::1",
    ] {
        assert!(url.parse::<BaseUrl>().is_err(), "{url:?} is taken for {:?}", url.parse::<BaseUrl>());
    }
}

#[test]
fn rejects_an_empty_host_or_an_invalid_port() {
    for url in ["https://:8443", "http://localhost:99999", "https://api-merchant.alikassa.com:https", "https://a:b:c"] {
        assert!(url.parse::<BaseUrl>().is_err(), "{url:?} is taken for {:?}", url.parse::<BaseUrl>());
    }
}

/// The URL of an endpoint of the merchant, which may have a query.
#[test]
fn parses_an_https_url() {
    for (url, host, has_query) in [
        ("https://shop.example.com/alikassa", "shop.example.com", false),
        ("https://shop.example.com:8443/alikassa?shop=1", "shop.example.com:8443", true),
        ("http://127.0.0.1:8080?", "127.0.0.1:8080", true),
    ] {
        let parsed: HttpsUrl = url.parse().unwrap();
        assert_eq!((parsed.as_str(), parsed.host(), parsed.has_query()), (url, host, has_query));
    }
    for (url, error) in [
        ("shop.example.com", InvalidHttpsUrl::NotAUrl),
        ("http://shop.example.com", InvalidHttpsUrl::NotHttps),
        ("https://user:secret@shop.example.com", InvalidHttpsUrl::Credentials),
        ("https://shop.example.com/#top", InvalidHttpsUrl::Fragment),
    ] {
        assert_eq!(url.parse::<HttpsUrl>(), Err(error), "{url}");
        assert!(!format!("{error} {error:?}").contains("shop"), "{error}");
    }
}

#[test]
fn keeps_the_text_of_an_account() {
    let longest = "x".repeat(128);
    for account in [ACCOUNT, "1", "A-b_c.d", longest.as_str()] {
        let parsed: Account = account.parse().unwrap();
        assert_eq!((parsed.as_str(), parsed.to_string().as_str()), (account, account));
    }
}

#[test]
fn rejects_an_account_that_is_not_a_header_value() {
    let too_long = "x".repeat(129);
    for account in ["", " ", "a b", " a", "a ", "a\n", "a\r\nSign: x", "a\0", "a\tb", "a\u{7f}", "é", "счёт", &too_long]
    {
        assert_eq!(account.parse::<Account>(), Err(InvalidAccount), "{account:?}");
    }
}

#[test]
fn defaults_to_the_settings_of_the_sample() {
    let settings = Settings::default();
    assert_eq!(settings.base_url.as_str(), "https://api-merchant.alikassa.com");
    assert_eq!(settings.timeout.as_secs(), 30);
    assert_eq!(settings.retries, 2);
}
