//! A monotonic clock, for logs and `Server-Timing`.

use std::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// A point in time: `performance.now()`, since `std::time::Instant` panics on `wasm32-unknown-unknown`.
///
/// Cloudflare stops the clock while code runs, and advances it at I/O only, against timing attacks
/// (<https://developers.cloudflare.com/workers/reference/security-model/>). So it does not measure the Worker's own work there.
#[derive(Clone, Copy)]
pub(crate) struct Instant {
    milliseconds: f64,
}

impl Instant {
    pub(crate) fn now() -> Self {
        Self { milliseconds: now() }
    }

    /// The time since then, in whole milliseconds.
    pub(crate) fn elapsed(self) -> Duration {
        // Saturates, so that a negative difference is zero.
        Duration::from_millis((now() - self.milliseconds).round() as u64)
    }
}
