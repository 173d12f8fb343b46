//! Signs the bodies of requests.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use relaxed_rsa::SigningError;

use super::cache::SignatureCache;
use crate::digest::Digest;
use crate::key::PrivateKey;

/// Signs the bodies of requests with one key and one digest.
///
/// Clones are cheap: they share the key and the cached signatures.
///
/// ```
/// use alikassa::{Digest, PrivateKey, Signer};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let key = PrivateKey::from_pem(pem, Some(b"Secret-2048"))?;
/// let signer = Signer::new(key, Digest::Sha1);
/// let sign = signer.sign(br#"{"id":"100000536"}"#)?;
/// assert_eq!(sign.len(), 344); // 256 bytes in base64
/// assert_eq!((signer.key().bits(), signer.digest()), (2048, Digest::Sha1));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Signer(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    key: PrivateKey,
    digest: Digest,
    cache: SignatureCache,
}

impl Signer {
    /// A signer for this key and digest.
    #[must_use]
    pub fn new(key: PrivateKey, digest: Digest) -> Self {
        Self(Arc::new(Inner { key, digest, cache: SignatureCache::default() }))
    }

    /// The signature over exactly these bytes, as the `Sign` header carries it: base64 in the standard alphabet, padded, without line
    /// breaks. It equals PHP's `base64_encode` of what `openssl_sign` makes; the same bytes always have the same signature.
    ///
    /// The private-key operation is blinded with the platform's randomness, and its result is verified with the public key before it is
    /// returned. The last 64 bodies of up to 2 KiB are cached with their signatures, so that a repeated query costs no RSA operation.
    ///
    /// # Errors
    /// [`SigningError`] if the platform gives no randomness or the result does not verify.
    pub fn sign(&self, body: &[u8]) -> Result<String, SigningError> {
        let Inner { key, digest, cache } = &*self.0;
        if let Some(sign) = cache.get(body) {
            return Ok(sign);
        }
        let signature = key.rsa().sign_pkcs1v15(&digest.digest_info(body))?;
        let sign = STANDARD.encode(signature);
        cache.insert(body, &sign);
        Ok(sign)
    }

    /// The key that signs.
    #[must_use]
    pub fn key(&self) -> &PrivateKey {
        &self.0.key
    }

    /// The digest under the signature.
    #[must_use]
    pub fn digest(&self) -> Digest {
        self.0.digest
    }
}
