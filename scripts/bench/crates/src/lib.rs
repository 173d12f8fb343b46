//! A key opened and a body signed by `pkcs8` and `rsa` as they come: what one would write without alikassa-edge.

use std::fmt::Display;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use getrandom::SysRng;
use pkcs8::DecodePrivateKey;
use rsa::PrivateKey;
use rsa::pkcs1v15::SigningKey;
use rsa::signature::{RandomizedSigner, SignatureEncoding};
use sha1::Sha1;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsError, JsValue};

/// An opened key, under the name that it has in the package's own modules.
#[wasm_bindgen]
pub struct Client(SigningKey<Sha1>);

#[wasm_bindgen]
impl Client {
    /// Opens the archive. What the package's own modules want before it is not looked at.
    #[wasm_bindgen(constructor)]
    pub fn new(_fetch: &JsValue, _account: &JsValue, private_key: &[u8], password: &str) -> Result<Client, JsError> {
        let pem = std::str::from_utf8(private_key).map_err(thrown)?;
        let key = PrivateKey::from_pkcs8_encrypted_pem(pem, password).map_err(thrown)?;
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
