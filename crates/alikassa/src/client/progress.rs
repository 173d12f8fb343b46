//! How far a call has come, for the error if its timeout ends it.

use std::sync::atomic::{AtomicU32, Ordering};

use super::request_error::RequestErrorKind;

/// Atomic, so that the futures of a client can be `Send`.
#[derive(Default)]
pub(super) struct Progress {
    attempts: AtomicU32,
    /// The HTTP status that the last retry is for; 0 is none.
    last_status: AtomicU32,
}

impl Progress {
    pub(super) fn start_attempt(&self) {
        self.attempts.fetch_add(1, Ordering::Relaxed);
    }

    /// How many requests were sent.
    pub(super) fn attempts(&self) -> u32 {
        self.attempts.load(Ordering::Relaxed)
    }

    pub(super) fn set_last_status(&self, kind: &RequestErrorKind) {
        if let RequestErrorKind::Status { status, .. } = kind {
            self.last_status.store((*status).into(), Ordering::Relaxed);
        }
    }

    /// What AliKassa answered before the last retry.
    pub(super) fn last_status(&self) -> Option<u16> {
        u16::try_from(self.last_status.load(Ordering::Relaxed)).ok().filter(|status| *status != 0)
    }
}
