//! `POST` and `GET /v1/payout/status`: AliKassa's own path and body.

use worker::Env;

use super::configuration::{configuration, tokens};
use super::problem::Problem;
use super::request::{Method, Request};
use super::response;
use crate::edges::fetch::Fetch;
use crate::gateway::client::Gateway;
use crate::ground::query::PayoutQuery;

pub(super) async fn answer(request: &Request, env: &Env) -> Result<web_sys::Response, Problem> {
    // Who has no token learns nothing of how the rest is configured.
    tokens(env)?.authorize(request)?;
    let configuration = configuration(env)?;
    let account = configuration.account(request.header("Account").as_deref())?;
    let query = match request.method() {
        Method::Post => PayoutQuery::from_json(&request.json_body().await?),
        _ => request.query().and_then(PayoutQuery::from_pairs),
    };
    let query = query.map_err(|error| Problem::invalid_request(&error))?;
    let transport = Fetch::global()?;
    let gateway = Gateway::new(transport, &configuration.signer, account, &configuration.settings);
    let payout = gateway.payout_status(&query).await.map_err(|error| Problem::gateway(&error))?;
    Ok(response::json(&payout)?)
}
