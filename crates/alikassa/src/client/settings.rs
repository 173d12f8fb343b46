//! The settings of a client.

use std::time::Duration;

use super::base_url::BaseUrl;

/// The settings of a client. The defaults are those of AliKassa's sample, plus retries.
///
/// ```
/// use std::time::Duration;
/// use alikassa::Settings;
///
/// let mut settings = Settings::default();
/// settings.timeout = Duration::from_secs(10);
/// assert_eq!(settings.retries, 2);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Settings {
    /// The base URL of the API: `https://api-merchant.alikassa.com`.
    pub base_url: BaseUrl,
    /// The time limit of one call, including retries and the pauses before them: 30 seconds, as in AliKassa's sample.
    pub timeout: Duration,
    /// The most retries of one status request: 2. Other methods are never retried.
    pub retries: u32,
}

impl Default for Settings {
    fn default() -> Self {
        Self { base_url: BaseUrl::default(), timeout: Duration::from_secs(30), retries: 2 }
    }
}
