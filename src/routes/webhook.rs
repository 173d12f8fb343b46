//! `GET` and `POST /webhooks/alikassa`: AliKassa's notification that a payout or a payment has changed its status.
//!
//! The signature authorizes the caller, since AliKassa sends no token. A notification is a hint: the payout is read again, never from a
//! cache, and that status is answered and forwarded. AliKassa gets its 200 once the merchant or the queue has the notification, or if
//! there is nothing to forward.

use std::time::Duration;

use alikassa::{Notification, NotificationKey, VerificationError};
use serde::Serialize;
use worker::Context;

use crate::app::App;
use crate::http::access_log::log_incident;
use crate::http::problem::Problem;
use crate::http::rate_limit;
use crate::http::reply::Reply;
use crate::http::request::{MediaType, Method, Request, decode_form};
use crate::notification::handler::NotificationHandler;
use crate::subrequests::Subrequests;

/// The time to read the payout if the queue has the notification: it is read again when the message is delivered.
const ENQUEUED_TIMEOUT: Duration = Duration::from_secs(5);

pub(crate) async fn respond(app: &App, request: &Request, context: &Context) -> Result<Reply, Problem> {
    let notification = verify(request, app.required_notification_key()?).await?;
    // Verify first, so that an unauthenticated caller can't probe the configuration.
    app.tokens()?;
    let config = app.config()?;
    // AliKassa calls from few addresses, so that notifications are counted by their payout.
    let key = format!("notification/{}", notification.id());
    rate_limit::admit(config.limiter.as_ref(), request, &key).await?;
    let forwarding = app.forwarding()?;
    let query = notification.payout_query();
    // Enqueue first, so that a failure afterwards does not lose the notification.
    let is_enqueued = query.is_some() && forwarding.is_some() && enqueue(&notification, request, app).await?;
    let limit = if is_enqueued { ENQUEUED_TIMEOUT } else { Duration::MAX };
    let mut handler = NotificationHandler::start(&notification, config, limit)?;
    let Some(query) = query else {
        // A payment: its status can't be read with this API, and unread notifications are not forwarded.
        let reply = Reply::json(&Unread { notification: &notification, problem: None })?;
        return Ok(reply.with_metrics(handler.finish("none")));
    };
    let client = handler.client().clone();
    let payouts = config.payouts(&client, request, context, Subrequests::new(1)).bypassing_cache();
    let (reply, forwarded) = match handler.read_payout(&payouts, &query).await {
        Ok(payout) => {
            let reconciled = handler.reconcile(payout);
            match forwarding {
                Some(forwarding) if !is_enqueued => {
                    match handler.forward(&reconciled, forwarding, handler.time_left()).await? {
                        Ok(()) => (Reply::json(&reconciled)?, "merchant"),
                        Err(error) => (Problem::forward_failed(&error).into(), "none"),
                    }
                }
                _ => (Reply::json(&reconciled)?, if is_enqueued { "queue" } else { "none" }),
            }
        }
        Err(error) => {
            let problem = Problem::payout_unknown(&error);
            if is_enqueued {
                let unread = Unread { notification: &notification, problem: Some(&problem) };
                (Reply::json(&unread)?.with_outcome(problem.outcome()), "queue")
            } else {
                (problem.into(), "none")
            }
        }
    };
    Ok(reply.with_metrics(handler.finish(forwarded)))
}

/// The notification in a request, if its signature is AliKassa's.
async fn verify(request: &Request, key: &NotificationKey) -> Result<Notification, Problem> {
    let pairs = match request.method() {
        Method::Post => match request.body(&[MediaType::Json, MediaType::Form]).await? {
            (MediaType::Json, body) => {
                return Notification::from_json(&body, key).map_err(|error| Problem::invalid_signature(&error));
            }
            (MediaType::Form, body) => decode_form(&body),
        },
        _ => request.query(),
    };
    let pairs = pairs.map_err(|_| VerificationError::NotUtf8);
    pairs.and_then(|pairs| Notification::from_pairs(pairs, key)).map_err(|error| Problem::invalid_signature(&error))
}

/// Whether a queue has the notification now. If the queue fails, the request forwards it.
async fn enqueue(notification: &Notification, request: &Request, app: &App) -> Result<bool, Problem> {
    let Some(queue) = app.queue()? else {
        return Ok(false);
    };
    let is_enqueued = queue.enqueue(notification).await.is_ok();
    if !is_enqueued {
        log_incident("queue_send_failed", request.ray());
    }
    Ok(is_enqueued)
}

/// The answer to a notification whose payout was not read: it is about a payment, or reading failed and the queue will retry.
#[derive(Serialize)]
struct Unread<'a> {
    notification: &'a Notification,
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<&'a Problem>,
}
