//! `RSA PRIVATE KEY` with `DEK-Info`: OpenSSL's own encryption of a PEM, from before PKCS#8.
//!
//! The headers are RFC 1421's (section 4.6.1), the rest is OpenSSL's custom: the key comes from `EVP_BytesToKey` with
//! MD5, one round, and the first eight bytes of the initialisation vector as salt (`PEM_do_header`).

use md5::{Digest, Md5};
use zeroize::{Zeroize, Zeroizing};

use super::cipher::{Cipher, KeyAndIv, MAX_IV_LEN, MAX_KEY_LEN};

/// The `DEK-Info` of a block: which cipher, with which initialisation vector.
#[derive(Debug)]
pub(super) struct DekInfo {
    pub(super) cipher: Cipher,
    /// As long as the cipher's vector; the rest is zero.
    pub(super) iv: [u8; MAX_IV_LEN],
}

impl DekInfo {
    /// The DER of the `RSAPrivateKey` inside, or `None` where the password does not fit.
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
