//! `DigestInfo` and EMSA-PKCS1-v1_5 (RFC 8017 section 9.2).

use digest::Digest;
use digest::const_oid::AssociatedOid;
use rsa::pkcs1v15::Pkcs1v15Sign;

/// Hashes a message and returns the `DigestInfo` (RFC 8017 section 9.2, note 1) in DER: the name of the hash and its
/// value.
///
/// `D` is a hash of RustCrypto's crates with their feature `oid`, for instance `sha2::Sha256`.
///
/// ```
/// use relaxed_rsa::digest_info;
/// use sha2::Sha256;
///
/// let digest_info = digest_info::<Sha256>(b"abc");
/// assert_eq!(digest_info[..4], [0x30, 0x31, 0x30, 0x0d]);
/// assert_eq!(digest_info.len(), 19 + 32);
/// ```
#[must_use]
pub fn digest_info<D: Digest + AssociatedOid>(message: &[u8]) -> Vec<u8> {
    [&Pkcs1v15Sign::new::<D>().prefix[..], &D::digest(message)].concat()
}

/// `00 01 FF … FF 00` and the `DigestInfo`, as long as a modulus of `bits` bits; `None` if fewer than eight bytes FF
/// fit.
pub(crate) fn encode(digest_info: &[u8], bits: u32) -> Option<Vec<u8>> {
    let padding = (bits.div_ceil(8) as usize).checked_sub(digest_info.len() + 3).filter(|length| *length >= 8)?;
    Some([&[0, 1], &vec![0xff; padding][..], &[0], digest_info].concat())
}
