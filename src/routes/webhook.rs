//! `GET` and `POST /webhooks/alikassa`: AliKassa's notification that a payout or a payment has changed its status.
//!
//! The signature authorizes the caller, since AliKassa sends no token. A notification is a hint: the ledger writes it down and has the
//! payout read at once, and AliKassa gets its 200 before that. Without a ledger, or if it fails, the payout is read and forwarded within
//! the request, and AliKassa gets its 200 once the merchant has it.

use alikassa::{Notification, NotificationKey, VerificationError};
use serde::Serialize;

use crate::app::App;
use crate::http::access_log::log_incident;
use crate::http::problem::Problem;
use crate::http::rate_limit;
use crate::http::reply::Reply;
use crate::http::request::{MediaType, Method, Request, decode_form};
use crate::notification::handler::NotificationHandler;

pub(crate) async fn respond(app: &App, request: &Request) -> Result<Reply, Problem> {
    let notification = verify(request, app.required_notification_key()?).await?;
    // Verify first, so that an unauthenticated caller can't probe the configuration.
    app.tokens()?;
    let config = app.config()?;
    // AliKassa calls from few addresses, so that notifications are counted by their payout.
    let key = format!("notification/{}", notification.id());
    rate_limit::admit(config.limiter.as_ref(), request, &key).await?;
    let forwarding = app.forwarding()?;
    let mut handler = NotificationHandler::start(&notification, config)?;
    let Some(query) = notification.payout_query() else {
        // A payment: its status can't be read with this API, and unread notifications are not forwarded.
        return Ok(Reply::json(&Unread { notification: &notification })?.with_metrics(handler.finish("none")));
    };
    let client = handler.client().clone();
    if let Some(ledger) = config.ledger(&client) {
        match ledger.notify(&query, &notification).await {
            Ok(()) => {
                return Ok(Reply::json(&Unread { notification: &notification })?.with_metrics(handler.finish("ledger")));
            }
            Err(_) => log_incident("ledger_notify_failed", request.ray()),
        }
    }
    let payouts = config.payouts(&client, request.has_no_cache(), request.ray());
    let (reply, forwarded) = match handler.read_payout(&payouts, &query).await {
        Ok(payout) => {
            let reconciled = handler.reconcile(payout);
            match forwarding {
                Some(forwarding) => match handler.forward(&reconciled, forwarding, handler.time_left()).await? {
                    Ok(()) => (Reply::json(&reconciled)?, "merchant"),
                    Err(error) => (Problem::forward_failed(&error).into(), "none"),
                },
                None => (Reply::json(&reconciled)?, "none"),
            }
        }
        Err(error) => (Problem::payout_unknown(&error).into(), "none"),
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

/// The answer to a notification whose payout was not read: the ledger reads it, or it is about a payment.
#[derive(Serialize)]
struct Unread<'a> {
    notification: &'a Notification,
}
