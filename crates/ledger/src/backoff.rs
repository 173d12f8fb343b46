//! Growing pauses with jitter.

use std::time::Duration;

/// Pauses that double from the shortest to the longest.
pub(crate) struct Backoff {
    pub(crate) shortest: Duration,
    pub(crate) longest: Duration,
}

impl Backoff {
    /// The pause after this many attempts, chosen at random between the shortest and the doubled one ("full jitter"), so that what failed
    /// together does not come back together. `random` is from 0 to 1.
    pub(crate) fn pause(&self, attempts: u32, random: f64) -> Duration {
        let factor = 2_u32.saturating_pow(attempts.saturating_sub(1).min(30));
        let ceiling = self.shortest.saturating_mul(factor).min(self.longest);
        self.shortest + ceiling.saturating_sub(self.shortest).mul_f64(random.clamp(0.0, 1.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grows_from_the_shortest_to_the_longest() {
        let backoff = Backoff { shortest: Duration::from_secs(10), longest: Duration::from_secs(3600) };
        let pauses = [1, 2, 3, 9, 10, 40].map(|attempts| backoff.pause(attempts, 1.0).as_secs());
        assert_eq!(pauses, [10, 20, 40, 2560, 3600, 3600]);
        assert_eq!(backoff.pause(40, 0.0).as_secs(), 10);
        assert_eq!(backoff.pause(3, 0.5).as_secs(), 25);
    }
}
