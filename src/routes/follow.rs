//! `POST /v1/payout/follow`: follows a payout to its end, also one that AliKassa may not know yet.

use alikassa::PayoutQuery;
use alikassa_ledger::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::operation::Operation;

/// The body: the query for a payout, and the deadline.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Body<'a> {
    #[serde(borrow)]
    id: Option<&'a RawValue>,
    #[serde(borrow)]
    order_id: Option<&'a RawValue>,
    #[serde(borrow)]
    until: &'a RawValue,
}

pub(crate) async fn perform(operation: &Operation<'_>) -> Result<Reply, Problem> {
    let (query, until) = read(operation.json())?;
    let record = operation.ledger()?.follow(&query, until).await?;
    let record =
        record.map_err(|reason| Problem::invalid_parameter(format!("The deadline is not acceptable: {reason}.")))?;
    Ok(Reply::new(202, "application/json", record))
}

fn read(body: &[u8]) -> Result<(PayoutQuery, Option<Timestamp>), Problem> {
    let Ok(Body { id, order_id, until }) = serde_json::from_slice(body) else {
        // Without `until`, it is the body of a status request.
        return Ok((PayoutQuery::from_json(body).map_err(|error| Problem::invalid_request(&error))?, None));
    };
    let until = match until.get() {
        "null" => None,
        json => Some(serde_json::from_str(json).ok().and_then(Timestamp::parse).ok_or_else(|| {
            Problem::invalid_parameter(
                "\"until\" must be a time in RFC 3339 and UTC, such as \"2026-12-01T00:00:00Z\".",
            )
        })?),
    };
    let names = [("id", id), ("order_id", order_id)];
    let names = names.into_iter().filter_map(|(name, value)| Some(format!("\"{name}\":{}", value?.get())));
    let query = format!("{{{}}}", names.collect::<Vec<_>>().join(","));
    Ok((PayoutQuery::from_json(query.as_bytes()).map_err(|error| Problem::invalid_request(&error))?, until))
}
