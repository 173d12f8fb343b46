//! `POST /v1/payout/status/batch`: many payouts in one request.

use alikassa::{Payout, PayoutQuery};
use serde::Serialize;
use worker::Context;

use crate::app::App;
use crate::http::metrics::{Outcome, RequestMetrics};
use crate::http::problem::Problem;
use crate::http::rate_limit;
use crate::http::reply::Reply;
use crate::http::request::Request;
use crate::subrequests::Subrequests;

/// The answer: as many items as there were queries, in the same order.
#[derive(Serialize)]
struct Batch {
    payouts: Vec<Item>,
}

/// A payout, or the problem in its place.
#[derive(Serialize)]
#[serde(rename_all = "lowercase")]
enum Item {
    Payout(Payout),
    Problem(Problem),
}

pub(crate) async fn respond(app: &App, request: &Request, context: &Context) -> Result<Reply, Problem> {
    let caller = app.tokens()?.authorize(request)?;
    let config = app.config()?;
    rate_limit::admit(config.limiter.as_ref(), request, &caller.rate_limit_key()).await?;
    let client = config.client(request.header("Account").as_deref())?;
    let queries = PayoutQuery::batch_from_json(&request.json_body().await?);
    let queries = queries.map_err(|error| Problem::invalid_request(&error))?;
    let valid: Vec<PayoutQuery> = queries.iter().flatten().cloned().collect();
    let payouts = config.payouts(client, request, context, Subrequests::new(valid.len()));
    let (answers, metrics) = payouts.statuses(&valid).await;
    let mut answers = answers.into_iter();
    let items = queries.into_iter().map(|query| match query {
        Err(error) => Item::Problem(Problem::invalid_request(&error)),
        Ok(_) => match answers.next() {
            Some(Ok(payout)) => Item::Payout(payout),
            Some(Err(error)) => Item::Problem(Problem::payout_unknown(&error)),
            None => Item::Problem(Problem::internal().about_payout()),
        },
    });
    let batch = Batch { payouts: items.collect() };
    let items = batch.payouts.iter().map(Item::outcome).collect();
    let reply = Reply::json(&batch).map_err(|error| Problem::from(error).about_payout())?;
    Ok(reply.with_metrics(RequestMetrics { items, ..metrics }))
}

impl Item {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Payout(_) => Outcome::OK,
            Self::Problem(problem) => problem.outcome(),
        }
    }
}
