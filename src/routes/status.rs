//! `POST` and `GET /v1/payout/status`: AliKassa's own path and body.

use alikassa::PayoutQuery;
use worker::Context;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::rate_limit;
use crate::http::reply::Reply;
use crate::http::request::{Method, Request};
use crate::subrequests::Subrequests;

pub(crate) async fn respond(app: &App, request: &Request, context: &Context) -> Result<Reply, Problem> {
    // Authorize first, so that an unauthenticated caller can't probe the configuration.
    let caller = app.tokens()?.authorize(request)?;
    let config = app.config()?;
    rate_limit::admit(config.limiter.as_ref(), request, &caller.rate_limit_key()).await?;
    let client = config.client(request.header("Account").as_deref())?;
    let query = match request.method() {
        Method::Post => PayoutQuery::from_json(&request.json_body().await?),
        _ => request.query().and_then(PayoutQuery::from_pairs),
    };
    let query = query.map_err(|error| Problem::invalid_request(&error))?;
    let payouts = config.payouts(client, request, context, Subrequests::new(1));
    let (answer, metrics) = payouts.status(&query).await;
    let reply = match answer {
        Ok(payout) => Reply::json(&payout).map_err(|error| Problem::from(error).about_payout())?,
        Err(error) => Problem::payout_unknown(&error).into(),
    };
    Ok(reply.with_metrics(metrics))
}
