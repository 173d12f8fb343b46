//! `POST` and `GET /v1/payout/status`: AliKassa's own path and body.

use worker::Env;

use super::configuration::{configuration, tokens};
use super::problem::Problem;
use super::reply::Reply;
use super::report::Report;
use super::request::{Method, Request};
use super::upstream::Upstream;
use crate::gateway::client::Gateway;
use crate::ground::query::PayoutQuery;

pub(super) async fn answer(request: &Request, env: &Env) -> Result<Reply, Problem> {
    // Who has no token learns nothing of how the rest is configured.
    tokens(env)?.authorize(request)?;
    let configuration = configuration(env)?;
    let account = configuration.account(request.header("Account").as_deref())?;
    let query = match request.method() {
        Method::Post => PayoutQuery::from_json(&request.json_body().await?),
        _ => request.query().and_then(PayoutQuery::from_pairs),
    };
    let query = query.map_err(|error| Problem::invalid_request(&error))?;
    let upstream = Upstream::new()?;
    let gateway = Gateway::new(&upstream, &configuration.signer, account, &configuration.settings);
    let answered = gateway.payout_status(&query).await;
    let (reply, upstream_status, payout_id) = match &answered {
        Ok(payout) => (Reply::json(payout)?, Some(200), payout.id().map(str::to_owned)),
        Err(error) => (Problem::gateway(error).into(), error.upstream_status(), None),
    };
    Ok(reply.reporting(Report { asked: Some(upstream.asked()), upstream_status, payout_id, ..Report::default() }))
}
