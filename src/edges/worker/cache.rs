//! Final is final: a payout that is `paid`, `cancel` or `fail` is not asked for again.
//!
//! What is kept is the Worker's own answer, in a KV namespace or in Workers' Cache API. Nothing that a caller sends gets into it: the
//! name of an entry is made with a secret, and its content is what AliKassa answered. What comes out of it is read like an answer of
//! AliKassa's, and is asked for anew where it is not exactly this payout in a final state. A cache that fails costs a request, never an
//! answer.
//!
//! A payout has two names, AliKassa's id and the merchant's own, and an entry for each that it was asked by. What AliKassa says under one of
//! them is its last word on the other, so that it takes away what contradicts it there. It is never kept there: should two payouts have the
//! same order id, AliKassa alone says which of them is meant by it.

pub(super) mod secret;
mod store;

use std::cell::{Cell, RefCell};
use std::iter;
use std::rc::Rc;
use std::time::Duration;

use wasm_bindgen::JsValue;
use worker::{Context, Env};

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
        let ray = request.ray().map(str::to_owned);
        Ok(Self { store, subrequests, configuration, account, is_bypassed: request.has_no_cache(), ray })
    }

    /// The cache where there is no request, and so no place whose cache it could be: a KV namespace, if one is bound.
    pub(super) fn in_namespace(
        env: &Env,
        configuration: &'a Configuration,
        account: &'a Account,
        subrequests: &'a Subrequests,
    ) -> Result<Option<Self>, JsValue> {
        let store = Store::in_namespace(env)?;
        Ok(store.map(|store| Self { store, subrequests, configuration, account, is_bypassed: false, ray: None }))
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
    pub(super) async fn find<'q>(&self, queries: &'q [PayoutQuery]) -> Vec<Entry<'q>> {
        let lookups: Vec<Lookup> = queries.iter().map(|query| Lookup::new(query, self.name_of(query))).collect();
        if !self.is_bypassed && !lookups.is_empty() {
            let looked = within(timer::wait(PATIENCE), self.store.look_up(&lookups, self.subrequests)).await;
            if !matches!(looked, Some(Ok(()))) {
                log::incident("cache_read_failed", self.ray.as_deref());
            }
        }
        let entries: Vec<Entry> = lookups.into_iter().map(Entry::from).collect();
        let missing = entries.iter().filter(|entry| entry.payout.is_none());
        self.store.set_aside(missing.map(|entry| self.cost(entry)).sum(), self.subrequests);
        entries
    }

    /// Takes note of what AliKassa answered, after the Worker has: its last word counts.
    ///
    /// What is final is kept under the name that was asked by. What was once kept otherwise is forgotten, under both names.
    pub(super) fn learn<'p>(
        &self,
        context: &Context,
        answered: impl Iterator<Item = (&'p Entry<'p>, &'p Result<Payout, GatewayError>)>,
    ) {
        let mut changes = Vec::new();
        for (entry, answer) in answered {
            let Ok(payout) = answer else { continue };
            let said = if payout.is_final() { serde_json::to_string(payout).ok() } else { None };
            let other = payout.text(other_field(entry.query));
            let wanted = self.changes(entry, said.map(Rc::from), other);
            changes.extend(wanted.filter(|change| self.store.may_make(change, self.subrequests)));
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
        let entry = Lookup::new(query, self.name_of(query)).into();
        self.learn(context, iter::once((&entry, answer)));
    }

    /// What is to become of the entries of a payout, of which AliKassa said this, if it is final, and whose other name is this.
    ///
    /// Where it was AliKassa that was to be asked, nothing is read first: for up to a minute, a namespace does not tell of what was written
    /// elsewhere. Else it is, since most of what would be removed was never there, and what says the same may stay.
    fn changes(&self, entry: &Entry, said: Option<Rc<str>>, other: Option<&str>) -> impl Iterator<Item = Change> {
        let is_checked = !self.is_bypassed;
        let other = other.map(|other| Change {
            name: self.name(other_field(entry.query), other),
            entry: None,
            or: said.clone(),
            is_checked,
        });
        // Where nothing was found, there is nothing to forget.
        let own = (said.is_some() || !entry.was_read).then(|| Change {
            name: entry.name.clone(),
            entry: said.clone(),
            or: said,
            is_checked: is_checked && !entry.was_read,
        });
        other.into_iter().chain(own)
    }

    /// What those changes cost at most, in requests to a store that counts them: a look costs as much as a change.
    fn cost(&self, entry: &Entry) -> usize {
        match (self.is_bypassed, entry.was_read) {
            (true, _) => 2,
            (false, true) => 3,
            (false, false) => 4,
        }
    }

    fn name_of(&self, query: &PayoutQuery) -> String {
        self.name(query.field(), query.value())
    }

    /// The name of a payout's entry: other for another AliKassa, account, key archive, or way of naming the payout.
    fn name(&self, field: &str, value: &str) -> String {
        let Configuration { settings, cache_secret, .. } = self.configuration;
        cache_secret.name(&[settings.base_url.as_str(), self.account.as_str(), field, value])
    }
}

/// The place of a payout in the cache, and what was found there.
pub(super) struct Entry<'a> {
    query: &'a PayoutQuery,
    name: String,
    /// Whether the cache said what stands there, or that nothing does.
    was_read: bool,
    pub(super) payout: Option<Payout>,
}

impl<'a> From<Lookup<'a>> for Entry<'a> {
    fn from(Lookup { query, name, was_read, found }: Lookup<'a>) -> Self {
        Self { query, name, was_read: was_read.get(), payout: found.into_inner() }
    }
}

/// A payout that is looked for.
struct Lookup<'a> {
    query: &'a PayoutQuery,
    name: String,
    was_read: Cell<bool>,
    found: RefCell<Option<Payout>>,
}

impl<'a> Lookup<'a> {
    fn new(query: &'a PayoutQuery, name: String) -> Self {
        Self { query, name, was_read: Cell::default(), found: RefCell::default() }
    }

    /// Takes what stood there, if it is this payout in a final state.
    fn take(&self, entry: Option<&str>) -> bool {
        self.was_read.set(true);
        let payout = entry.and_then(|entry| Payout::from_answer(entry.as_bytes(), self.query).ok());
        let payout = payout.filter(Payout::is_final);
        let is_found = payout.is_some();
        self.found.replace(payout);
        is_found
    }
}

/// The field that holds a payout's other name.
fn other_field(query: &PayoutQuery) -> &'static str {
    if query.field() == "id" { "order_id" } else { "id" }
}
