//! The options of `new AliKassa({ … })`. `js/src/options.ts` has checked their types; their values are checked here.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use alikassa::{Account, Digest, PrivateKey, Settings, Signer};
use serde::Deserialize;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::failure::JsError;

/// The longest time limit: ten minutes.
const MAX_TIMEOUT_MS: u32 = 600_000;

const MAX_RETRIES: u32 = 10;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Options {
    account: String,
    private_key: Zeroizing<String>,
    password: Option<Zeroizing<String>>,
    digest: Option<String>,
    base_url: Option<String>,
    timeout_ms: Option<f64>,
    retries: Option<f64>,
}

impl Options {
    pub(super) fn read(options: JsValue) -> Result<Self, JsError> {
        // Without the deserializer's message, which quotes values.
        serde_wasm_bindgen::from_value(options).map_err(|_| JsError::invalid_request(&"the options can't be read"))
    }

    pub(super) fn account(&self) -> Result<Account, JsError> {
        parse(&self.account)
    }

    pub(super) fn settings(&self) -> Result<Settings, JsError> {
        let mut settings = Settings::default();
        if let Some(base_url) = &self.base_url {
            settings.base_url = parse(base_url)?;
        }
        if let Some(timeout_ms) = self.timeout_ms {
            settings.timeout = Duration::from_millis(whole_number("timeoutMs", timeout_ms, 1, MAX_TIMEOUT_MS)?.into());
        }
        if let Some(retries) = self.retries {
            settings.retries = whole_number("retries", retries, 0, MAX_RETRIES)?;
        }
        Ok(settings)
    }

    pub(super) fn signer(&self) -> Result<Signer, JsError> {
        let digest = self.digest.as_deref().map_or(Ok(Digest::default()), parse)?;
        let password = self.password.as_ref().map(|password| password.as_bytes());
        let key = PrivateKey::from_pem(self.private_key.as_bytes(), password)?;
        Ok(Signer::new(key, digest))
    }
}

fn parse<T: FromStr<Err: Display>>(text: &str) -> Result<T, JsError> {
    text.parse().map_err(|error| JsError::invalid_request(&error))
}

fn whole_number(name: &str, number: f64, min: u32, max: u32) -> Result<u32, JsError> {
    if number.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&number) {
        return Ok(number as u32);
    }
    Err(JsError::invalid_request(&format_args!("{name} must be a whole number from {min} to {max}")))
}
