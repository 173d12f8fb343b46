//! The fingerprint of a public key.

use sha2::{Digest, Sha256};

/// The SHA-256 of a `SubjectPublicKeyInfo`, in lower-case hex.
pub(super) fn fingerprint(public_der: &[u8]) -> String {
    Sha256::digest(public_der).iter().map(|byte| format!("{byte:02x}")).collect()
}
