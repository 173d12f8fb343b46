//! The configuration and the bindings, read from the environment once per isolate. No other file reads `Env`.

use std::cell::OnceCell;
use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use alikassa::web::{Fetch, WebClock};
use alikassa::{Account, Client, Digest, HttpsUrl, NotificationKey, PrivateKey, Settings, Signer, WebhookSigner};
use alikassa_ledger::Policy;
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use worker::Env;
use zeroize::Zeroizing;

use super::http::access_log::log_incident;
use super::http::authorization::Tokens;
use super::http::problem::Problem;
use super::http::rate_limit::{self, RateLimiter};
use super::http::request::Request;
use super::ledger::binding::{LedgerBinding, LedgerNamespace};
use super::notification::forwarding::Forwarding;
use super::payouts::PayoutReader;
use super::upstream::AccountClient;

const ACCOUNT: &str = "ALIKASSA_ACCOUNT";
const API_TOKENS: &str = "API_TOKENS";
const BASE_URL: &str = "ALIKASSA_BASE_URL";
const DIGEST: &str = "ALIKASSA_DIGEST";
const FORWARD_SECRET: &str = "FORWARD_SECRET";
const FORWARD_URL: &str = "FORWARD_URL";
const FOLLOW_HOURS: &str = "FOLLOW_HOURS";
const KEY_PASSWORD: &str = "ALIKASSA_KEY_PASSWORD";
const LEDGER: &str = "LEDGER";
const NOTIFICATION_KEY: &str = "ALIKASSA_NOTIFICATION_KEY";
const PRIVATE_KEY: &str = "ALIKASSA_PRIVATE_KEY";
const RETENTION_DAYS: &str = "RETENTION_DAYS";
const TIMEOUT_MS: &str = "ALIKASSA_TIMEOUT_MS";

/// The longest time that can be set: ten minutes.
const MAX_TIMEOUT_MS: u64 = 600_000;

/// The longest that a payout can be followed before it is overdue: 90 days.
const MAX_FOLLOW_HOURS: u64 = 90 * 24;

/// The longest that a payout can be kept after its end: ten years.
const MAX_RETENTION_DAYS: u64 = 3_650;

thread_local! {
    static APP: OnceCell<Rc<App>> = const { OnceCell::new() };
}

/// Everything that all requests of an isolate share.
///
/// Each part has its own error: a caller without a token must not learn what is wrong with the others.
pub(crate) struct App {
    tokens: Result<Tokens, Problem>,
    config: Result<Config, Problem>,
    notification_key: Result<Option<NotificationKey>, Problem>,
    forwarding: Result<Option<Forwarding>, Problem>,
    ledger_policy: Result<Policy, Problem>,
}

impl App {
    /// The isolate's `App`. Opening the key takes milliseconds, and secrets can't change in a running isolate.
    pub(crate) fn get(env: &Env) -> Rc<Self> {
        APP.with(|app| Rc::clone(app.get_or_init(|| Rc::new(Self::read(env)))))
    }

    fn read(env: &Env) -> Self {
        Self {
            tokens: read_tokens(env),
            config: Config::read(env),
            notification_key: read_notification_key(env),
            forwarding: read_forwarding(env),
            ledger_policy: read_ledger_policy(env),
        }
    }

    /// The accepted tokens. Without any, the Worker is closed.
    pub(crate) fn tokens(&self) -> Result<&Tokens, Problem> {
        self.tokens.as_ref().map_err(Problem::clone)
    }

    /// Key, accounts and settings.
    pub(crate) fn config(&self) -> Result<&Config, Problem> {
        self.config.as_ref().map_err(Problem::clone)
    }

    /// The client of the account that an authorized request is about.
    pub(crate) async fn authorized_client(&self, request: &Request) -> Result<&AccountClient, Problem> {
        // Authorize first, so that an unauthenticated caller can't probe the configuration.
        let caller = self.tokens()?.authorize(request)?;
        let config = self.config()?;
        rate_limit::admit(config.limiter.as_ref(), request, &caller.rate_limit_key()).await?;
        config.client(request.header("Account").as_deref())
    }

    /// The key that verifies notifications.
    pub(crate) fn notification_key(&self) -> Result<Option<&NotificationKey>, Problem> {
        self.notification_key.as_ref().map(Option::as_ref).map_err(Problem::clone)
    }

    /// The same, which must be set.
    pub(crate) fn required_notification_key(&self) -> Result<&NotificationKey, Problem> {
        self.notification_key()?.ok_or_else(|| {
            let reason = "is missing. Set it to the text of public.pem of the «API certificate for notifications».";
            Problem::not_configured(NOTIFICATION_KEY, reason)
        })
    }

