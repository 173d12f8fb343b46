//! The Worker's secrets and variables, read once for each isolate.

use std::cell::OnceCell;
use std::fmt::Display;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsValue;
use worker::Env;
use zeroize::Zeroizing;

use super::authorization::Tokens;
use super::binding::{self, PAYOUTS, RATE_LIMITER};
use super::cache::secret::CacheSecret;
use super::problem::Problem;
use crate::gateway::endpoint::{Account, Settings};
use crate::ground::key::PrivateKey;
use crate::ground::signature::{Digest, Signer};

/// The longest total time that can be set: ten minutes.
const MAX_TIMEOUT_MS: u64 = 600_000;

/// Everything that a request needs and that does not change from one to the next.
pub(super) struct Configuration {
    pub(super) signer: Signer,
    /// At least one; the first is the default.
    pub(super) accounts: Vec<Account>,
    pub(super) settings: Settings,
    pub(super) cache_secret: CacheSecret,
}

thread_local! {
    // Opening a key costs milliseconds, so that it lives as long as the isolate. So does what is wrong with it: secrets
    // can't change under a running isolate.
    static TOKENS: OnceCell<Result<Rc<Tokens>, Problem>> = const { OnceCell::new() };
    static CONFIGURATION: OnceCell<Result<Rc<Configuration>, Problem>> = const { OnceCell::new() };
}

/// The tokens that may ask. Without any the Worker is closed.
pub(super) fn tokens(env: &Env) -> Result<Rc<Tokens>, Problem> {
    TOKENS.with(|cell| cell.get_or_init(|| read_tokens(env).map(Rc::new)).clone())
}

/// Key, accounts and settings, or what is wrong with them.
pub(super) fn configuration(env: &Env) -> Result<Rc<Configuration>, Problem> {
    CONFIGURATION.with(|cell| cell.get_or_init(|| Configuration::read(env).map(Rc::new)).clone())
}

fn read_tokens(env: &Env) -> Result<Tokens, Problem> {
    let list = text(env, "API_TOKENS")?.unwrap_or_default();
    Tokens::from_list(&list).ok_or_else(|| {
        Problem::not_configured("API_TOKENS", "is missing: set the bearer tokens that may ask, separated by commas")
    })
}

impl Configuration {
    fn read(env: &Env) -> Result<Self, Problem> {
        // What can be checked in no time is checked before the key is opened.
        let accounts = read_accounts(env)?;
        let digest = setting::<Digest>(env, "ALIKASSA_DIGEST")?.unwrap_or_default();
        let defaults = Settings::default();
        let base_url = setting(env, "ALIKASSA_BASE_URL")?.unwrap_or(defaults.base_url);
        let timeout = read_timeout(env)?.unwrap_or(defaults.timeout);
        binding::check(env, PAYOUTS, &["get", "put", "delete"], "must be a KV namespace")?;
        binding::check(env, RATE_LIMITER, &["limit"], "must be a rate limiter")?;
        let pem = text(env, "ALIKASSA_PRIVATE_KEY")?.ok_or_else(|| {
            Problem::not_configured("ALIKASSA_PRIVATE_KEY", "is missing: set it to the text of private.pem")
        })?;
        // An empty password is one: OpenSSL encrypts under it too.
        let password = value(env, "ALIKASSA_KEY_PASSWORD")?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let key = PrivateKey::from_pem(pem.as_bytes(), password).map_err(|error| Problem::bad_private_key(&error))?;
        let settings = Settings { base_url, timeout, ..defaults };
        let cache_secret = CacheSecret::from_pem(&pem);
        Ok(Self { signer: Signer::new(key, digest), accounts, settings, cache_secret })
    }

    /// The account that a request chose by its `Account` header, or the default.
    pub(super) fn account(&self, chosen: Option<&str>) -> Result<&Account, Problem> {
        let account = match chosen {
            None => self.accounts.first(),
            Some(chosen) => self.accounts.iter().find(|account| account.as_str() == chosen),
        };
        account.ok_or_else(Problem::unknown_account)
    }

    /// The account of this name if it is one of ours, or the default.
    pub(super) fn account_or_default(&self, name: Option<&str>) -> Result<&Account, Problem> {
        let is_ours = |name: &&str| self.accounts.iter().any(|account| account.as_str() == *name);
        self.account(name.filter(is_ours))
    }
}

fn read_accounts(env: &Env) -> Result<Vec<Account>, Problem> {
    const NAME: &str = "ALIKASSA_ACCOUNT";
    let list = text(env, NAME)?.unwrap_or_default();
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let accounts: Result<Vec<Account>, _> = names.map(str::parse).collect();
    let accounts = accounts.map_err(|error| invalid(NAME, &error))?;
    if accounts.is_empty() {
        return Err(Problem::not_configured(NAME, "is missing: set it to the account's UUID from AliKassa's cabinet"));
    }
    Ok(accounts)
}

fn read_timeout(env: &Env) -> Result<Option<Duration>, Problem> {
    const NAME: &str = "ALIKASSA_TIMEOUT_MS";
    let Some(value) = text(env, NAME)? else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(milliseconds @ 1..=MAX_TIMEOUT_MS) => Ok(Some(Duration::from_millis(milliseconds))),
        _ => {
            let reason = format!("must be a whole number of milliseconds from 1 to {MAX_TIMEOUT_MS}");
            Err(Problem::not_configured(NAME, &reason))
        }
    }
}

pub(super) fn setting<T: std::str::FromStr<Err: Display>>(env: &Env, name: &'static str) -> Result<Option<T>, Problem> {
    text(env, name)?.map(|value| value.trim().parse().map_err(|error| invalid(name, &error))).transpose()
}

fn invalid(name: &'static str, reason: &dyn Display) -> Problem {
    Problem::not_configured(name, &format!("is invalid: {reason}"))
}

/// A secret or variable, unless it is missing or empty.
pub(super) fn text(env: &Env, name: &'static str) -> Result<Option<Zeroizing<String>>, Problem> {
    Ok(value(env, name)?.filter(|text| !text.is_empty()))
}

/// A secret or variable, which may be empty. `[vars]` may hold a number too; what else it may hold is no setting of ours.
fn value(env: &Env, name: &'static str) -> Result<Option<Zeroizing<String>>, Problem> {
    let Some(value) = binding::get::<JsValue>(env, name)? else {
        return Ok(None);
    };
    let text = value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()));
    let text = text.ok_or_else(|| Problem::not_configured(name, "must be a string"))?;
    Ok(Some(Zeroizing::new(text)))
}
