//! Points in time.

use std::fmt::{self, Display};
use std::time::{Duration, SystemTime};

use serde::{Serialize, Serializer};

/// A point in time, in milliseconds since the Unix epoch. It is displayed and serialized in RFC 3339, in UTC.
///
/// ```
/// use std::time::Duration;
/// use alikassa_ledger::Timestamp;
///
/// let time = Timestamp::from_millis(1_790_000_000_123);
/// assert_eq!((time + Duration::from_secs(2)).to_string(), "2026-09-21T14:13:22.123Z");
/// assert_eq!(Timestamp::parse("2026-09-21T14:13:20.123Z"), Some(time));
/// assert_eq!(Timestamp::parse("tomorrow"), None);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Timestamp(i64);

impl Timestamp {
    /// The last one that RFC 3339 can write, at the end of the year 9999.
    pub const MAX: Self = Self(253_402_300_799_999);

    /// From milliseconds since the epoch, limited to the years 1970 to 9999.
    #[must_use]
    pub const fn from_millis(millis: i64) -> Self {
        if millis < 0 {
            Self(0)
        } else if millis > Self::MAX.0 {
            Self::MAX
        } else {
            Self(millis)
        }
    }

    /// Milliseconds since the epoch.
    #[must_use]
    pub fn as_millis(self) -> i64 {
        self.0
    }

    /// Parses RFC 3339 in UTC (`2026-09-21T14:13:22Z`). `None` for any other text.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let time = humantime::parse_rfc3339(text).ok()?;
        let millis = time.duration_since(SystemTime::UNIX_EPOCH).ok()?.as_millis();
        i64::try_from(millis).ok().map(Self::from_millis)
    }

    /// The time from `earlier` to this; zero if this is earlier.
    #[must_use]
    pub fn since(self, earlier: Self) -> Duration {
        Duration::from_millis(u64::try_from(self.0 - earlier.0).unwrap_or_default())
    }
}

impl std::ops::Add<Duration> for Timestamp {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_add(millis))
    }
}

impl std::ops::Sub<Duration> for Timestamp {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Self::from_millis(self.0.saturating_sub(millis))
    }
}

impl Display for Timestamp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = u64::try_from(self.0).unwrap_or_default();
        humantime::format_rfc3339_millis(SystemTime::UNIX_EPOCH + Duration::from_millis(millis)).fmt(formatter)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
