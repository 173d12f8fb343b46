//! The last signatures, so that a poll that asks the same again costs no RSA.
//!
//! PKCS#1 v1.5 is deterministic: the same body has the same signature, for as long as the key is the same.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// How many are remembered; the oldest goes first. They are looked through one by one, which for so few is quick.
const CAPACITY: usize = 64;

/// The longest body that is remembered, in bytes: an `order_id` of 128 characters has at most 1.6 kB.
const MAX_BODY: usize = 2048;

/// Bodies with the base64 of their signatures, oldest first.
#[derive(Default)]
pub(super) struct Signed(Mutex<VecDeque<(Box<[u8]>, String)>>);

impl Signed {
    pub(super) fn get(&self, body: &[u8]) -> Option<String> {
        self.lock().iter().find(|(signed, _)| **signed == *body).map(|(_, sign)| sign.clone())
    }

    pub(super) fn keep(&self, body: &[u8], sign: &str) {
        if body.len() > MAX_BODY {
            return;
        }
        let mut signed = self.lock();
        if signed.len() == CAPACITY {
            signed.pop_front();
        }
        signed.push_back((body.into(), sign.to_owned()));
    }

    /// A thread that panicked left no entry half written.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Box<[u8]>, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What was signed may be anything of the caller's, and is not shown.
impl fmt::Debug for Signed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signed({})", self.lock().len())
    }
}
