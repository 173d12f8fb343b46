//! `RSA PRIVATE KEY` with `DEK-Info`: OpenSSL's traditional encryption of a PEM, older than PKCS#8.
//!
//! The headers are those of RFC 1421 section 4.6.1. The key is derived as in OpenSSL's `PEM_do_header`: `EVP_BytesToKey` with MD5, one
//! iteration, and the first 8 bytes of the initialisation vector as salt.

use md5::{Digest, Md5};
use zeroize::{Zeroize, Zeroizing};

use super::cipher::{Cipher, KeyAndIv, MAX_IV_LEN, MAX_KEY_LEN};

/// The `DEK-Info` of a block: the cipher and its initialisation vector.
#[derive(Debug)]
pub(super) struct DekInfo {
    pub(super) cipher: Cipher,
    /// The vector, padded with zeros.
    pub(super) iv: [u8; MAX_IV_LEN],
}

impl DekInfo {
    /// The DER of the `RSAPrivateKey`, or `None` if the password is wrong.
    pub(super) fn decrypt(&self, password: &[u8], data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let key = bytes_to_key(password, self.iv.get(..8)?);
        KeyAndIv { key, iv: Zeroizing::new(self.iv) }.decrypt(self.cipher, data)
    }
}

/// `EVP_BytesToKey(md5, salt, password, 1)`: D₁ = MD5(password ‖ salt), D₂ = MD5(D₁ ‖ password ‖ salt); D₁ ‖ D₂.
fn bytes_to_key(password: &[u8], salt: &[u8]) -> Zeroizing<[u8; MAX_KEY_LEN]> {
    let mut key = Zeroizing::new([0; MAX_KEY_LEN]);
    let mut digest = [0; 16];
    for (round, part) in key.chunks_exact_mut(16).enumerate() {
        let mut md5 = Md5::new();
        if round > 0 {
            md5.update(digest);
        }
        md5.update(password);
        md5.update(salt);
        digest = md5.finalize().into();
        part.copy_from_slice(&digest);
    }
    digest.zeroize();
    key
}
