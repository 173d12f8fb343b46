//! The options of `new AliKassa({ … })`.
//!
//! Read by hand: a general deserializer would quote a value of the wrong type in its error, and that may be a password.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use js_sys::Reflect;
use wasm_bindgen::JsValue;
use zeroize::Zeroizing;

use super::failure::Failed;
use crate::gateway::endpoint::{Account, Settings};
use crate::ground::key::PrivateKey;
use crate::ground::signature::{Digest, Signer};

/// The longest total time: ten minutes.
const MAX_TIMEOUT_MS: u32 = 600_000;

/// The most retries.
const MAX_RETRIES: u32 = 10;

pub(super) fn read(options: &JsValue) -> Result<(Account, Signer, Settings), Failed> {
    // What can be checked in no time is checked before the key is opened.
    let account = parsed::<Account>(options, "account")?.ok_or_else(|| missing("account"))?;
    let digest = parsed::<Digest>(options, "digest")?.unwrap_or_default();
    let defaults = Settings::default();
    let base_url = parsed(options, "baseUrl")?.unwrap_or(defaults.base_url);
    let timeout = whole(options, "timeoutMs", 1, MAX_TIMEOUT_MS)?;
    let timeout = timeout.map_or(defaults.timeout, |milliseconds| Duration::from_millis(milliseconds.into()));
    let retries = whole(options, "retries", 0, MAX_RETRIES)?.unwrap_or(defaults.retries);
    let pem = text(options, "privateKey")?.ok_or_else(|| missing("privateKey"))?;
    let password = text(options, "password")?;
    let password = password.as_ref().map(|password| password.as_bytes());
    let key = PrivateKey::from_pem(pem.as_bytes(), password).map_err(|error| Failed::key(&error))?;
    Ok((account, Signer::new(key, digest), Settings { base_url, timeout, retries }))
}

/// A getter that throws is no option that was left out.
fn get(options: &JsValue, name: &str) -> Result<JsValue, Failed> {
    Reflect::get(options, &name.into()).map_err(|_| Failed::invalid_request(&format_args!("{name} can't be read")))
}

/// A string, or nothing where the option is undefined or null.
fn text(options: &JsValue, name: &str) -> Result<Option<Zeroizing<String>>, Failed> {
    let value = get(options, name)?;
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    match value.as_string() {
        Some(text) => Ok(Some(Zeroizing::new(text))),
        None => Err(Failed::invalid_request(&format_args!("{name} must be a string"))),
    }
}

fn parsed<T: FromStr<Err: Display>>(options: &JsValue, name: &str) -> Result<Option<T>, Failed> {
    let value = text(options, name)?;
    value.map(|value| value.trim().parse().map_err(|error| Failed::invalid_request(&error))).transpose()
}

fn whole(options: &JsValue, name: &str, min: u32, max: u32) -> Result<Option<u32>, Failed> {
    let value = get(options, name)?;
    if value.is_undefined() || value.is_null() {
        return Ok(None);
    }
    let number = value.as_f64().filter(|number| number.fract() == 0.0);
    match number {
        Some(number) if (f64::from(min)..=f64::from(max)).contains(&number) => Ok(Some(number as u32)),
        _ => Err(Failed::invalid_request(&format_args!("{name} must be a whole number from {min} to {max}"))),
    }
}

fn missing(name: &str) -> Failed {
    Failed::invalid_request(&format_args!("{name} is missing"))
}
