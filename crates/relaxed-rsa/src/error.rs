//! Errors, and the limits that they name.

use thiserror::Error;

/// The smallest modulus that is accepted, in bits.
pub const MIN_BITS: u32 = 1024;

/// The largest modulus that is accepted, in bits.
pub const MAX_BITS: u32 = 8192;

/// Why a key was refused.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum KeyError {
    /// The DER is not a key in the expected form, or not an RSA key.
    #[error("the DER is not an RSA key in the expected form")]
    Malformed,
    /// The modulus is shorter than [`MIN_BITS`] or longer than [`MAX_BITS`].
    #[error("an RSA key of {bits} bits is not accepted: it must have {MIN_BITS} to {MAX_BITS} bits")]
    Size {
        /// The size of the modulus in bits.
        bits: u32,
    },
    /// The components contradict each other, or no RSA key has them.
    #[error("the components of the RSA key contradict each other")]
    Inconsistent,
}

/// Why there is no signature.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SigningError {
    /// The `DigestInfo` leaves no room for the padding: it must be at least 11 bytes shorter than the modulus.
    #[error("the DigestInfo is too long for the key's modulus")]
    TooLong,
    /// The platform's random number generator failed. Blinding needs it.
    #[error("the platform's random number generator failed")]
    Randomness,
    /// The signature did not verify with the public key and was not released.
    #[error("the signature did not verify with the public key and was not released")]
    Unverified,
}
