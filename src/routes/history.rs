//! `GET /v1/payout/history`: the timeline of one payout.

use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let timeline = operation.ledger()?.history(&operation.query()?).await?;
    Ok(Reply::new(200, "application/json", timeline.ok_or_else(Problem::unknown_payout)?))
}
