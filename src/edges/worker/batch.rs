//! `POST /v1/payout/status/batch`: many payouts in one request.

use serde::ser::{Serialize, SerializeMap, Serializer};
use worker::Env;

use super::configuration::{configuration, tokens};
use super::problem::Problem;
use super::reply::Reply;
use super::report::{Outcome, Report};
use super::request::Request;
use super::upstream::Upstream;
use crate::gateway::client::Gateway;
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// How many requests a Worker may send for one that it gets, on the smallest plan
/// (<https://developers.cloudflare.com/workers/platform/limits/>).
const MAX_SUBREQUESTS: usize = 50;

/// The answer: as many results as there were queries, in the same order.
struct Batch(Vec<Item>);

/// One result: a payout, or the problem in its place.
enum Item {
    Payout(Payout),
    Problem(Problem),
}

pub(super) async fn answer(request: &Request, env: &Env) -> Result<Reply, Problem> {
    tokens(env)?.authorize(request)?;
    let configuration = configuration(env)?;
    let account = configuration.account(request.header("Account").as_deref())?;
    let queries = PayoutQuery::batch_from_json(&request.json_body().await?);
    let queries = queries.map_err(|error| Problem::invalid_request(&error))?;
    let valid: Vec<PayoutQuery> = queries.iter().filter_map(|query| query.as_ref().ok().cloned()).collect();
    // What the first attempts leave over is for all retries together.
    let upstream = Upstream::new()?.with_retries(MAX_SUBREQUESTS.saturating_sub(valid.len()));
    let gateway = Gateway::new(&upstream, &configuration.signer, account, &configuration.settings);
    let mut answers = gateway.payout_statuses(&valid).await.into_iter();
    let batch = queries.into_iter().map(|query| match query {
        Err(error) => Item::Problem(Problem::invalid_request(&error)),
        Ok(_) => match answers.next() {
            Some(Ok(payout)) => Item::Payout(payout),
            Some(Err(error)) => Item::Problem(Problem::gateway(&error)),
            None => Item::Problem(Problem::internal()),
        },
    });
    let batch = Batch(batch.collect());
    let items = batch.0.iter().map(Item::outcome).collect();
    Ok(Reply::json(&batch)?.reporting(Report { asked: Some(upstream.asked()), items, ..Report::default() }))
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
