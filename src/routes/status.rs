//! `POST` and `GET /v1/payout/status`: AliKassa's own path and body.

use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let query = operation.query()?;
    let (answer, metrics) = operation.payouts()?.status(&query).await;
    let reply = match answer {
        Ok(payout) => Reply::json(&payout).map_err(|error| Problem::from(error).about_payout())?,
        Err(error) => Problem::payout_unknown(&error).into(),
    };
    Ok(reply.with_metrics(metrics))
}
