//! `POST /v1/events/{seq}/redeliver` and `POST /v1/events/redeliver`: sends events again, after reading their payouts again.

use serde::Deserialize;

use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::{Input, Operation};

/// The body of the request for a range.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Range {
    after: u64,
}

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let ledger = operation.ledger()?;
    operation.app.required_forwarding()?;
    let (seq, is_range) = match operation.input {
        Input::Event(seq) => (seq, false),
        _ => {
            let range = serde_json::from_slice::<Range>(operation.json()).ok();
            let after = range.and_then(|range| i64::try_from(range.after).ok()).filter(|after| *after < 1_i64 << 53);
            let after = after.ok_or_else(|| {
                Problem::invalid_parameter(
                    "The body must be {\"after\":SEQ}: the number of the event before the first one.",
                )
            })?;
            (after, true)
        }
    };
    let events = ledger.redeliver(seq, is_range).await?;
    if events == 0 && !is_range {
        return Err(Problem::unknown_event());
    }
    Ok(Reply::new(202, "application/json", format!("{{\"events\":{events}}}")))
}
