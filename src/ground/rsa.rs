//! RSA (RFC 8017): from the numbers in a DER to a signature over a `DigestInfo`, and back.
//!
//! Two implementations stand behind the private key's type. In wasm with relaxed SIMD, keys of 2048, 3072 and 4096 bits go through the
//! lanes of [`fast`]; everything else, and whatever the check before release holds back, goes through the `rsa` crate.

mod consistency;
mod fast;
mod numbers;
mod public;
mod secret;

use getrandom::SysRng;
use rsa::pkcs1v15::Pkcs1v15Sign;
use zeroize::Zeroizing;

use self::numbers::Numbers;
pub(super) use self::public::{RSA_ENCRYPTION, Recovered, RsaPublicKey};

/// The smallest RSA key that is accepted, in bits.
pub(super) const MIN_BITS: u32 = 1024;

/// The largest RSA key that is accepted, in bits.
pub(super) const MAX_BITS: u32 = 8192;

/// A private key, ready to sign. Its numbers are wiped from memory on drop.
pub(super) struct RsaKey {
    /// `RSAPrivateKey`: what the `rsa` crate's key is made from when it is needed.
    der: Zeroizing<Vec<u8>>,
    bits: u32,
    arithmetic: Arithmetic,
}

enum Arithmetic {
    Lanes(Box<fast::FastKey>),
    Crate(Box<rsa::PrivateKey>),
}

/// Why there is no key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// The DER is no `RSAPrivateKey`, or no `RSAPublicKey`.
    NotAKey,
    /// The modulus has so many bits, under [`MIN_BITS`] or over [`MAX_BITS`].
    BadSize(u32),
    /// The numbers do not belong together, or not to an RSA key at all.
    Inconsistent,
}

/// Why there is no signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Withheld {
    /// The platform gave no randomness.
    NoRandomness,
    /// The result did not stand up to the check with the public key.
    Unverified,
}

impl RsaKey {
    /// From an `RSAPrivateKey` (RFC 8017 appendix A.1.2) whose numbers belong together.
    pub(super) fn from_der(der: &[u8]) -> Result<Self, Refused> {
        let numbers = Numbers::from_der(der)?;
        let bits = numbers.bits();
        if !(MIN_BITS..=MAX_BITS).contains(&bits) {
            return Err(Refused::BadSize(bits));
        }
        Ok(Self { arithmetic: Arithmetic::new(&numbers)?, bits, der: Zeroizing::new(der.to_vec()) })
    }

    /// The size of the modulus in bits.
    pub(super) fn bits(&self) -> u32 {
        self.bits
    }

    /// The public key as a `SubjectPublicKeyInfo` in DER.
    pub(super) fn public_der(&self) -> Vec<u8> {
        // A modulus of at most `MAX_BITS` fits into every length of ASN.1.
        let numbers = Numbers::from_der(&self.der).ok();
        numbers.and_then(|numbers| public::subject_public_key_info(&numbers)).unwrap_or_default()
    }

    /// RSASSA-PKCS1-v1_5 over a `DigestInfo` in DER: as long as the modulus, big-endian.
    pub(super) fn sign(&self, digest_info: &[u8]) -> Result<Vec<u8>, Withheld> {
        match &self.arithmetic {
            Arithmetic::Lanes(key) => {
                if fast::IS_COMPILED
                    && let Some(signature) = key.private_op(&encode(digest_info, self.bits), &mut SysRng)
                {
                    return Ok(signature);
                }
                // Held back, or no randomness: in either case the other implementation has the last word.
                sign_anew(&self.der, digest_info)
            }
            Arithmetic::Crate(key) => sign_with_crate(key, digest_info),
        }
    }
}

impl Arithmetic {
    fn new(numbers: &Numbers<'_>) -> Result<Self, Refused> {
        if fast::IS_VECTORIZED
            && let Some(lanes) = Self::lanes(numbers)
        {
            return Ok(lanes);
        }
        numbers.to_crate_key().map(|key| Self::Crate(Box::new(key)))
    }

    /// Where the lanes can work with the key, and the processor does what they need.
    fn lanes(numbers: &Numbers<'_>) -> Option<Self> {
        let is_fit = fast::fma_is_fused() && consistency::belong_together(numbers);
        let key = is_fit.then(|| fast::FastKey::new(&numbers.parts())).flatten()?;
        Some(Self::Lanes(Box::new(key)))
    }
}

/// With the crate's key from an `RSAPrivateKey`. Out of line, as what it calls.
#[inline(never)]
fn sign_anew(der: &[u8], digest_info: &[u8]) -> Result<Vec<u8>, Withheld> {
    let key = Numbers::from_der(der).and_then(|numbers| numbers.to_crate_key());
    sign_with_crate(&key.map_err(|_| Withheld::Unverified)?, digest_info)
}

/// Blinded, and checked with the public key before it is let out. Out of line: a fresh isolate hardly ever needs it compiled.
#[inline(never)]
fn sign_with_crate(key: &rsa::PrivateKey, digest_info: &[u8]) -> Result<Vec<u8>, Withheld> {
    // "Unprefixed": the prefix that names the digest is in the DigestInfo already.
    key.sign_with_rng(&mut SysRng, Pkcs1v15Sign::new_unprefixed(), digest_info).map_err(|error| match error {
        rsa::Error::Rng => Withheld::NoRandomness,
        _ => Withheld::Unverified,
    })
}

/// EMSA-PKCS1-v1_5 (RFC 8017 section 9.2): `00 01 FF … FF 00`, and the `DigestInfo`, as long as the modulus.
fn encode(digest_info: &[u8], bits: u32) -> Vec<u8> {
    let padding = vec![0xff; (bits.div_ceil(8) as usize).saturating_sub(digest_info.len() + 3)];
    [&[0, 1], &padding[..], &[0], digest_info].concat()
}

#[cfg(test)]
mod tests;