    /// The merchant's endpoint.
    pub(crate) fn forwarding(&self) -> Result<Option<&Forwarding>, Problem> {
        self.forwarding.as_ref().map(Option::as_ref).map_err(Problem::clone)
    }

    /// The same, which must be set.
    pub(crate) fn required_forwarding(&self) -> Result<&Forwarding, Problem> {
        self.forwarding()?
            .ok_or_else(|| Problem::not_configured(FORWARD_URL, "is missing. Set it to the merchant's endpoint."))
    }

    /// How the ledger follows and keeps payouts. It delivers events if there is an endpoint.
    pub(crate) fn ledger_policy(&self) -> Result<Policy, Problem> {
        let mut policy = self.ledger_policy.clone()?;
        policy.delivers = matches!(self.forwarding, Ok(Some(_)));
        Ok(policy)
    }
}

/// What every question to AliKassa needs.
pub(crate) struct Config {
    /// A client for each account, at least one.
    clients: Vec<AccountClient>,
    /// The ledgers of all accounts.
    namespace: Option<LedgerNamespace>,
    pub(crate) limiter: Option<RateLimiter>,
}

impl Config {
    fn read(env: &Env) -> Result<Self, Problem> {
        // Opening the key takes longest, so that it comes last.
        let accounts = read_accounts(env)?;
        let digest = setting::<Digest>(env, DIGEST)?.unwrap_or_default();
        let mut settings = Settings::default();
        if let Some(base_url) = setting(env, BASE_URL)? {
            settings.base_url = base_url;
        }
        if let Some(milliseconds) = whole_number(env, TIMEOUT_MS, "milliseconds", MAX_TIMEOUT_MS)? {
            settings.timeout = Duration::from_millis(milliseconds);
        }
        let namespace = binding(env, LEDGER, &["getByName"], "must be a Durable Object.")?;
        let limiter = binding(env, "RATE_LIMITER", &["limit"], "must be a rate limiter.")?;
        let pem = text(env, PRIVATE_KEY)?
            .ok_or_else(|| Problem::not_configured(PRIVATE_KEY, "is missing. Set it to the text of private.pem."))?;
        // An empty password is a password: OpenSSL encrypts with it too.
        let password = value(env, KEY_PASSWORD)?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let key = PrivateKey::from_pem(pem.as_bytes(), password)
            .map_err(|error| Problem::bad_key(&error, PRIVATE_KEY, KEY_PASSWORD))?;
        let signer = Signer::new(key, digest);
        let client = |account| Client::new(Fetch::global(), WebClock, signer.clone(), account, settings.clone());
        let clients = accounts.into_iter().map(client).collect();
        Ok(Self { clients, namespace, limiter })
    }

    /// All clients; the first is the default.
    pub(crate) fn clients(&self) -> &[AccountClient] {
        &self.clients
    }

    /// The client for the account in an `Account` header; without one, the default.
    pub(crate) fn client(&self, account: Option<&str>) -> Result<&AccountClient, Problem> {
        let client = match account {
            None => self.clients.first(),
            Some(account) => self.clients.iter().find(|client| client.account().as_str() == account),
        };
        client.ok_or_else(Problem::unknown_account)
    }

    /// The client for this account; the default if the account is not configured.
    pub(crate) fn client_or_default(&self, account: Option<&str>) -> Result<&AccountClient, Problem> {
        self.client(account).or_else(|_| self.client(None))
    }

    /// The ledger of an account. `None` without the binding, or if its object can't be addressed, which the log says then.
    pub(crate) fn ledger(&self, client: &AccountClient) -> Option<LedgerBinding> {
        let ledger = LedgerBinding::new(self.namespace.as_ref()?, client);
        ledger.inspect_err(|_| log_incident("ledger_look_up_failed", None)).ok()
    }

    /// The same, which must be there.
    pub(crate) fn required_ledger(&self, client: &AccountClient) -> Result<LedgerBinding, Problem> {
        let Some(namespace) = &self.namespace else {
            return Err(Problem::not_configured(LEDGER, "is missing. Declare the Durable Object as in wrangler.toml."));
        };
        Ok(LedgerBinding::new(namespace, client)?)
    }

    /// Reads payouts for a request.
    pub(crate) fn payouts<'a>(
        &self,
        client: &'a AccountClient,
        is_bypassed: bool,
        ray: Option<&'a str>,
    ) -> PayoutReader<'a> {
        PayoutReader { client, ledger: self.ledger(client), is_bypassed, ray }
    }
}

fn read_tokens(env: &Env) -> Result<Tokens, Problem> {
    let list = text(env, API_TOKENS)?.unwrap_or_default();
    Tokens::from_list(&list).ok_or_else(|| {
        Problem::not_configured(API_TOKENS, "is missing. Set it to the accepted bearer tokens, separated by commas.")
    })
}

