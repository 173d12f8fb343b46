//! `GET` and `POST /webhooks/alikassa`: AliKassa tells that a payout or a payment has changed its status.
//!
//! The signature is what lets a caller in, since AliKassa sends no token. A notification is a hint: what became of a payout is read
//! again, never from a cache, and that is what is answered and passed on. AliKassa gets its 200 only where nobody else needs to be told,
//! where the merchant has been, or where the queue holds what the merchant is to be told of.

mod confirmed;
mod consumer;
mod forwarding;
mod passage;
mod queue;
mod settings;

use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};
use worker::{Context, Env};

pub(super) use self::consumer::{MessageBatch, consume};
use self::passage::Passage;
pub(super) use self::settings::Health;
use self::settings::{forwarding, notification_key, queue};
use super::cache::Cache;
use super::configuration::{configuration, tokens};
use super::problem::Problem;
use super::reply::Reply;
use super::request::{MediaType, Method, Request, decode_form};
use super::subrequests::Subrequests;
use super::{log, rate_limit};
use crate::ground::key::NotificationKey;
use crate::ground::notification::{Notification, SignatureError};

/// How long AliKassa waits for its 200, at most, once the queue holds what it told: the payout is read again when that comes out.
const PATIENCE_IF_HELD: Duration = Duration::from_secs(5);

pub(super) async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Reply, Problem> {
    let key = notification_key(env)?;
    let notification = read(request, &key).await?;
    // AliKassa has few addresses and calls from them for every payout: what it signed is counted by what it is about. What it did not
    // sign has cost what it costs, and goes no further.
    rate_limit::admit(request, env, &format!("notification/{}", notification.id())).await?;
    // Whose signature does not verify learns nothing of how the rest is configured.
    tokens(env)?;
    let configuration = configuration(env)?;
    let forwarding = forwarding(env)?;
    let query = notification.payout_query();
    // First of all, so that it is held whatever becomes of this request, and so that the queue takes no time from what comes after.
    let is_held = query.is_some() && forwarding.is_some() && hold(&notification, request, env).await?;
    let mut passage =
        Passage::new(&notification, &configuration, if is_held { PATIENCE_IF_HELD } else { Duration::MAX });
    let Some(query) = query else {
        // The API that could be asked about it is not ours, and what was not read again is not passed on.
        return Ok(Reply::json(&Unread { notification: &notification, problem: None })?.reporting(passage.end("none")));
    };
    let subrequests = Subrequests::new(1);
    let answer = passage.read_again(&query, &subrequests).await?;
    let cache = Cache::new(request, env, &configuration, passage.account()?, &subrequests)?.bypassed();
    cache.learn_one(context, &query, &answer);
    let (reply, forwarded) = match answer.map(|payout| passage.confirm(payout)) {
        Ok(confirmed) => match forwarding {
            Some(forwarding) if !is_held => match passage.deliver(&confirmed, &forwarding, passage.left()).await? {
                Ok(()) => (Reply::json(&confirmed)?, "merchant"),
                Err(error) => (Problem::forward_failed(&error).into(), "none"),
            },
            _ => (Reply::json(&confirmed)?, if is_held { "queue" } else { "none" }),
        },
        Err(error) => {
            let problem = Problem::gateway(&error);
            if is_held {
                let unread = Unread { notification: &notification, problem: Some(&problem) };
                (Reply::json(&unread)?.told_as(&problem), "queue")
            } else {
                (problem.into(), "none")
            }
        }
    };
    Ok(reply.reporting(passage.end(forwarded)))
}

/// The notification in a request, if it is AliKassa's.
async fn read(request: &Request, key: &NotificationKey) -> Result<Notification, Problem> {
    let pairs = match request.method() {
        Method::Post => match request.body(&[MediaType::Json, MediaType::Form]).await? {
            (MediaType::Json, body) => {
                return Notification::from_json(&body, key).map_err(|error| Problem::invalid_signature(&error));
            }
            (MediaType::Form, body) => decode_form(&body),
        },
        _ => request.query(),
    };
    let pairs = pairs.map_err(|_| SignatureError::NotUtf8);
    pairs.and_then(|pairs| Notification::from_pairs(pairs, key)).map_err(|error| Problem::invalid_signature(&error))
}

/// Whether a queue holds it now. Where one is bound that does not, the merchant is told within the request.
async fn hold(notification: &Notification, request: &Request, env: &Env) -> Result<bool, Problem> {
    let Some(queue) = queue(env)? else {
        return Ok(false);
    };
    let is_held = queue.hold(notification).await.is_ok();
    if !is_held {
        log::incident("queue_send_failed", request.ray());
    }
    Ok(is_held)
}

/// The answer to a notification that was not read again: because it is not about a payout, or because that went wrong and the queue will
/// see to it.
struct Unread<'a> {
    notification: &'a Notification,
    problem: Option<&'a Problem>,
}

impl Serialize for Unread<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("notification", self.notification)?;
        if let Some(problem) = self.problem {
            map.serialize_entry("problem", problem)?;
        }
        map.end()
    }
}
