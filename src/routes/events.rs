//! `GET /v1/events`: the events in order, for merchants who would rather poll than be called.

use super::page::{Cursor, Parameters};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let Parameters { after, limit, .. } = Parameters::read(operation, false)?;
    let after = match after {
        Cursor::Start => Some(0),
        Cursor::After(seq) => Some(seq),
        Cursor::Latest => None,
    };
    let page = operation.ledger()?.events(after, limit).await?;
    Ok(Reply::new(200, "application/json", page))
}
