//! Which URLs something may be sent to that is nobody else's business.

use std::net::{Ipv4Addr, Ipv6Addr};

use http::Uri;
use thiserror::Error;

/// What is known of a URL that passed [`check`].
pub(crate) struct Checked {
    /// Its host and, where one is given, port.
    pub(crate) host: String,
    /// Whether there is a query in it.
    pub(crate) has_query: bool,
}

/// Lets a URL pass that is absolute and `https`, or `http` to a loopback address, without credentials or a fragment.
pub(crate) fn check(url: &str) -> Result<Checked, UnsafeUrl> {
    let uri: Uri = url.parse().map_err(|_| UnsafeUrl::NotAUrl)?;
    let authority = uri.authority().ok_or(UnsafeUrl::NotAUrl)?;
    if authority.as_str().contains('@') {
        return Err(UnsafeUrl::Credentials);
    }
    // `host()` ends at the bracket of an IPv6 address, whatever follows it.
    let host = authority.host();
    let port = authority.as_str().strip_prefix(host).ok_or(UnsafeUrl::NotAUrl)?;
    if host.is_empty() || !(port.is_empty() || is_port(port)) {
        return Err(UnsafeUrl::NotAUrl);
    }
    // `Uri` drops a fragment without a word.
    if url.contains('#') {
        return Err(UnsafeUrl::Fragment);
    }
    match uri.scheme_str() {
        Some("https") => {}
        Some("http") if is_loopback(host) => {}
        Some("http") => return Err(UnsafeUrl::NotHttps),
        _ => return Err(UnsafeUrl::NotAUrl),
    }
    Ok(Checked { host: authority.as_str().to_owned(), has_query: uri.query().is_some() })
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

/// Why a URL did not pass. Nothing of it is said.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub(crate) enum UnsafeUrl {
    #[error("it must be an absolute URL like \"https://example.com/path\"")]
    NotAUrl,
    #[error("it must be https (http is for loopback addresses alone)")]
    NotHttps,
    #[error("it must not hold a user name or a password")]
    Credentials,
    #[error("it must not have a fragment")]
    Fragment,
}
