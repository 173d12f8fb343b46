#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

mod components;
mod consistency;
mod error;
mod pkcs1v15;
mod pkcs8;
mod private_key;
mod public_key;
mod rsa_crate;
mod simd;
#[cfg(test)]
mod vectors;
mod zeroed;

pub use error::{KeyError, MAX_BITS, MIN_BITS, SigningError};
pub use pkcs1v15::digest_info;
pub use private_key::{Implementation, PrivateKey};
pub use public_key::{PublicKey, Recovered};
