//! Reads the status of payouts: final ones from the ledger, the others from AliKassa.

use alikassa::web::WebClock;
use alikassa::{Client, Payout, PayoutQuery, PayoutStatusError, RequestBudget};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::future_to_promise;

use super::http::access_log::log_incident;
use super::http::metrics::{CacheStatus, RequestMetrics};
use super::ledger::binding::{Known, LedgerBinding, LedgerTicket};
use super::runtime::wait_until;
use super::upstream::{AccountClient, MeteredFetch};

/// Cloudflare's smallest plan allows this many calls of `fetch` in one invocation
/// (<https://developers.cloudflare.com/workers/platform/limits/>). Calls of the ledger are counted apart.
const MAX_SUBREQUESTS: u32 = 50;

/// A payout, or why its state is unknown.
pub(crate) type Answer = Result<Payout, PayoutStatusError>;

/// Reads payouts of one account.
pub(crate) struct PayoutReader<'a> {
    pub(crate) client: &'a AccountClient,
    /// `None` without the binding, or if it failed.
    pub(crate) ledger: Option<LedgerBinding>,
    /// Whether to ask AliKassa even if the ledger knows that the payout is final.
    pub(crate) is_bypassed: bool,
    /// The `CF-Ray` of the request, for the log.
    pub(crate) ray: Option<&'a str>,
}

/// A query that AliKassa has to be asked, and the ticket for the answer, unless the ledger failed.
struct Missing<'q> {
    query: &'q PayoutQuery,
    ticket: Option<LedgerTicket>,
}

impl PayoutReader<'_> {
    /// The status of one payout.
    pub(crate) async fn status(&self, query: &PayoutQuery) -> (Answer, RequestMetrics) {
        let queries = std::slice::from_ref(query);
        let (answer, metrics) = match self.look_up(queries).await.pop() {
            Some(Ok(payout)) => (Ok(payout), RequestMetrics::default()),
            missing => {
                let missing = missing.and_then(Result::err).unwrap_or(Missing { query, ticket: None });
                self.ask(&missing).await
            }
        };
        let cache = self.cache_status(metrics.upstream.is_none());
        let payout_id = answer.as_ref().ok().and_then(Payout::id).map(str::to_owned);
        (answer, RequestMetrics { cache, payout_id, ..metrics })
    }

    /// The status of one payout, always from AliKassa, and not recorded.
    pub(crate) async fn fresh_status(&self, query: &PayoutQuery) -> (Answer, RequestMetrics) {
        self.ask(&Missing { query, ticket: None }).await
    }

    async fn ask(&self, missing: &Missing<'_>) -> (Answer, RequestMetrics) {
        let fetch = MeteredFetch::start();
        let answer = self.client(&fetch, 1).payout_status(missing.query).await;
        self.record([(missing, &answer)]);
        let upstream_status = upstream_status(&answer);
        (answer, RequestMetrics { upstream: Some(fetch.metrics()), upstream_status, ..RequestMetrics::default() })
    }

    /// The status of each of these payouts, in the same order.
    pub(crate) async fn statuses(&self, queries: &[PayoutQuery]) -> (Vec<Answer>, RequestMetrics) {
        let found = self.look_up(queries).await;
        let missing: Vec<&Missing> = found.iter().filter_map(|found| found.as_ref().err()).collect();
        let mut metrics = RequestMetrics { cache_hits: queries.len() - missing.len(), ..RequestMetrics::default() };
        let mut asked = Vec::new();
        if !missing.is_empty() {
            let fetch = MeteredFetch::start();
            let queries: Vec<PayoutQuery> = missing.iter().map(|missing| missing.query.clone()).collect();
            asked = self.client(&fetch, queries.len()).payout_statuses(&queries).await;
            self.record(missing.iter().copied().zip(&asked));
            metrics.upstream = Some(fetch.metrics());
            metrics.upstream_statuses = asked.iter().filter_map(upstream_status).collect();
        }
        metrics.cache = self.cache_status(missing.is_empty()).filter(|_| !queries.is_empty());
        let mut asked = asked.into_iter();
        let answers = found.into_iter().filter_map(|found| found.map(Ok).or_else(|_| asked.next().ok_or(())).ok());
        (answers.collect(), metrics)
    }

    /// Looks each payout up in the ledger. If that fails, AliKassa is asked.
    async fn look_up<'q>(&self, queries: &'q [PayoutQuery]) -> Vec<Result<Payout, Missing<'q>>> {
        let mut known = Vec::new();
        if let (Some(ledger), false) = (&self.ledger, queries.is_empty()) {
            match ledger.look_up(queries, self.is_bypassed).await {
                Ok(found) => known = found,
                Err(_) => log_incident("ledger_look_up_failed", self.ray),
            }
        }
        let mut known = known.into_iter();
        let found = queries.iter().map(|query| match known.next() {
            Some(Known::Final(payout)) => Ok(payout),
            Some(Known::Ask(ticket)) => Err(Missing { query, ticket: Some(ticket) }),
            None => Err(Missing { query, ticket: None }),
        });
        found.collect()
    }

    /// Records AliKassa's answers in the ledger, after the Worker has answered.
    fn record<'p>(&self, answers: impl IntoIterator<Item = (&'p Missing<'p>, &'p Answer)>) {
        let Some(ledger) = &self.ledger else {
            return;
        };
        let answered = answers.into_iter().filter_map(|(missing, answer)| {
            let answer = serde_json::to_string(answer.as_ref().ok()?).ok()?;
            Some((missing.query.clone(), missing.ticket?, answer))
        });
        let answered: Vec<_> = answered.collect();
        if !answered.is_empty() {
            let (ledger, ray) = (ledger.clone(), self.ray.map(str::to_owned));
            wait_until(&future_to_promise(async move {
                if ledger.record(answered).await.is_err() {
                    log_incident("ledger_record_failed", ray.as_deref());
                }
                Ok(JsValue::UNDEFINED)
            }));
        }
    }

    /// The client, whose retries leave a subrequest for each of so many payouts.
    fn client<'f>(&self, fetch: &'f MeteredFetch, payouts: usize) -> Client<&'f MeteredFetch, WebClock> {
        let retries = MAX_SUBREQUESTS.saturating_sub(u32::try_from(payouts).unwrap_or(MAX_SUBREQUESTS));
        self.client.with_transport(fetch).with_budget(RequestBudget::new(retries))
    }

    /// `None` without a ledger.
    fn cache_status(&self, is_hit: bool) -> Option<CacheStatus> {
        self.ledger.as_ref().map(|_| match (self.is_bypassed, is_hit) {
            (true, _) => CacheStatus::Bypass,
            (false, true) => CacheStatus::Hit,
            (false, false) => CacheStatus::Miss,
        })
    }
}

/// The HTTP status of AliKassa's last answer about a payout.
fn upstream_status(answer: &Answer) -> Option<u16> {
    match answer {
        Ok(_) => Some(200),
        Err(error) => error.request_error().upstream_status(),
    }
}
