//! Signatures for JavaScript. `benches/signatures.mjs` builds this module with and without relaxed SIMD.
#![cfg(target_arch = "wasm32")]

use relaxed_rsa::{Implementation, PrivateKey, digest_info};
use sha2::Sha256;
use wasm_bindgen::JsError;
use wasm_bindgen::prelude::wasm_bindgen;

/// Signs with SHA-256.
#[wasm_bindgen]
pub struct Signer(PrivateKey);

#[wasm_bindgen]
impl Signer {
    /// Reads an unencrypted PKCS#8 key in DER.
    #[wasm_bindgen(constructor)]
    pub fn new(der: &[u8]) -> Result<Signer, JsError> {
        Ok(Self(PrivateKey::from_pkcs8_der(der)?))
    }

    /// Whether relaxed SIMD is in use.
    #[wasm_bindgen(js_name = usesRelaxedSimd)]
    pub fn uses_relaxed_simd(&self) -> bool {
        self.0.implementation() == Implementation::RelaxedSimd
    }

    /// The signature, as long as the modulus.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>, JsError> {
        Ok(self.0.sign_pkcs1v15(&digest_info::<Sha256>(message))?)
    }
}
