//! RSASSA-PKCS1-v1_5 signatures (RFC 8017 section 8.2): the value of AliKassa's `Sign` header.

mod cache;
mod signer;

pub use self::signer::Signer;
pub use relaxed_rsa::SigningError;
