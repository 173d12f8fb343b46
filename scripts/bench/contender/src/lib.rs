//! A key opened and a body signed by `pkcs8` and `rsa` as they come: what one would write without this project.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use pkcs8::DecodePrivateKey;
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use sha1::Sha1;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// An opened key.
#[wasm_bindgen]
pub struct Signer(SigningKey<Sha1>);

#[wasm_bindgen]
impl Signer {
    /// Opens an encrypted PKCS#8 key.
    #[wasm_bindgen(constructor)]
    pub fn new(private_key: &str, password: &str) -> Result<Signer, JsError> {
        let key = PrivateKey::from_pkcs8_encrypted_pem(private_key, password).map_err(thrown)?;
        Ok(Self(SigningKey::new(key)))
    }

    /// The base64 of a signature with SHA-1, blinded, as the crate advises.
    pub fn sign(&self, body: &[u8]) -> Result<String, JsError> {
        let signature = self.0.try_sign_with_rng(&mut SysRng, body).map_err(thrown)?;
        Ok(STANDARD.encode(signature.to_bytes()))
    }
}

fn thrown(error: impl Display) -> JsError {
    JsError::new(&error.to_string())
}
