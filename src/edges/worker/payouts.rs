//! What became of payouts: from the cache what is final, from AliKassa the rest.

use worker::{Context, Env};

use super::cache::Cache;
use super::configuration::Configuration;
use super::problem::Problem;
use super::report::{Cached, Report};
use super::request::Request;
use super::subrequests::Subrequests;
use super::upstream::Upstream;
use crate::gateway::client::Gateway;
use crate::gateway::endpoint::Account;
use crate::gateway::error::GatewayError;
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// A payout, or why nobody knows what became of it.
type Answer = Result<Payout, GatewayError>;

/// Asks for all of these in the name of one account: an answer to each in the same order, and what there is to tell of it.
pub(super) async fn ask(
    request: &Request,
    env: &Env,
    context: &Context,
    configuration: &Configuration,
    account: &Account,
    queries: &[PayoutQuery],
) -> Result<(Vec<Option<Answer>>, Report), Problem> {
    let subrequests = Subrequests::new(queries.len());
    let cache = Cache::new(request, env, configuration, account, &subrequests)?;
    let entries = cache.find(queries).await;
    let missing: Vec<PayoutQuery> = queries
        .iter()
        .zip(&entries)
        .filter(|(_, entry)| entry.payout.is_none())
        .map(|(query, _)| query.clone())
        .collect();
    let mut report = Report { cache_hits: queries.len() - missing.len(), ..Report::default() };
    let mut asked = Vec::new();
    if !missing.is_empty() {
        let upstream = Upstream::new(&subrequests);
        let gateway = Gateway::new(&upstream, &configuration.signer, account, &configuration.settings);
        asked = gateway.payout_statuses(&missing).await;
        report.asked = Some(upstream.asked());
        report.upstream_statuses = asked.iter().filter_map(upstream_status).collect();
    }
    report.cache = if queries.is_empty() {
        None
    } else if cache.is_bypassed() {
        Some(Cached::Bypass)
    } else if missing.is_empty() {
        Some(Cached::Hit)
    } else {
        Some(Cached::Miss)
    };
    cache.learn(context, entries.iter().filter(|entry| entry.payout.is_none()).zip(&asked));
    let mut asked = asked.into_iter();
    let answers = entries.into_iter().map(|entry| entry.payout.map(Ok).or_else(|| asked.next()));
    Ok((answers.collect(), report))
}

/// The HTTP status of AliKassa's last answer about a payout.
pub(super) fn upstream_status(answer: &Answer) -> Option<u16> {
    match answer {
        Ok(_) => Some(200),
        Err(error) => error.upstream_status(),
    }
}
