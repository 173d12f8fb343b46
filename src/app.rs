//! The configuration and the bindings, read from the environment once per isolate. No other file reads `Env`.

use std::cell::OnceCell;
use std::fmt::Display;
use std::rc::Rc;
use std::str::FromStr;
use std::time::Duration;

use alikassa::web::{Fetch, WebClock};
use alikassa::{Account, Client, Digest, HttpsUrl, NotificationKey, PrivateKey, Settings, Signer, WebhookSigner};
use js_sys::Reflect;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env};
use zeroize::Zeroizing;

use super::cache::Cache;
use super::cache::secret::CacheSecret;
use super::cache::store::{KvNamespace, Store};
use super::http::authorization::Tokens;
use super::http::problem::Problem;
use super::http::rate_limit::RateLimiter;
use super::http::request::Request;
use super::notification::forwarding::Forwarding;
use super::notification::queue::Queue;
use super::payouts::PayoutReader;
use super::subrequests::Subrequests;
use super::upstream::AccountClient;

const ACCOUNT: &str = "ALIKASSA_ACCOUNT";
const API_TOKENS: &str = "API_TOKENS";
const BASE_URL: &str = "ALIKASSA_BASE_URL";
const DIGEST: &str = "ALIKASSA_DIGEST";
const FORWARD_SECRET: &str = "FORWARD_SECRET";
const FORWARD_URL: &str = "FORWARD_URL";
const KEY_PASSWORD: &str = "ALIKASSA_KEY_PASSWORD";
const NOTIFICATION_KEY: &str = "ALIKASSA_NOTIFICATION_KEY";
const PRIVATE_KEY: &str = "ALIKASSA_PRIVATE_KEY";
const TIMEOUT_MS: &str = "ALIKASSA_TIMEOUT_MS";

/// The longest time that can be set: ten minutes.
const MAX_TIMEOUT_MS: u64 = 600_000;

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
    queue: Result<Option<Queue>, Problem>,
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
            queue: binding(env, "NOTIFICATIONS", &["send"], "must be a queue."),
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
        self.forwarding()?.ok_or_else(|| {
            Problem::not_configured(FORWARD_URL, "is missing. Set it, since the queue holds notifications for it.")
        })
    }

    /// The queue of notifications.
    pub(crate) fn queue(&self) -> Result<Option<&Queue>, Problem> {
        self.queue.as_ref().map(Option::as_ref).map_err(Problem::clone)
    }
}

/// What every question to AliKassa needs.
pub(crate) struct Config {
    /// A client for each account, at least one.
    clients: Vec<AccountClient>,
    cache_secret: CacheSecret,
    /// The KV namespace of final payouts.
    namespace: Option<KvNamespace>,
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
        if let Some(timeout) = read_timeout(env)? {
            settings.timeout = timeout;
        }
        let namespace = binding(env, "PAYOUTS", &["get", "put", "delete"], "must be a KV namespace.")?;
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
        Ok(Self { clients, cache_secret: CacheSecret::from_pem(&pem), namespace, limiter })
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

    /// Reads payouts for a request.
    pub(crate) fn payouts<'a>(
        &'a self,
        client: &'a AccountClient,
        request: &'a Request,
        context: &'a Context,
        subrequests: Subrequests,
    ) -> PayoutReader<'a> {
        let cache = Cache {
            store: Store::new(self.namespace.as_ref(), &request.host()),
            secret: &self.cache_secret,
            client,
            subrequests,
            is_bypassed: request.has_no_cache(),
            ray: request.ray(),
        };
        PayoutReader { client, cache, context }
    }

    /// Reads payouts for messages of the queue, which share the subrequests.
    pub(crate) fn payouts_for_queue<'a>(
        &'a self,
        client: &'a AccountClient,
        context: &'a Context,
        subrequests: Subrequests,
    ) -> PayoutReader<'a> {
        let store = Store::in_namespace(self.namespace.as_ref());
        let cache = Cache { store, secret: &self.cache_secret, client, subrequests, is_bypassed: false, ray: None };
        PayoutReader { client, cache, context }
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

fn read_timeout(env: &Env) -> Result<Option<Duration>, Problem> {
    let Some(value) = text(env, TIMEOUT_MS)? else {
        return Ok(None);
    };
    match value.trim().parse() {
        Ok(milliseconds @ 1..=MAX_TIMEOUT_MS) => Ok(Some(Duration::from_millis(milliseconds))),
        _ => {
            let reason = format!("must be a whole number of milliseconds from 1 to {MAX_TIMEOUT_MS}.");
            Err(Problem::not_configured(TIMEOUT_MS, &reason))
        }
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
    let text = value.as_string().or_else(|| value.as_f64().map(|number| number.to_string()));
    let text = text.ok_or_else(|| Problem::not_configured(name, "must be a string."))?;
    Ok(Some(Zeroizing::new(text)))
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
