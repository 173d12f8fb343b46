//! `POST /v1/payout/status/batch`: many payouts in one request.

use alikassa::{Payout, PayoutQuery};
use serde::Serialize;

use crate::http::metrics::{Outcome, RequestMetrics};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

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

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let queries = PayoutQuery::batch_from_json(operation.json());
    let queries = queries.map_err(|error| Problem::invalid_request(&error))?;
    let valid: Vec<PayoutQuery> = queries.iter().flatten().cloned().collect();
    let (answers, metrics) = operation.payouts()?.statuses(&valid).await;
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
