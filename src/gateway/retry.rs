//! When to ask again, and how long to wait before.
//!
//! Reading a status changes nothing, so it may be asked again. Whatever might change something is never retried.

use std::time::{Duration, SystemTime};

use super::error::Failure;

/// The back-off before the first retry; it doubles with each.
const BASE: Duration = Duration::from_millis(200);

/// Whether this may be mended by asking again: a broken connection, or an overloaded or restarting server.
pub(super) fn is_worth_it(failure: &Failure) -> bool {
    match failure {
        Failure::Unreachable { .. } => true,
        Failure::Status { status, .. } => matches!(status, 429 | 502 | 503 | 504),
        _ => false,
    }
}

/// How long to wait before retry `retry` (0 for the first): full jitter, or what `Retry-After` asks for if that is
/// longer.
pub(super) fn delay(retry: u32, retry_after: Option<Duration>) -> Duration {
    let ceiling = BASE.saturating_mul(2_u32.saturating_pow(retry));
    // Without randomness the whole back-off is as good a choice as any.
    let fraction = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    ceiling.mul_f64(fraction).max(retry_after.unwrap_or_default())
}

/// `Retry-After` in seconds or as a date (RFC 9110 section 10.2.3), as the time from now on.
pub(crate) fn parse_retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        // More seconds than a number holds are as good as for ever.
        return Some(Duration::from_secs(value.parse().unwrap_or(u64::MAX)));
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}
