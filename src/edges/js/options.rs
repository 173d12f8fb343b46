//! The options of `new AliKassa({ … })`: js/src/options.ts has seen to their types, here they are judged.

use std::fmt::Display;
use std::str::FromStr;
use std::time::Duration;

use super::failure::Failed;
use crate::gateway::endpoint::Settings;

/// The longest total time: ten minutes.
const MAX_TIMEOUT_MS: u32 = 600_000;

/// The most retries.
const MAX_RETRIES: u32 = 10;

/// An option that is a text.
pub(super) fn parsed<T: FromStr<Err: Display>>(text: &str) -> Result<T, Failed> {
    text.parse().map_err(|error| Failed::invalid_request(&error))
}

/// Each as it is given, or as it is by default.
pub(super) fn settings(
    base_url: Option<String>,
    timeout_ms: Option<f64>,
    retries: Option<f64>,
) -> Result<Settings, Failed> {
    if base_url.is_none() && timeout_ms.is_none() && retries.is_none() {
        return Ok(Settings::default());
    }
    given_settings(base_url, timeout_ms, retries)
}

/// Out of line: most programs give none.
#[inline(never)]
fn given_settings(base_url: Option<String>, timeout_ms: Option<f64>, retries: Option<f64>) -> Result<Settings, Failed> {
    let mut settings = Settings::default();
    if let Some(base_url) = base_url {
        settings.base_url = parsed(&base_url)?;
    }
    if let Some(timeout_ms) = timeout_ms {
        settings.timeout = Duration::from_millis(whole("timeoutMs", timeout_ms, 1, MAX_TIMEOUT_MS)?.into());
    }
    if let Some(retries) = retries {
        settings.retries = whole("retries", retries, 0, MAX_RETRIES)?;
    }
    Ok(settings)
}

fn whole(name: &str, number: f64, min: u32, max: u32) -> Result<u32, Failed> {
    if number.fract() == 0.0 && (f64::from(min)..=f64::from(max)).contains(&number) {
        return Ok(number as u32);
    }
    Err(Failed::invalid_request(&format_args!("{name} must be a whole number from {min} to {max}")))
}
