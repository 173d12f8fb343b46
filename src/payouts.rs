//! Reads the status of payouts: final ones from the cache, the others from AliKassa.

use alikassa::web::WebClock;
use alikassa::{Client, Payout, PayoutQuery, PayoutStatusError};
use worker::Context;

use super::cache::{Cache, Entry};
use super::http::metrics::{CacheStatus, RequestMetrics};
use super::upstream::{AccountClient, MeteredFetch};

/// A payout, or why its state is unknown.
pub(crate) type Answer = Result<Payout, PayoutStatusError>;

/// Reads payouts of one account.
pub(crate) struct PayoutReader<'a> {
    pub(crate) client: &'a AccountClient,
    pub(crate) cache: Cache<'a>,
    pub(crate) context: &'a Context,
}

impl PayoutReader<'_> {
    /// The same, which does not look into the cache whatever the request says.
    pub(crate) fn bypassing_cache(mut self) -> Self {
        self.cache.is_bypassed = true;
        self
    }

    /// The status of one payout.
    pub(crate) async fn status(&self, query: &PayoutQuery) -> (Answer, RequestMetrics) {
        let entry = self.cache.find(query).await;
        let (answer, metrics) = match entry.take() {
            Some(payout) => (Ok(payout), RequestMetrics::default()),
            None => self.ask(&entry).await,
        };
        let cache = Some(self.cache_status(metrics.upstream.is_none()));
        let payout_id = answer.as_ref().ok().and_then(Payout::id).map(str::to_owned);
        (answer, RequestMetrics { cache, payout_id, ..metrics })
    }

    /// The status of one payout, always from AliKassa.
    pub(crate) async fn fresh_status(&self, query: &PayoutQuery) -> (Answer, RequestMetrics) {
        self.ask(&self.cache.entry(query)).await
    }

    async fn ask(&self, entry: &Entry<'_>) -> (Answer, RequestMetrics) {
        let fetch = MeteredFetch::start();
        let answer = self.client(&fetch).payout_status(entry.query).await;
        self.cache.update(self.context, [(entry, &answer)]);
        let upstream_status = upstream_status(&answer);
        (answer, RequestMetrics { upstream: Some(fetch.metrics()), upstream_status, ..RequestMetrics::default() })
    }

    /// The status of each of these payouts, in the same order.
    pub(crate) async fn statuses(&self, queries: &[PayoutQuery]) -> (Vec<Answer>, RequestMetrics) {
        let entries = self.cache.find_all(queries).await;
        let (missing, missing_queries): (Vec<&Entry>, Vec<PayoutQuery>) =
            entries.iter().filter(|entry| entry.is_missing()).map(|entry| (entry, entry.query.clone())).unzip();
        let mut metrics = RequestMetrics { cache_hits: queries.len() - missing.len(), ..RequestMetrics::default() };
        let mut asked = Vec::new();
        if !missing.is_empty() {
            let fetch = MeteredFetch::start();
            asked = self.client(&fetch).payout_statuses(&missing_queries).await;
            self.cache.update(self.context, missing.iter().copied().zip(&asked));
            metrics.upstream = Some(fetch.metrics());
            metrics.upstream_statuses = asked.iter().filter_map(upstream_status).collect();
        }
        metrics.cache = (!queries.is_empty()).then(|| self.cache_status(missing.is_empty()));
        let mut asked = asked.into_iter();
        let answers = entries.iter().filter_map(|entry| entry.take().map(Ok).or_else(|| asked.next()));
        (answers.collect(), metrics)
    }

    fn client<'f>(&self, fetch: &'f MeteredFetch) -> Client<&'f MeteredFetch, WebClock> {
        self.client.with_transport(fetch).with_budget(self.cache.subrequests.retries())
    }

    fn cache_status(&self, is_hit: bool) -> CacheStatus {
        if self.cache.is_bypassed {
            CacheStatus::Bypass
        } else if is_hit {
            CacheStatus::Hit
        } else {
            CacheStatus::Miss
        }
    }
}

/// The HTTP status of AliKassa's last answer about a payout.
fn upstream_status(answer: &Answer) -> Option<u16> {
    match answer {
        Ok(_) => Some(200),
        Err(error) => error.request_error().upstream_status(),
    }
}
