//! URLs that may receive a signature or a payout.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::str::FromStr;

use http::Uri;
use thiserror::Error;

/// An absolute URL that is `https`, or `http` to a loopback address, without credentials or a fragment.
///
/// ```
/// use alikassa::{HttpsUrl, InvalidHttpsUrl};
///
/// let url: HttpsUrl = "https://shop.example.com:8443/alikassa?shop=1".parse()?;
/// assert_eq!((url.host(), url.has_query()), ("shop.example.com:8443", true));
/// assert_eq!("http://shop.example.com".parse::<HttpsUrl>(), Err(InvalidHttpsUrl::NotHttps));
/// # Ok::<(), InvalidHttpsUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpsUrl {
    url: String,
    host: String,
    has_query: bool,
}

impl HttpsUrl {
    /// The URL as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The host and, if one is given, the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Whether the URL has a query.
    #[must_use]
    pub fn has_query(&self) -> bool {
        self.has_query
    }
}

impl FromStr for HttpsUrl {
    type Err = InvalidHttpsUrl;

    fn from_str(url: &str) -> Result<Self, InvalidHttpsUrl> {
        let uri: Uri = url.parse().map_err(|_| InvalidHttpsUrl::NotAUrl)?;
        let authority = uri.authority().ok_or(InvalidHttpsUrl::NotAUrl)?;
        if authority.as_str().contains('@') {
            return Err(InvalidHttpsUrl::Credentials);
        }
        // `host()` ends at the bracket of an IPv6 address, whatever follows it.
        let host = authority.host();
        let port = authority.as_str().strip_prefix(host).ok_or(InvalidHttpsUrl::NotAUrl)?;
        if host.is_empty() || !(port.is_empty() || is_port(port)) {
            return Err(InvalidHttpsUrl::NotAUrl);
        }
        // `Uri` drops a fragment silently.
        if url.contains('#') {
            return Err(InvalidHttpsUrl::Fragment);
        }
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_loopback(host) => {}
            Some("http") => return Err(InvalidHttpsUrl::NotHttps),
            _ => return Err(InvalidHttpsUrl::NotAUrl),
        }
        let (host, has_query) = (authority.as_str().to_owned(), uri.query().is_some());
        Ok(Self { url: url.to_owned(), host, has_query })
    }
}

fn is_port(port: &str) -> bool {
    let digits = port.strip_prefix(':').unwrap_or_default();
    digits.bytes().all(|byte| byte.is_ascii_digit()) && digits.parse::<u16>().is_ok()
}

fn is_loopback(host: &str) -> bool {
    match host.strip_prefix('[').and_then(|host| host.strip_suffix(']')) {
        Some(address) => address.parse().is_ok_and(|address: Ipv6Addr| address.is_loopback()),
        None => {
            host.eq_ignore_ascii_case("localhost") || host.parse().is_ok_and(|address: Ipv4Addr| address.is_loopback())
        }
    }
}

/// Why a URL was refused. The error holds no part of the URL, which may hold credentials.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidHttpsUrl {
    /// Not an absolute URL with a host.
    #[error("it must be an absolute URL like \"https://example.com/path\"")]
    NotAUrl,
    /// `http` to an address that is not loopback.
    #[error("it must be https (http is allowed for loopback addresses only)")]
    NotHttps,
    /// A user name or a password.
    #[error("it must not contain a user name or a password")]
    Credentials,
    /// A fragment.
    #[error("it must not have a fragment")]
    Fragment,
}
