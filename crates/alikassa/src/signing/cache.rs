//! Caches signatures, so that a client that polls the same payout costs no RSA operation.
//!
//! PKCS#1 v1.5 is deterministic: with the same key, the same body has the same signature.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The number of signatures. The oldest is dropped first; a linear search is quick for so few.
const CAPACITY: usize = 64;

/// The longest body that is cached, in bytes: a query by an `order_id` of 128 characters has at most 1.6 kB.
const MAX_BODY: usize = 2048;

/// Bodies with the base64 of their signatures, oldest first.
#[derive(Default)]
pub(super) struct SignatureCache(Mutex<VecDeque<(Box<[u8]>, String)>>);

impl SignatureCache {
    pub(super) fn get(&self, body: &[u8]) -> Option<String> {
        self.lock().iter().find(|(signed, _)| **signed == *body).map(|(_, sign)| sign.clone())
    }

    pub(super) fn insert(&self, body: &[u8], sign: &str) {
        if body.len() > MAX_BODY {
            return;
        }
        let mut signed = self.lock();
        if signed.len() == CAPACITY {
            signed.pop_front();
        }
        signed.push_back((body.into(), sign.to_owned()));
    }

    /// A thread that panicked has left no half-written entry.
    fn lock(&self) -> MutexGuard<'_, VecDeque<(Box<[u8]>, String)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Shows the number of entries alone: the bodies are the caller's data.
impl fmt::Debug for SignatureCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SignatureCache({})", self.lock().len())
    }
}
