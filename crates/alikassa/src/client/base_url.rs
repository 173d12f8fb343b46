//! The base URL of AliKassa's API.

use std::str::FromStr;

use thiserror::Error;

use super::https_url::{HttpsUrl, InvalidHttpsUrl};

/// The base URL of AliKassa's API: `https`, or `http` to a loopback address for tests, without credentials, query or fragment.
///
/// The default is the host of AliKassa's specification; AliKassa also documents `https://api-merchant.alikassa.io`.
///
/// ```
/// use alikassa::{BaseUrl, InvalidBaseUrl};
///
/// assert_eq!(BaseUrl::default().as_str(), "https://api-merchant.alikassa.com");
/// let sandbox: BaseUrl = "http://127.0.0.1:8080".parse()?;
/// assert_eq!(sandbox.host(), "127.0.0.1:8080");
/// assert_eq!("http://api-merchant.alikassa.com".parse::<BaseUrl>(), Err(InvalidBaseUrl::NotHttps));
/// # Ok::<(), InvalidBaseUrl>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaseUrl {
    /// Without a slash at its end.
    url: String,
    host: String,
}

impl BaseUrl {
    /// The URL, without a slash at its end.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.url
    }

    /// The host and, if one is given, the port.
    #[must_use]
    pub fn host(&self) -> &str {
        &self.host
    }
}

impl Default for BaseUrl {
    fn default() -> Self {
        Self { url: "https://api-merchant.alikassa.com".to_owned(), host: "api-merchant.alikassa.com".to_owned() }
    }
}

impl FromStr for BaseUrl {
    type Err = InvalidBaseUrl;

    fn from_str(url: &str) -> Result<Self, InvalidBaseUrl> {
        let checked: HttpsUrl = url.parse()?;
        if checked.has_query() {
            return Err(InvalidBaseUrl::Query);
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), host: checked.host().to_owned() })
    }
}

/// Why a base URL was refused. The error holds no part of the URL, which may hold credentials.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// Not an absolute URL with a host.
    #[error("the base URL must be like \"https://api-merchant.alikassa.com\"")]
    NotAUrl,
    /// `http` to an address that is not loopback.
    #[error("the base URL must be https (http is allowed for loopback addresses only)")]
    NotHttps,
    /// A user name or a password.
    #[error("the base URL must not contain a user name or a password")]
    Credentials,
    /// A query or a fragment.
    #[error("the base URL must not have a query or a fragment")]
    Query,
}

impl From<InvalidHttpsUrl> for InvalidBaseUrl {
    fn from(error: InvalidHttpsUrl) -> Self {
        match error {
            InvalidHttpsUrl::NotAUrl => Self::NotAUrl,
            InvalidHttpsUrl::NotHttps => Self::NotHttps,
            InvalidHttpsUrl::Credentials => Self::Credentials,
            InvalidHttpsUrl::Fragment => Self::Query,
        }
    }
}
