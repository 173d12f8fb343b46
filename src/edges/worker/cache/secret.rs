//! What makes the names of entries: who does not have the key archive can't know one.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// An HMAC with a key of the archive's own.
pub(in crate::edges::worker) struct CacheSecret(Hmac<Sha256>);

impl CacheSecret {
    pub(in crate::edges::worker) fn from_pem(pem: &str) -> Self {
        let digest =
            Sha256::new().chain_update("alikassa-edge: the names of cached payouts\n").chain_update(pem).finalize();
        // As long as a block of the hash, as HMAC itself fills up a key (RFC 2104 section 2).
        let mut key = Zeroizing::new([0; 64]);
        key.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
        Self(Hmac::new(&(*key).into()))
    }

    /// The name of an entry, another one for each list of parts.
    pub(super) fn name(&self, parts: &[&str]) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            // With its length before it, so that no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        format!("payout/{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}
