//! A private key: from its DER to a signature.

use getrandom::SysRng;
use zeroize::Zeroizing;

use crate::components::Components;
use crate::consistency::validate_components;
use crate::error::{KeyError, SigningError};
use crate::pkcs1v15::encode;
use crate::pkcs8;
use crate::rsa_crate;
use crate::simd::{self, SimdKey};

/// An RSA private key, ready to sign. Its components are wiped from memory on drop and never printed.
///
/// ```
/// use relaxed_rsa::{PrivateKey, PublicKey, digest_info};
/// use sha2::Sha256;
///
/// // openssl genrsa 2048 | openssl rsa -outform DER -traditional -out key.der
/// # let der = include_bytes!("../tests/vectors/2048.der");
/// let key = PrivateKey::from_pkcs1_der(der)?;
/// let digest_info = digest_info::<Sha256>(b"a message");
/// let signature = key.sign_pkcs1v15(&digest_info)?;
///
/// assert_eq!(signature.len(), 256);
/// assert_eq!(format!("{key:?}"), "PrivateKey { bits: 2048, .. }");
/// let public_key = PublicKey::from_public_key_der(&key.public_key_der())?;
/// assert!(public_key.verify_pkcs1v15(&digest_info, &signature));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct PrivateKey {
    /// `RSAPrivateKey`: the `rsa` crate's key is made from it where it is needed.
    der: Zeroizing<Vec<u8>>,
    bits: u32,
    backend: Backend,
}

enum Backend {
    RelaxedSimd(Box<SimdKey>),
    RsaCrate(Box<rsa::PrivateKey>),
}

/// Which code does the private-key operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Implementation {
    /// Fused multiply-adds on wasm's relaxed SIMD.
    RelaxedSimd,
    /// The `rsa` crate.
    RsaCrate,
}

impl PrivateKey {
    /// Reads an `RSAPrivateKey` (RFC 8017 appendix A.1.2) in DER: PEM label `RSA PRIVATE KEY`.
    ///
    /// # Errors
    /// [`KeyError`] if the DER is something else, the modulus has an unsupported size, or the components contradict
    /// each other. Keys with more than five primes, or with a component longer than the modulus, are refused too.
    pub fn from_pkcs1_der(der: &[u8]) -> Result<Self, KeyError> {
        let components = Components::from_pkcs1_der(der)?;
        Ok(Self { backend: Backend::new(&components)?, bits: components.bits(), der: Zeroizing::new(der.to_vec()) })
    }

    /// Reads an unencrypted `PrivateKeyInfo` (PKCS#8, RFC 5958 section 2) in DER: PEM label `PRIVATE KEY`.
    ///
    /// # Errors
    /// As [`PrivateKey::from_pkcs1_der`]; [`KeyError::Malformed`] if the key's algorithm is not `rsaEncryption`.
    pub fn from_pkcs8_der(der: &[u8]) -> Result<Self, KeyError> {
        Self::from_pkcs1_der(pkcs8::unwrap_private_key(der)?)
    }

    /// The size of the modulus in bits.
    #[must_use]
    pub fn bits(&self) -> u32 {
        self.bits
    }

    /// Which code signs with this key in this build and on this processor.
    #[must_use]
    pub fn implementation(&self) -> Implementation {
        match self.backend {
            Backend::RelaxedSimd(_) => Implementation::RelaxedSimd,
            Backend::RsaCrate(_) => Implementation::RsaCrate,
        }
    }

    /// The public key as a `SubjectPublicKeyInfo` (RFC 5280 section 4.1) in DER: PEM label `PUBLIC KEY`.
    #[must_use]
    pub fn public_key_der(&self) -> Vec<u8> {
        // Neither step can fail: the DER was read before, and a modulus of at most `MAX_BITS` fits into ASN.1.
        let components = Components::from_pkcs1_der(&self.der).ok();
        components.and_then(|components| pkcs8::public_key_of(&components)).unwrap_or_default()
    }

    /// Signs a `DigestInfo` in DER with RSASSA-PKCS1-v1_5 (RFC 8017 section 8.2.1). Returns the signature, big-endian
    /// and as long as the modulus.
    ///
    /// [`digest_info`](crate::digest_info) makes a `DigestInfo` from a message. It may also come from elsewhere: any
    /// bytes that leave room for the padding are signed.
    ///
    /// The operation is blinded with random numbers of the platform. Its result is checked with the public key before
    /// it is released. If the result of the SIMD code fails the check, the `rsa` crate signs instead.
    ///
    /// # Errors
    /// [`SigningError`] if the `DigestInfo` is too long, the platform gives no random numbers, or the signature does
    /// not verify.
    pub fn sign_pkcs1v15(&self, digest_info: &[u8]) -> Result<Vec<u8>, SigningError> {
        let encoded = encode(digest_info, self.bits).ok_or(SigningError::TooLong)?;
        match &self.backend {
            Backend::RelaxedSimd(key) => {
                if simd::IS_COMPILED
                    && let Some(signature) = key.private_op(&encoded, &mut SysRng)
                {
                    return Ok(signature);
                }
                sign_again(&self.der, digest_info)
            }
            Backend::RsaCrate(key) => rsa_crate::sign(key, digest_info),
        }
    }
}

impl core::fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.debug_struct("PrivateKey").field("bits", &self.bits).finish_non_exhaustive()
    }
}

impl Backend {
    fn new(components: &Components<'_>) -> Result<Self, KeyError> {
        if simd::IS_VECTORIZED
            && let Some(backend) = Self::relaxed_simd(components)
        {
            return Ok(backend);
        }
        rsa_crate::private_key(components).map(|key| Self::RsaCrate(Box::new(key)))
    }

    /// `None` if the processor does not fuse multiply-adds, or the SIMD code does not cover the key.
    fn relaxed_simd(components: &Components<'_>) -> Option<Self> {
        let is_usable = simd::fma_is_fused() && validate_components(components);
        let key = is_usable.then(|| SimdKey::new(components)).flatten()?;
        Some(Self::RelaxedSimd(Box::new(key)))
    }
}

/// Signs with the `rsa` crate what the SIMD code did not. Out of line, so that an engine does not compile it with the
/// common path.
#[inline(never)]
fn sign_again(der: &[u8], digest_info: &[u8]) -> Result<Vec<u8>, SigningError> {
    let key = Components::from_pkcs1_der(der).and_then(|components| rsa_crate::private_key(&components));
    rsa_crate::sign(&key.map_err(|_| SigningError::Unverified)?, digest_info)
}

#[cfg(test)]
mod tests;
