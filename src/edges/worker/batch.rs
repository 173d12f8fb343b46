//! `POST /v1/payout/status/batch`: many payouts in one request.

use serde::ser::{Serialize, SerializeMap, Serializer};
use worker::{Context, Env};

use super::configuration::{configuration, tokens};
use super::payouts;
use super::problem::Problem;
use super::rate_limit;
use super::reply::Reply;
use super::report::{Outcome, Report};
use super::request::Request;
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// The answer: as many results as there were queries, in the same order.
struct Batch(Vec<Item>);

/// One result: a payout, or the problem in its place.
enum Item {
    Payout(Payout),
    Problem(Problem),
}

pub(super) async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Reply, Problem> {
    let caller = tokens(env)?.authorize(request)?;
    let configuration = configuration(env)?;
    rate_limit::admit(request, env, &caller.name()).await?;
    let account = configuration.account(request.header("Account").as_deref())?;
    let queries = PayoutQuery::batch_from_json(&request.json_body().await?);
    let queries = queries.map_err(|error| Problem::invalid_request(&error))?;
    let valid: Vec<PayoutQuery> = queries.iter().filter_map(|query| query.as_ref().ok().cloned()).collect();
    let (answers, report) = payouts::ask(request, env, context, &configuration, account, &valid).await?;
    let mut answers = answers.into_iter();
    let items = queries.into_iter().map(|query| match query {
        Err(error) => Item::Problem(Problem::invalid_request(&error)),
        Ok(_) => match answers.next().flatten() {
            Some(Ok(payout)) => Item::Payout(payout),
            Some(Err(error)) => Item::Problem(Problem::gateway(&error)),
            None => Item::Problem(Problem::internal()),
        },
    });
    let batch = Batch(items.collect());
    let items = batch.0.iter().map(Item::outcome).collect();
    Ok(Reply::json(&batch)?.reporting(Report { items, ..report }))
}

impl Item {
    fn outcome(&self) -> Outcome {
        match self {
            Self::Payout(_) => Outcome::OK,
            Self::Problem(problem) => problem.outcome(),
        }
    }
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        map.serialize_entry("payouts", &self.0)?;
        map.end()
    }
}

impl Serialize for Item {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(1))?;
        match self {
            Self::Payout(payout) => map.serialize_entry("payout", payout)?,
            Self::Problem(problem) => map.serialize_entry("problem", problem)?,
        }
        map.end()
    }
}