fn read_accounts(env: &Env) -> Result<Vec<Account>, Problem> {
    let list = text(env, ACCOUNT)?.unwrap_or_default();
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    let accounts: Result<Vec<Account>, _> = names.map(str::parse).collect();
    let accounts = accounts.map_err(|error| invalid(ACCOUNT, &error))?;
    if accounts.is_empty() {
        return Err(Problem::not_configured(
            ACCOUNT,
            "is missing. Set it to the account's UUID from AliKassa's cabinet.",
        ));
    }
    Ok(accounts)
}

fn read_ledger_policy(env: &Env) -> Result<Policy, Problem> {
    let mut policy = Policy::default();
    if let Some(hours) = whole_number(env, FOLLOW_HOURS, "hours", MAX_FOLLOW_HOURS)? {
        policy.follow_for = Duration::from_secs(hours * 60 * 60);
    }
    if let Some(days) = whole_number(env, RETENTION_DAYS, "days", MAX_RETENTION_DAYS)? {
        policy.keep_for = Duration::from_secs(days * 24 * 60 * 60);
    }
    Ok(policy)
}

/// A setting that is a whole number from 1 to `max`.
fn whole_number(env: &Env, name: &'static str, unit: &str, max: u64) -> Result<Option<u64>, Problem> {
    let Some(value) = text(env, name)? else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(number) if (1..=max).contains(&number) => Ok(Some(number)),
        _ => Err(Problem::not_configured(name, &format!("must be a whole number of {unit} from 1 to {max}."))),
    }
}

fn read_notification_key(env: &Env) -> Result<Option<NotificationKey>, Problem> {
    let pem = text(env, NOTIFICATION_KEY)?;
    let key = pem.map(|pem| NotificationKey::from_pem(pem.as_bytes())).transpose();
    key.map_err(|error| Problem::bad_key(&error, NOTIFICATION_KEY, ""))
}

fn read_forwarding(env: &Env) -> Result<Option<Forwarding>, Problem> {
    let url = setting::<HttpsUrl>(env, FORWARD_URL)?;
    let signer = setting::<WebhookSigner>(env, FORWARD_SECRET)?;
    match (url, signer) {
        (Some(url), Some(signer)) => Ok(Some(Forwarding::new(url, signer))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::not_configured(
            FORWARD_SECRET,
            "is missing. Set it to the secret that signs requests to FORWARD_URL.",
        )),
        (None, Some(_)) => Err(Problem::not_configured(
            FORWARD_URL,
            "is missing. Set it to the merchant's endpoint, or remove FORWARD_SECRET.",
        )),
    }
}

/// A setting that is parsed.
fn setting<T: FromStr<Err: Display>>(env: &Env, name: &'static str) -> Result<Option<T>, Problem> {
    text(env, name)?.map(|value| value.trim().parse().map_err(|error| invalid(name, &error))).transpose()
}

fn invalid(name: &'static str, reason: &dyn Display) -> Problem {
    Problem::not_configured(name, &format!("is invalid: {reason}."))
}

/// A secret or variable, unless it is missing or empty.
fn text(env: &Env, name: &'static str) -> Result<Option<Zeroizing<String>>, Problem> {
    Ok(value(env, name)?.filter(|text| !text.is_empty()))
}

/// A secret or variable, which may be empty. `[vars]` may hold any JSON; strings and numbers are settings.
fn value(env: &Env, name: &'static str) -> Result<Option<Zeroizing<String>>, Problem> {
    let Some(value) = get(env, name)? else {
        return Ok(None);
    };
    let text = text_of(&value).ok_or_else(|| Problem::not_configured(name, "must be a string."))?;
    Ok(Some(Zeroizing::new(text)))
}

/// A string, or a number as one.
pub(crate) fn text_of(value: &JsValue) -> Option<String> {
    value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()))
}

/// A binding that is an object with these methods. `reason` completes a sentence that begins with the name.
fn binding<T: JsCast>(env: &Env, name: &'static str, methods: &[&str], reason: &str) -> Result<Option<T>, Problem> {
    let Some(binding) = get(env, name)? else {
        return Ok(None);
    };
    let has = |method: &&str| Reflect::get(&binding, &(*method).into()).is_ok_and(|method| method.is_function());
    if methods.iter().all(has) {
        Ok(Some(binding.unchecked_into()))
    } else {
        Err(Problem::not_configured(name, reason))
    }
}

fn get(env: &Env, name: &str) -> Result<Option<JsValue>, JsValue> {
    let value = Reflect::get(env, &name.into())?;
    Ok(if value.is_undefined() || value.is_null() { None } else { Some(value) })
}
