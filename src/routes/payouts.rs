//! `GET /v1/payouts`: the payouts in the ledger, newest first.

use alikassa_ledger::PayoutState;

use super::page::{Cursor, Parameters};
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let Parameters { after, limit, state } = Parameters::read(operation, true)?;
    if state.as_deref().is_some_and(|state| PayoutState::parse(state).is_none()) {
        return Err(Problem::invalid_parameter("\"state\" must be \"open\", \"overdue\" or \"final\"."));
    }
    let after = if let Cursor::After(cursor) = after { Some(cursor) } else { None };
    let page = operation.ledger()?.payouts(state, after, limit).await?;
    Ok(Reply::new(200, "application/json", page))
}
