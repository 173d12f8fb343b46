//! A circuit breaker: after failures in a row, one attempt at a time, after growing pauses.

use std::time::Duration;

use crate::backoff::Backoff;
use crate::timestamp::Timestamp;

/// How many failures in a row open the breaker.
const THRESHOLD: u32 = 5;

/// The pauses between attempts while the breaker is open.
const PAUSES: Backoff = Backoff { shortest: Duration::from_secs(5), longest: Duration::from_secs(300) };

/// The longest `Retry-After` that is honoured.
pub(crate) const MAX_RETRY_AFTER: Duration = Duration::from_secs(3600);

/// The state of a circuit breaker.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaker {
    pub(crate) failures: u32,
    /// No attempt before this.
    pub(crate) until: Option<Timestamp>,
}

impl Breaker {
    /// How many attempts may be made now, of at most `limit`.
    pub(crate) fn admits(self, now: Timestamp, limit: u32) -> u32 {
        match self.until {
            Some(until) if now < until => 0,
            _ if self.is_open() => limit.min(1),
            _ => limit,
        }
    }

    pub(crate) fn is_open(self) -> bool {
        self.failures >= THRESHOLD
    }

    /// After an answer.
    pub(crate) fn succeed(&mut self) {
        *self = Self::default();
    }

    /// After a failure. `retry_after` is what the other side asked for.
    pub(crate) fn fail(&mut self, now: Timestamp, retry_after: Option<Duration>, random: f64) {
        self.failures = self.failures.saturating_add(1);
        let pause = self.is_open().then(|| PAUSES.pause(self.failures - THRESHOLD + 1, random));
        let pause = pause.max(retry_after.map(|asked| asked.min(MAX_RETRY_AFTER)));
        self.until = self.until.max(pause.map(|pause| now + pause));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn opens_after_failures_in_a_row() {
        let now = Timestamp::from_millis(1_000_000);
        let mut breaker = Breaker::default();
        for _ in 1..THRESHOLD {
            breaker.fail(now, None, 1.0);
        }
        assert_eq!((breaker.admits(now, 20), breaker.is_open()), (20, false));
        breaker.fail(now, None, 1.0);
        assert_eq!((breaker.admits(now, 20), breaker.is_open()), (0, true));
        assert_eq!(breaker.admits(now + Duration::from_secs(5), 20), 1);
        breaker.succeed();
        assert_eq!(breaker.admits(now, 20), 20);
    }

    #[test]
    fn waits_as_long_as_the_other_side_asks() {
        let now = Timestamp::from_millis(1_000_000);
        let mut breaker = Breaker::default();
        breaker.fail(now, Some(Duration::from_secs(30)), 1.0);
        assert_eq!(breaker.admits(now + Duration::from_secs(29), 20), 0);
        assert_eq!(breaker.admits(now + Duration::from_secs(30), 20), 20);
        breaker.fail(now, Some(Duration::from_secs(1_000_000)), 1.0);
        assert_eq!(breaker.admits(now + MAX_RETRY_AFTER, 20), 20);
    }
}
