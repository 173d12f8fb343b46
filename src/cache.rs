//! The cache of final payouts: a payout that is `paid`, `cancel` or `fail` does not change.
//!
//! An entry is the Worker's own answer, in a KV namespace or in the Cache API. Callers can't influence it: its name is an HMAC, and its
//! content is AliKassa's answer. It is decoded like an answer of AliKassa's, and ignored unless it is this payout in a final state. A cache
//! that fails costs a request, never an answer.
//!
//! A payout has an entry for each name that it was asked by, AliKassa's id and the merchant's order id. AliKassa's answer to one also
//! removes what contradicts it under the other, but it is never written there: two payouts may have the same order id, and only AliKassa
//! knows which of them that means.

pub(crate) mod secret;
pub(crate) mod store;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::slice;
use std::time::Duration;

use alikassa::web::WebClock;
use alikassa::{Clock, Payout, PayoutQuery, PayoutStatusError, timeout};
use worker::Context;

use self::secret::CacheSecret;
use self::store::{Change, Store};
use super::http::access_log::log_incident;
use super::subrequests::Subrequests;
use super::upstream::AccountClient;

/// How long a look-up may take. The time for AliKassa begins after it.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(1);

/// The final payouts of an account.
pub(crate) struct Cache<'a> {
    pub(crate) store: Store,
    pub(crate) secret: &'a CacheSecret,
    /// Names the account, and where its API is.
    pub(crate) client: &'a AccountClient,
    pub(crate) subrequests: Subrequests,
    /// Whether to ask AliKassa even if the payout is in the cache.
    pub(crate) is_bypassed: bool,
    /// The `CF-Ray` of the request, for the log.
    pub(crate) ray: Option<&'a str>,
}

impl Cache<'_> {
    /// Looks up one payout.
    pub(crate) async fn find<'q>(&self, query: &'q PayoutQuery) -> Entry<'q> {
        let entry = self.entry(query);
        self.look_up(slice::from_ref(&entry)).await;
        entry
    }

    /// Looks up each of these payouts, in the same order.
    pub(crate) async fn find_all<'q>(&self, queries: &'q [PayoutQuery]) -> Vec<Entry<'q>> {
        let entries: Vec<Entry> = queries.iter().map(|query| self.entry(query)).collect();
        self.look_up(&entries).await;
        entries
    }

    /// The entry of a payout, without a look-up.
    pub(crate) fn entry<'q>(&self, query: &'q PayoutQuery) -> Entry<'q> {
        let name = self.name(query.field(), query.value());
        Entry { query, name, was_read: Cell::default(), payout: RefCell::default() }
    }

    async fn look_up(&self, entries: &[Entry<'_>]) {
        if !self.is_bypassed && !entries.is_empty() {
            let names: Vec<&str> = entries.iter().map(|entry| entry.name.as_str()).collect();
            let accept = |index: usize, content: Option<&str>| {
                entries.get(index).is_some_and(|entry: &Entry| entry.accept(content))
            };
            let looked_up = self.store.look_up(&names, accept, &self.subrequests);
            if !matches!(timeout(WebClock.sleep(LOOKUP_TIMEOUT), looked_up).await, Some(Ok(()))) {
                log_incident("cache_read_failed", self.ray);
            }
        }
        let missing = entries.iter().filter(|entry| entry.is_missing());
        self.store.reserve(missing.map(|entry| self.cost(entry)).sum(), &self.subrequests);
    }

    /// Keeps AliKassa's answers, after the Worker has answered.
    ///
    /// A final payout is written under the name that it was asked by. What contradicts an answer is removed under both names.
    pub(crate) fn update<'p>(
        &self,
        context: &Context,
        answers: impl IntoIterator<Item = (&'p Entry<'p>, &'p Result<Payout, PayoutStatusError>)>,
    ) {
        let mut changes = Vec::new();
        for (entry, answer) in answers {
            let Ok(payout) = answer else { continue };
            let content = if payout.is_final() { serde_json::to_string(payout).ok() } else { None };
            let other = payout.text(other_field(entry.query));
            let wanted = self.changes(entry, content.map(Rc::from), other);
            changes.extend(wanted.filter(|change| self.store.try_consume(change, &self.subrequests)));
        }
        if !changes.is_empty() {
            let (store, ray) = (self.store.clone(), self.ray.map(str::to_owned));
            context.wait_until(async move {
                if store.apply(&changes).await.is_err() {
                    log_incident("cache_write_failed", ray.as_deref());
                }
            });
        }
    }

    /// The changes after AliKassa's answer about a payout. `content` is the answer if it is final, `other` the payout's other name.
    ///
    /// Most entries that might have to be removed don't exist, and some may stay, so that an entry is read before it is changed. Not if
    /// the cache is bypassed: a KV namespace may return an old value for up to a minute.
    fn changes(&self, entry: &Entry, content: Option<Rc<str>>, other: Option<&str>) -> impl Iterator<Item = Change> {
        let is_checked = !self.is_bypassed;
        let was_read = entry.was_read.get();
        let other = other.map(|other| Change {
            name: self.name(other_field(entry.query), other),
            entry: None,
            or: content.clone(),
            is_checked,
        });
        // If nothing was found, there is nothing to remove.
        let own = (content.is_some() || !was_read).then(|| Change {
            name: entry.name.clone(),
            entry: content.clone(),
            or: content,
            is_checked: is_checked && !was_read,
        });
        other.into_iter().chain(own)
    }

    /// The most subrequests that those changes cost; a read costs as much as a write.
    fn cost(&self, entry: &Entry) -> usize {
        match (self.is_bypassed, entry.was_read.get()) {
            (true, _) => 2,
            (false, true) => 3,
            (false, false) => 4,
        }
    }

    /// The name of a payout's entry, different for each API, account, key archive, and field that names the payout.
    fn name(&self, field: &str, value: &str) -> String {
        let (base_url, account) = (&self.client.settings().base_url, self.client.account());
        self.secret.name(&[base_url.as_str(), account.as_str(), field, value])
    }
}

/// A payout's place in the cache, and what was found there.
pub(crate) struct Entry<'a> {
    pub(crate) query: &'a PayoutQuery,
    name: String,
    /// Whether the store answered, with content or without.
    was_read: Cell<bool>,
    payout: RefCell<Option<Payout>>,
}

impl Entry<'_> {
    /// Whether AliKassa has to be asked.
    pub(crate) fn is_missing(&self) -> bool {
        self.payout.borrow().is_none()
    }

    /// Takes the payout that was found.
    pub(crate) fn take(&self) -> Option<Payout> {
        self.payout.take()
    }

    /// Takes the content of the entry, if it is this payout in a final state.
    fn accept(&self, content: Option<&str>) -> bool {
        self.was_read.set(true);
        let payout = content.and_then(|content| Payout::from_answer(content.as_bytes(), self.query).ok());
        let payout = payout.filter(Payout::is_final);
        let is_found = payout.is_some();
        self.payout.replace(payout);
        is_found
    }
}

/// The field that holds a payout's other name.
fn other_field(query: &PayoutQuery) -> &'static str {
    if query.field() == "id" { "order_id" } else { "id" }
}
