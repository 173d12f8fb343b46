//! The ciphers under a password-protected private key, all in CBC mode.
//!
//! PBES2 identifies them by object identifier (RFC 8018 appendix B.2), the traditional form by OpenSSL's names.

use cbc::Decryptor;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::{BlockCipherDecrypt, BlockModeDecrypt, KeyInit, KeyIvInit};
use pkcs8::ObjectIdentifier;
use zeroize::Zeroizing;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Cipher {
    Des,
    DesEde3,
    Aes128,
    Aes192,
    Aes256,
}

/// The longest key of a [`Cipher`] in bytes.
pub(super) const MAX_KEY_LEN: usize = 32;

/// The longest initialisation vector of a [`Cipher`] in bytes.
pub(super) const MAX_IV_LEN: usize = 16;

const NAMES: [(Cipher, &str, ObjectIdentifier); 5] = [
    (Cipher::Des, "DES-CBC", ObjectIdentifier::new_unwrap("1.3.14.3.2.7")),
    (Cipher::DesEde3, "DES-EDE3-CBC", ObjectIdentifier::new_unwrap("1.2.840.113549.3.7")),
    (Cipher::Aes128, "AES-128-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.2")),
    (Cipher::Aes192, "AES-192-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.22")),
    (Cipher::Aes256, "AES-256-CBC", ObjectIdentifier::new_unwrap("2.16.840.1.101.3.4.1.42")),
];

impl Cipher {
    pub(super) fn from_oid(oid: ObjectIdentifier) -> Option<Self> {
        NAMES.iter().find(|(_, _, known)| oid == *known).map(|(cipher, ..)| *cipher)
    }

    /// By the name that OpenSSL writes into `DEK-Info`.
    pub(super) fn from_name(name: &[u8]) -> Option<Self> {
        NAMES.iter().find(|(_, known, _)| known.as_bytes() == name).map(|(cipher, ..)| *cipher)
    }

    pub(super) fn key_len(self) -> usize {
        match self {
            Self::Des => 8,
            Self::Aes128 => 16,
            Self::DesEde3 | Self::Aes192 => 24,
            Self::Aes256 => 32,
        }
    }

    pub(super) fn iv_len(self) -> usize {
        match self {
            Self::Des | Self::DesEde3 => 8,
            Self::Aes128 | Self::Aes192 | Self::Aes256 => 16,
        }
    }

    /// Decrypts in place and removes the PKCS#7 padding.
    ///
    /// `None` if the key, the vector or the data have a wrong length, or the padding is invalid, as it nearly always is with a wrong
    /// password.
    fn decrypt<'a>(self, key: &[u8], iv: &[u8], data: &'a mut [u8]) -> Option<&'a [u8]> {
        match self {
            Self::Des => decrypt::<des::Des>(key, iv, data),
            Self::DesEde3 => decrypt::<des::TdesEde3>(key, iv, data),
            Self::Aes128 => decrypt::<aes::Aes128Dec>(key, iv, data),
            Self::Aes192 => decrypt::<aes::Aes192Dec>(key, iv, data),
            Self::Aes256 => decrypt::<aes::Aes256Dec>(key, iv, data),
        }
    }
}

/// A cipher's key and initialisation vector, derived from a password; each at the start of its array.
#[derive(Default)]
pub(super) struct KeyAndIv {
    pub(super) key: Zeroizing<[u8; MAX_KEY_LEN]>,
    pub(super) iv: Zeroizing<[u8; MAX_IV_LEN]>,
}

impl KeyAndIv {
    /// The plain text, or `None` if the password was wrong.
    pub(super) fn decrypt(&self, cipher: Cipher, data: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        let mut data = Zeroizing::new(data.to_vec());
        let (key, iv) = (self.key.get(..cipher.key_len())?, self.iv.get(..cipher.iv_len())?);
        let len = cipher.decrypt(key, iv, &mut data)?.len();
        data.truncate(len);
        Some(data)
    }
}

/// Out of line, so that an engine compiles only the cipher that is needed.
#[inline(never)]
fn decrypt<'a, C: BlockCipherDecrypt + KeyInit>(key: &[u8], iv: &[u8], data: &'a mut [u8]) -> Option<&'a [u8]> {
    Decryptor::<C>::new_from_slices(key, iv).ok()?.decrypt_padded::<Pkcs7>(data).ok()
}
