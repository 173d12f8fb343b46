//! Names of cache entries that only a holder of the key archive can compute.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// An HMAC whose key is derived from the private key's PEM.
pub(crate) struct CacheSecret(Hmac<Sha256>);

impl CacheSecret {
    pub(crate) fn from_pem(pem: &str) -> Self {
        let digest =
            Sha256::new().chain_update("alikassa-edge: the names of cached payouts\n").chain_update(pem).finalize();
        // HMAC pads a key to the hash's block size (RFC 2104 section 2).
        let mut key = Zeroizing::new([0; 64]);
        key.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
        Self(Hmac::new(&(*key).into()))
    }

    /// The name of an entry, different for each list of parts.
    pub(crate) fn name(&self, parts: &[&str]) -> String {
        let mut mac = self.0.clone();
        for part in parts {
            // The length makes different lists different bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        format!("payout/{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}
