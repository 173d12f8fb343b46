//! Where requests go, in whose name, and how long they may take.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use super::url::{self, UnsafeUrl};

/// The merchant's account at AliKassa: the value of the `Account` header.
///
/// AliKassa issues a UUID; what is checked is that it can be a header's value: 1 to 128 visible ASCII characters.
///
/// ```
/// use alikassa_edge::{Account, InvalidAccount};
///
/// let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// assert_eq!(account.as_str(), "93d5df06-996c-48c3-9847-348d6b580b80");
/// assert_eq!("two words".parse::<Account>(), Err(InvalidAccount));
/// # Ok::<(), InvalidAccount>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account(String);

impl Account {
    /// The value of the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Account {
    type Err = InvalidAccount;

    fn from_str(account: &str) -> Result<Self, InvalidAccount> {
        let fits = (1..=128).contains(&account.len()) && account.bytes().all(|byte| byte.is_ascii_graphic());
        if fits { Ok(Self(account.to_owned())) } else { Err(InvalidAccount) }
    }
}

impl fmt::Display for Account {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// An account that can't be sent.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the account must be the account's UUID from AliKassa's cabinet: 1 to 128 visible ASCII characters")]
pub struct InvalidAccount;

/// The base URL of the API: `https`, or `http` to a loopback address for tests; no credentials, query or fragment.
///
/// ```
/// use alikassa_edge::{BaseUrl, InvalidBaseUrl};
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

    /// Its host and, where one is given, port.
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
        let checked = url::check(url)?;
        if checked.has_query {
            return Err(InvalidBaseUrl::Query);
        }
        Ok(Self { url: url.trim_end_matches('/').to_owned(), host: checked.host })
    }
}

/// A base URL that requests are not sent to.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidBaseUrl {
    /// Not an absolute URL with a host.
    #[error("the base URL must be like \"https://api-merchant.alikassa.com\"")]
    NotAUrl,
    /// `http` to another machine.
    #[error("the base URL must be https (http is for loopback addresses alone)")]
    NotHttps,
    /// A user name or a password in it.
    #[error("the base URL must not hold a user name or a password")]
    Credentials,
    /// A query or a fragment.
    #[error("the base URL must not have a query or a fragment")]
    Query,
}

impl From<UnsafeUrl> for InvalidBaseUrl {
    fn from(flaw: UnsafeUrl) -> Self {
        match flaw {
            UnsafeUrl::NotAUrl => Self::NotAUrl,
            UnsafeUrl::NotHttps => Self::NotHttps,
            UnsafeUrl::Credentials => Self::Credentials,
            UnsafeUrl::Fragment => Self::Query,
        }
    }
}

/// How the gateway talks to AliKassa.
///
/// ```
/// use std::time::Duration;
/// use alikassa_edge::Settings;
///
/// let settings = Settings { timeout: Duration::from_secs(10), ..Settings::default() };
/// assert_eq!(settings.retries, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Where requests go.
    pub base_url: BaseUrl,
    /// The total time for one answer, retries and the waiting between them included. 30 seconds, as in AliKassa's
    /// sample.
    pub timeout: Duration,
    /// How often the reading of a status is tried again after the first time: 2.
    pub retries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { base_url: BaseUrl::default(), timeout: Duration::from_secs(30), retries: 2 }
    }
}
