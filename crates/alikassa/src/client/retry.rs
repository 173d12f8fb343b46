//! When to send a request again, and after how long.

use std::time::{Duration, SystemTime};

use super::request_error::RequestErrorKind;

/// The longest back-off before the first retry. It doubles with each retry.
const BASE: Duration = Duration::from_millis(200);

/// Whether the same request may get an answer: after a broken connection, or from an overloaded or restarting server.
pub(super) fn should_retry(kind: &RequestErrorKind) -> bool {
    match kind {
        RequestErrorKind::Unreachable { .. } => true,
        RequestErrorKind::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        _ => false,
    }
}

/// How long to wait after so many attempts: a back-off with full jitter, or `Retry-After` if that is longer.
pub(super) fn delay(attempts: u32, retry_after: Option<&str>, now: SystemTime) -> Duration {
    let ceiling = BASE.saturating_mul(2_u32.saturating_pow(attempts.saturating_sub(1)));
    // Without randomness the whole back-off.
    let fraction = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    let retry_after = retry_after.and_then(|value| parse_retry_after(value, now));
    ceiling.mul_f64(fraction).max(retry_after.unwrap_or_default())
}

/// The time from `now` that a `Retry-After` header asks to wait (RFC 9110 section 10.2.3): given in seconds or as a date, zero for a
/// date in the past. `None` if the value is neither.
///
/// ```
/// use std::time::{Duration, SystemTime};
///
/// let now = SystemTime::UNIX_EPOCH;
/// assert_eq!(alikassa::parse_retry_after("3", now), Some(Duration::from_secs(3)));
/// assert_eq!(alikassa::parse_retry_after("Thu, 01 Jan 1970 00:01:00 GMT", now), Some(Duration::from_secs(60)));
/// assert_eq!(alikassa::parse_retry_after("soon", now), None);
/// ```
#[must_use]
pub fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}
