//! The merchant's account.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

/// The merchant's account at AliKassa: the value of the `Account` header.
///
/// AliKassa issues a UUID. Any 1 to 128 visible ASCII characters are accepted, since they can be the value of a header.
///
/// ```
/// use alikassa::{Account, InvalidAccount};
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

/// The account can't be the value of a header.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the account must be the account's UUID from AliKassa's cabinet: 1 to 128 visible ASCII characters")]
pub struct InvalidAccount;
