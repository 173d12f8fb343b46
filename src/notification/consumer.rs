//! The consumer side of Cloudflare's queue: reads each notification's payout again, and forwards it.
//!
//! A message is acknowledged only once the merchant has it. Otherwise it is retried later, until the queue moves it to the dead-letter
//! queue.

use std::cell::Cell;
use std::time::Duration;

use alikassa::Notification;
use futures_util::stream::{self, StreamExt};
use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::Context;

use super::handler::NotificationHandler;
use crate::app::App;
use crate::http::access_log::{MessageLogEntry, log_incident};
use crate::http::metrics::{Outcome, RequestMetrics};
use crate::http::problem::Problem;
use crate::instant::Instant;
use crate::subrequests::{LIMIT, Subrequests};

/// How many messages are handled in one invocation: each needs a request to AliKassa and one to the merchant.
const MAX_MESSAGES: usize = LIMIT / 2;

/// How many are handled at a time: a Worker has at most 6 open connections
/// (<https://developers.cloudflare.com/workers/platform/limits/>).
const CONCURRENCY: usize = 6;

/// The longest back-off.
const MAX_BACKOFF: Duration = Duration::from_secs(60 * 60);

/// The longest delay that the queue takes (<https://developers.cloudflare.com/queues/configuration/batching-retries/#delay-messages>).
const MAX_DELAY: Duration = Duration::from_secs(12 * 60 * 60);

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/queues/configuration/javascript-apis/#messagebatch>
    pub type MessageBatch;

    #[wasm_bindgen(method, getter, catch)]
    fn messages(this: &MessageBatch) -> Result<Array, JsValue>;

    /// <https://developers.cloudflare.com/queues/configuration/javascript-apis/#message>
    type Message;

    #[wasm_bindgen(method, getter, catch)]
    fn body(this: &Message) -> Result<JsValue, JsValue>;

    /// How often it was delivered to the Worker, this time included.
    #[wasm_bindgen(method, getter, catch)]
    fn attempts(this: &Message) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn ack(this: &Message) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn retry(this: &Message, options: &Object) -> Result<(), JsValue>;
}

/// Handles a batch of messages, and logs an entry for each. Messages beyond the limit of subrequests are retried later.
///
/// Fails if the runtime does not accept the outcome of a message; it delivers again what was not acknowledged.
pub(crate) async fn consume(batch: &MessageBatch, app: &App, context: &Context) -> Result<(), JsValue> {
    let messages: Vec<Message> = batch.messages()?.iter().map(JsCast::unchecked_into).collect();
    let (messages, too_many) = messages.split_at_checked(MAX_MESSAGES).unwrap_or((&messages, &[]));
    let error = Cell::new(None);
    for message in too_many {
        if let Err(thrown) = message.attempts().and_then(|attempt| message.retry_later(backoff(attempt))) {
            error.set(Some(thrown));
        }
    }
    if !too_many.is_empty() {
        log_incident("queue_batch_too_large", None);
    }
    let subrequests = Subrequests::new(2 * messages.len());
    stream::iter(messages)
        .for_each_concurrent(CONCURRENCY, async |message| {
            if let Err(thrown) = handle(message, app, context, &subrequests).await {
                error.set(Some(thrown));
            }
        })
        .await;
    error.into_inner().map_or(Ok(()), Err)
}

async fn handle(message: &Message, app: &App, context: &Context, subrequests: &Subrequests) -> Result<(), JsValue> {
    let started = Instant::now();
    let attempt = message.attempts()?;
    let delivery = deliver(message, app, context, subrequests).await;
    let delivery = delivery.unwrap_or_else(|problem| Delivery::failed(&problem));
    if delivery.is_done {
        message.ack()?;
    } else {
        message.retry_later(backoff(attempt).max(delivery.retry_after.unwrap_or_default()).min(MAX_DELAY))?;
    }
    let Delivery { outcome, metrics, .. } = &delivery;
    MessageLogEntry { attempt, outcome: *outcome, metrics, total: started.elapsed() }.write();
    Ok(())
}

impl Message {
    /// Has the queue deliver the message again after this long.
    fn retry_later(&self, delay: Duration) -> Result<(), JsValue> {
        let options = Object::new();
        Reflect::set(&options, &"delaySeconds".into(), &delay.as_secs_f64().ceil().into())?;
        self.retry(&options)
    }
}

/// The outcome of a message.
struct Delivery {
    is_done: bool,
    outcome: Outcome,
    metrics: RequestMetrics,
    retry_after: Option<Duration>,
}

impl Delivery {
    fn done() -> Self {
        Self { is_done: true, outcome: Outcome::OK, metrics: RequestMetrics::default(), retry_after: None }
    }

    fn failed(problem: &Problem) -> Self {
        Self { is_done: false, outcome: problem.outcome(), metrics: RequestMetrics::default(), retry_after: None }
    }
}

async fn deliver(
    message: &Message,
    app: &App,
    context: &Context,
    subrequests: &Subrequests,
) -> Result<Delivery, Problem> {
    let key = app.required_notification_key()?;
    let config = app.config()?;
    let forwarding = app.required_forwarding()?;
    // `JSON.stringify` returns `undefined` for what JSON does not have.
    let json = JSON::stringify(&message.body()?)?.as_string().unwrap_or_default();
    let notification =
        Notification::from_json(json.as_bytes(), key).map_err(|error| Problem::invalid_signature(&error))?;
    let query = notification.payout_query().ok_or_else(Problem::internal)?;
    let mut handler = NotificationHandler::start(&notification, config, Duration::MAX)?;
    let client = handler.client().clone();
    let payouts = config.payouts_for_queue(&client, context, subrequests.clone());
    let delivery = match handler.read_payout(&payouts, &query).await {
        Ok(payout) => {
            let reconciled = handler.reconcile(payout);
            match handler.forward(&reconciled, forwarding, Duration::MAX).await? {
                Ok(()) => Delivery::done(),
                Err(error) => {
                    Delivery { retry_after: error.retry_after(), ..Delivery::failed(&Problem::forward_failed(&error)) }
                }
            }
        }
        Err(error) => Delivery::failed(&Problem::payout_unknown(&error)),
    };
    Ok(Delivery { metrics: handler.finish(if delivery.is_done { "merchant" } else { "none" }), ..delivery })
}

/// How long to wait before the next attempt: a second at first, then twice as long each time, half of it random, so that messages that
/// failed together don't return together.
fn backoff(attempt: u32) -> Duration {
    let longest = Duration::from_secs(2_u64.saturating_pow(attempt.saturating_sub(1))).min(MAX_BACKOFF);
    longest.mul_f64(0.5 + js_sys::Math::random() / 2.0)
}
