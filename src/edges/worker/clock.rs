//! The time, for what is told of a request.

use std::time::Duration;

use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = performance)]
    fn now() -> f64;
}

/// A point in time.
///
/// On Cloudflare the clock stands still while code runs, and goes on only with what comes from outside, so that it measures nobody's
/// secrets (<https://developers.cloudflare.com/workers/reference/security-model/>): of the Worker's own work it shows nothing.
#[derive(Clone, Copy, Default)]
pub(super) struct Moment(f64);

impl Moment {
    pub(super) fn now() -> Self {
        Self(now())
    }

    /// How much time has gone by since.
    pub(super) fn elapsed(self) -> Milliseconds {
        Milliseconds((now() - self.0).max(0.0))
    }
}

/// A length of time, told in whole milliseconds.
#[derive(Clone, Copy, Default)]
pub(super) struct Milliseconds(f64);

impl Milliseconds {
    pub(super) fn rounded(self) -> u32 {
        self.0.round() as u32
    }
}

impl From<Milliseconds> for Duration {
    fn from(Milliseconds(milliseconds): Milliseconds) -> Self {
        Self::from_millis(milliseconds.round() as u64)
    }
}

impl std::ops::Add for Milliseconds {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0 + other.0)
    }
}
