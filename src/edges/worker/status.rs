//! `POST` and `GET /v1/payout/status`: AliKassa's own path and body.

use worker::{Context, Env};

use super::configuration::{configuration, tokens};
use super::payouts;
use super::problem::Problem;
use super::rate_limit;
use super::reply::Reply;
use super::report::Report;
use super::request::{Method, Request};
use crate::ground::query::PayoutQuery;

pub(super) async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Reply, Problem> {
    // Who has no token learns nothing of how the rest is configured.
    let caller = tokens(env)?.authorize(request)?;
    let configuration = configuration(env)?;
    rate_limit::admit(request, env, &caller.name()).await?;
    let account = configuration.account(request.header("Account").as_deref())?;
    let query = match request.method() {
        Method::Post => PayoutQuery::from_json(&request.json_body().await?),
        _ => request.query().and_then(PayoutQuery::from_pairs),
    };
    let query = query.map_err(|error| Problem::invalid_request(&error))?;
    let (mut answers, report) = payouts::ask(request, env, context, &configuration, account, &[query]).await?;
    let answer = answers.pop().flatten().ok_or_else(Problem::internal)?;
    let upstream_status = report.upstream_statuses.first().copied();
    let (reply, payout_id) = match &answer {
        Ok(payout) => (Reply::json(payout)?, payout.id().map(str::to_owned)),
        Err(error) => (Problem::gateway(error).into(), None),
    };
    Ok(reply.reporting(Report { upstream_status, payout_id, ..report }))
}
