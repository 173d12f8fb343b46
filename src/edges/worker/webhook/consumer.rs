//! Cloudflare's queue, on the side where notifications come out: each is read again, and the merchant is told.
//!
//! A message leaves the queue only when the merchant has it. Whatever else happens, it comes again later; when it has come as often as the
//! queue allows, the platform puts it into the dead-letter queue.

use std::cell::Cell;
use std::time::Duration;

use js_sys::{Array, JSON, Object, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use worker::{Context, Env};

use super::passage::Passage;
use super::settings::{forwarding, notification_key};
use crate::edges::worker::cache::Cache;
use crate::edges::worker::clock::Moment;
use crate::edges::worker::configuration::configuration;
use crate::edges::worker::log::{self, MessageLine};
use crate::edges::worker::problem::Problem;
use crate::edges::worker::report::{Outcome, Report};
use crate::edges::worker::subrequests::{LIMIT, Subrequests};
use crate::gateway::lanes::in_lanes;
use crate::ground::notification::Notification;

/// How many messages are worked on in one run: each needs a request to AliKassa, and one to the merchant.
const MAX_MESSAGES: usize = LIMIT / 2;

/// The longest time that a message is put off by its own count of attempts.
const LONGEST_PAUSE: Duration = Duration::from_secs(60 * 60);

/// The longest that the queue takes (<https://developers.cloudflare.com/queues/configuration/batching-retries/#delay-messages>).
const LONGEST_DELAY: Duration = Duration::from_secs(12 * 60 * 60);

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

    /// How often it has come, this time included.
    #[wasm_bindgen(method, getter, catch)]
    fn attempts(this: &Message) -> Result<u32, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn ack(this: &Message) -> Result<(), JsValue>;

    #[wasm_bindgen(method, catch)]
    fn retry(this: &Message, options: &Object) -> Result<(), JsValue>;
}

/// Works on a batch of messages, and writes a line into the log for each. Where there are more than there may be requests for, the rest
/// comes again later.
///
/// # Errors
/// Where the runtime does not take what is to become of a message: it brings those again then that were not delivered.
pub(in crate::edges::worker) async fn consume(
    batch: &MessageBatch,
    env: &Env,
    context: &Context,
) -> Result<(), JsValue> {
    let messages: Vec<Message> = batch.messages()?.iter().map(JsCast::unchecked_into).collect();
    let (messages, too_many) = messages.split_at_checked(MAX_MESSAGES).unwrap_or((&messages, &[]));
    let error = Cell::new(None);
    for message in too_many {
        if let Err(thrown) = message.attempts().and_then(|attempt| put_off(message, pause(attempt))) {
            error.set(Some(thrown));
        }
    }
    if !too_many.is_empty() {
        log::incident("queue_batch_too_large", None);
    }
    let subrequests = Subrequests::new(2 * messages.len());
    in_lanes(messages, async |message| {
        if let Err(thrown) = work(message, env, context, &subrequests).await {
            error.set(Some(thrown));
        }
    })
    .await;
    error.into_inner().map_or(Ok(()), Err)
}

async fn work(message: &Message, env: &Env, context: &Context, subrequests: &Subrequests) -> Result<(), JsValue> {
    let began = Moment::now();
    let attempt = message.attempts()?;
    let delivery = deliver(message, env, context, subrequests).await;
    let delivery = delivery.unwrap_or_else(|problem| Delivery::failed(&problem));
    if delivery.is_done {
        message.ack()?;
    } else {
        put_off(message, pause(attempt).max(delivery.retry_after.unwrap_or_default()).min(LONGEST_DELAY))?;
    }
    MessageLine { attempt, outcome: delivery.outcome, report: &delivery.report, total: began.elapsed() }.write();
    Ok(())
}

/// Lets a message come again after this long.
fn put_off(message: &Message, delay: Duration) -> Result<(), JsValue> {
    let options = Object::new();
    Reflect::set(&options, &"delaySeconds".into(), &delay.as_secs_f64().ceil().into())?;
    message.retry(&options)
}

/// What came of a message.
struct Delivery {
    is_done: bool,
    outcome: Outcome,
    report: Report,
    retry_after: Option<Duration>,
}

impl Delivery {
    fn done() -> Self {
        Self { is_done: true, outcome: Outcome::OK, report: Report::default(), retry_after: None }
    }

    fn failed(problem: &Problem) -> Self {
        Self { is_done: false, outcome: problem.outcome(), report: Report::default(), retry_after: None }
    }
}

async fn deliver(
    message: &Message,
    env: &Env,
    context: &Context,
    subrequests: &Subrequests,
) -> Result<Delivery, Problem> {
    let key = notification_key(env)?;
    let configuration = configuration(env)?;
    let forwarding = forwarding(env)?.ok_or_else(nowhere)?;
    // Of what is no JSON, JavaScript makes no text.
    let json = JSON::stringify(&message.body()?)?.as_string().unwrap_or_default();
    let notification =
        Notification::from_json(json.as_bytes(), &key).map_err(|error| Problem::invalid_signature(&error))?;
    let query = notification.payout_query().ok_or_else(Problem::internal)?;
    let mut passage = Passage::new(&notification, &configuration, Duration::MAX);
    let answer = passage.read_again(&query, subrequests).await?;
    if let Some(cache) = Cache::in_namespace(env, &configuration, passage.account()?, subrequests)? {
        cache.learn_one(context, &query, &answer);
    }
    let delivery = match answer {
        Ok(payout) => {
            let confirmed = passage.confirm(payout);
            match passage.deliver(&confirmed, &forwarding, Duration::MAX).await? {
                Ok(()) => Delivery::done(),
                Err(error) => {
                    Delivery { retry_after: error.retry_after(), ..Delivery::failed(&Problem::forward_failed(&error)) }
                }
            }
        }
        Err(error) => Delivery::failed(&Problem::gateway(&error)),
    };
    Ok(Delivery { report: passage.end(if delivery.is_done { "merchant" } else { "none" }), ..delivery })
}

/// Messages wait until it is there again, or until the dead-letter queue has them.
fn nowhere() -> Problem {
    Problem::not_configured("FORWARD_URL", "is missing, and the queue holds notifications for it")
}

/// How long a message is put off that has come this often: at first a second, then twice as long each time; about half of it by chance,
/// so that what failed together does not come together again.
fn pause(attempt: u32) -> Duration {
    let whole = Duration::from_secs(2_u64.saturating_pow(attempt.saturating_sub(1))).min(LONGEST_PAUSE);
    let fraction = getrandom::u32().map_or(1.0, |random| f64::from(random) / f64::from(u32::MAX));
    whole.mul_f64(0.5 + fraction / 2.0)
}
