//! The schemes before PBES2, in which one object identifier names key derivation and cipher.
//!
//! `openssl pkcs8 -topk8 -v1 PBE-SHA1-3DES` writes that of PKCS#12 (RFC 7292 appendices B and C); OpenSSL before 1.1 wrote PBES1 by
//! default (RFC 8018 section 6.1).

use md5::{Digest, Md5};
use pkcs8::ObjectIdentifier;
use pkcs8::der::asn1::{AnyRef, OctetStringRef, UintRef};
use pkcs8::der::{self, Reader};
use pkcs8::spki::AlgorithmIdentifierRef;
use sha1::Sha1;
use zeroize::{Zeroize, Zeroizing};

use super::cipher::{Cipher, KeyAndIv};
use super::derivation::check_iterations;
use super::error::KeyError;

/// `pbeWithMD5AndDES-CBC`, `pbeWithSHA1AndDES-CBC` and `pbeWithSHAAnd3-KeyTripleDES-CBC`.
const SCHEMES: [(Scheme, ObjectIdentifier); 3] = [
    (Scheme::Pbkdf1Md5, ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.3")),
    (Scheme::Pbkdf1Sha1, ObjectIdentifier::new_unwrap("1.2.840.113549.1.5.10")),
    (Scheme::Pkcs12Sha1, ObjectIdentifier::new_unwrap("1.2.840.113549.1.12.1.3")),
];

/// A scheme with its parameters, within the limits.
pub(super) struct Pbes1<'a> {
    scheme: Scheme,
    salt: &'a [u8],
    iterations: u32,
}

#[derive(Clone, Copy)]
enum Scheme {
    Pbkdf1Md5,
    Pbkdf1Sha1,
    Pkcs12Sha1,
}

impl<'a> Pbes1<'a> {
    /// Out of line like `derive`, so that an engine compiles them only if they are needed.
    #[inline(never)]
    pub(super) fn from_algorithm(algorithm: &AlgorithmIdentifierRef<'a>) -> Result<Self, KeyError> {
        let scheme = SCHEMES.iter().find(|(_, known)| algorithm.oid == *known).map(|(scheme, _)| *scheme);
        let scheme = scheme.ok_or_else(|| KeyError::unsupported(&algorithm.oid))?;
        let (salt, iterations) = algorithm
            .parameters
            .and_then(|parameters| read(parameters).ok())
            .ok_or_else(|| KeyError::malformed("the parameters of its encryption are malformed"))?;
        Ok(Self { scheme, salt, iterations: check_iterations(iterations)? })
    }

    pub(super) fn cipher(&self) -> Cipher {
        match self.scheme {
            Scheme::Pbkdf1Md5 | Scheme::Pbkdf1Sha1 => Cipher::Des,
            Scheme::Pkcs12Sha1 => Cipher::DesEde3,
        }
    }

    #[inline(never)]
    pub(super) fn derive(&self, password: &[u8]) -> KeyAndIv {
        match self.scheme {
            Scheme::Pbkdf1Md5 => self.pbkdf1::<Md5>(password),
            Scheme::Pbkdf1Sha1 => self.pbkdf1::<Sha1>(password),
            Scheme::Pkcs12Sha1 => {
                let password = bmp_string(password);
                let mut derived = KeyAndIv::default();
                self.pkcs12(1, &password, derived.key.as_mut_slice(), self.cipher().key_len());
                self.pkcs12(2, &password, derived.iv.as_mut_slice(), self.cipher().iv_len());
                derived
            }
        }
    }

    /// RFC 8018 section 5.1: an iterated hash of password and salt; 8 bytes of key, then 8 of initialisation vector.
    fn pbkdf1<D: Digest>(&self, password: &[u8]) -> KeyAndIv {
        let mut hash = D::new().chain_update(password).chain_update(self.salt).finalize();
        for _ in 1..self.iterations {
            hash = D::digest(&hash);
        }
        let mut derived = KeyAndIv::default();
        for (to, from) in derived.key.iter_mut().zip(hash.iter().take(8)) {
            *to = *from;
        }
        for (to, from) in derived.iv.iter_mut().zip(hash.iter().skip(8).take(8)) {
            *to = *from;
        }
        hash.as_mut_slice().zeroize();
        derived
    }

    /// RFC 7292 appendix B.2 with SHA-1, which has blocks of 64 bytes (v in the RFC) and an output of 20 (u).
    fn pkcs12(&self, purpose: u8, password: &[u8], out: &mut [u8], len: usize) {
        const BLOCK: usize = 64;
        let filled = |bytes: &[u8]| bytes.len().next_multiple_of(BLOCK);
        // I = S ‖ P: salt and password, each repeated to whole blocks.
        let salt = self.salt.iter().cycle().take(filled(self.salt));
        let password = password.iter().cycle().take(filled(password));
        let mut input: Zeroizing<Vec<u8>> = Zeroizing::new(salt.chain(password).copied().collect());
        for part in out.get_mut(..len).unwrap_or_default().chunks_mut(20) {
            let mut hash = Sha1::new().chain_update([purpose; BLOCK]).chain_update(&input).finalize();
            for _ in 1..self.iterations {
                hash = Sha1::digest(hash);
            }
            for (to, from) in part.iter_mut().zip(&hash) {
                *to = *from;
            }
            // Each block of I becomes I + B + 1 modulo 2^512, where B is the output repeated to a block.
            for block in input.chunks_exact_mut(BLOCK) {
                let mut carry = 1;
                for (at, byte) in block.iter_mut().enumerate().rev() {
                    let add = hash.get(at % hash.len()).copied().unwrap_or_default();
                    carry += u16::from(*byte) + u16::from(add);
                    *byte = carry.to_le_bytes()[0];
                    carry >>= 8;
                }
            }
            hash.as_mut_slice().zeroize();
        }
    }
}

/// The salt and the number of iterations.
fn read<'a>(parameters: AnyRef<'a>) -> der::Result<(&'a [u8], UintRef<'a>)> {
    parameters.sequence(|fields| {
        let salt: &OctetStringRef = fields.decode()?;
        Ok((salt.as_bytes(), fields.decode()?))
    })
}

/// A password as PKCS#12's BMPString: UTF-16 big-endian with a terminating zero. If it is not UTF-8, each byte is a character, as in
/// OpenSSL.
fn bmp_string(password: &[u8]) -> Zeroizing<Vec<u8>> {
    let mut text = Zeroizing::new(Vec::with_capacity(password.len() * 2 + 2));
    match std::str::from_utf8(password) {
        Ok(password) => text.extend(password.encode_utf16().flat_map(u16::to_be_bytes)),
        Err(_) => text.extend(password.iter().flat_map(|byte| [0, *byte])),
    }
    text.extend([0, 0]);
    text
}
