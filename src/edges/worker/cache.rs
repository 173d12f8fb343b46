//! Final is final: a payout that is `paid`, `cancel` or `fail` is not asked for again.
//!
//! What is kept is the Worker's own answer, in a KV namespace or in Workers' Cache API. Nothing that a caller sends gets into it: the
//! name of an entry is made with a secret, and its content is what AliKassa answered. What comes out of it is read like an answer of
//! AliKassa's, and is asked for anew where it is not exactly this payout in a final state. A cache that fails costs a request, never an
//! answer.

mod store;

use std::cell::RefCell;
use std::iter;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasm_bindgen::JsValue;
use worker::{Context, Env};
use zeroize::Zeroizing;

use self::store::{Change, Store};
use super::configuration::Configuration;
use super::log;
use super::request::Request;
use super::subrequests::Subrequests;
use crate::edges::timer;
use crate::gateway::endpoint::Account;
use crate::gateway::error::GatewayError;
use crate::gateway::transport::within;
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// How long a look into the cache may take; the time for AliKassa begins after it.
const PATIENCE: Duration = Duration::from_secs(1);

/// What makes the names of entries: who does not have the key archive can't know one.
pub(super) struct CacheSecret(Hmac<Sha256>);

impl CacheSecret {
    pub(super) fn from_pem(pem: &str) -> Self {
        let digest =
            Sha256::new().chain_update("alikassa-edge: the names of cached payouts\n").chain_update(pem).finalize();
        // As long as a block of the hash, as HMAC itself fills up a key (RFC 2104 section 2).
        let mut key = Zeroizing::new([0; 64]);
        key.iter_mut().zip(digest).for_each(|(place, byte)| *place = byte);
        Self(Hmac::new(&(*key).into()))
    }
}

/// The final payouts of an account, as far as they are known.
pub(super) struct Cache<'a> {
    store: Store,
    subrequests: &'a Subrequests,
    configuration: &'a Configuration,
    account: &'a Account,
    is_bypassed: bool,
    ray: Option<String>,
}

impl<'a> Cache<'a> {
    /// The cache for this request, which bypasses it with `Cache-Control: no-cache` (RFC 9111 section 5.2.1.4).
    pub(super) fn new(
        request: &Request,
        env: &Env,
        configuration: &'a Configuration,
        account: &'a Account,
        subrequests: &'a Subrequests,
    ) -> Result<Self, JsValue> {
        let store = Store::new(request, env)?;
        Ok(Self { store, subrequests, configuration, account, is_bypassed: request.has_no_cache(), ray: request.ray() })
    }

    /// The same, bypassed whatever the request says.
    pub(super) fn bypassed(self) -> Self {
        Self { is_bypassed: true, ..self }
    }

    /// Whether AliKassa is to be asked, whatever is known.
    pub(super) fn is_bypassed(&self) -> bool {
        self.is_bypassed
    }

    /// What is known of each of these payouts, in the same order.
    pub(super) async fn find(&self, queries: &[PayoutQuery]) -> Vec<Entry> {
        let lookups: Vec<Lookup> =
            queries.iter().map(|query| Lookup { query, name: self.name(query), found: RefCell::default() }).collect();
        if !self.is_bypassed && !lookups.is_empty() {
            let looked = within(timer::wait(PATIENCE), self.store.look_up(&lookups, self.subrequests)).await;
            if !matches!(looked, Some(Ok(()))) {
                log::incident("cache_read_failed", self.ray.as_deref());
            }
        }
        lookups.into_iter().map(|Lookup { name, found, .. }| Entry { name, payout: found.into_inner() }).collect()
    }

    /// Keeps what AliKassa answered, after the Worker has.
    ///
    /// What is final is kept. What is not, against what may once have been kept of it, is forgotten: AliKassa's last word counts.
    pub(super) fn learn<'p>(
        &self,
        context: &Context,
        answered: impl Iterator<Item = (&'p Entry, &'p Result<Payout, GatewayError>)>,
    ) {
        let mut changes = Vec::new();
        for (Entry { name, .. }, answer) in answered {
            let Ok(payout) = answer else { continue };
            let entry = if payout.is_final() { serde_json::to_string(payout).ok() } else { None };
            // Where nothing was found, there is nothing to forget.
            if (entry.is_some() || self.is_bypassed) && self.store.may_change(self.subrequests) {
                changes.push(Change { name: name.clone(), entry });
            }
        }
        if !changes.is_empty() {
            let (store, ray) = (self.store.clone(), self.ray.clone());
            context.wait_until(async move {
                if store.apply(&changes).await.is_err() {
                    log::incident("cache_write_failed", ray.as_deref());
                }
            });
        }
    }

    /// The same for one payout that was asked for without a look into the cache.
    pub(super) fn learn_one(&self, context: &Context, query: &PayoutQuery, answer: &Result<Payout, GatewayError>) {
        let entry = Entry { name: self.name(query), payout: None };
        self.learn(context, iter::once((&entry, answer)));
    }

    /// The name of a payout's entry: other for another AliKassa, account, key archive, or way of naming the payout.
    fn name(&self, query: &PayoutQuery) -> String {
        let Configuration { settings, cache_secret, .. } = self.configuration;
        let parts = [settings.base_url.as_str(), self.account.as_str(), query.field(), query.value()];
        let mut mac = cache_secret.0.clone();
        for part in parts {
            // With its length before it, so that no two lists of parts are the same bytes.
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part.as_bytes());
        }
        format!("payout/{}", URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes()))
    }
}

/// The place of a payout in the cache, and what was found there.
pub(super) struct Entry {
    name: String,
    pub(super) payout: Option<Payout>,
}

/// A payout that is looked for.
struct Lookup<'a> {
    query: &'a PayoutQuery,
    name: String,
    found: RefCell<Option<Payout>>,
}

impl Lookup<'_> {
    /// Takes what stood there, if it is this payout in a final state.
    fn take(&self, entry: &str) -> bool {
        let payout = Payout::from_answer(entry.as_bytes(), self.query).ok().filter(Payout::is_final);
        let is_found = payout.is_some();
        self.found.replace(payout);
        is_found
    }
}
