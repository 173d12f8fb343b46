//! What the webhook needs beside the Worker's own configuration, read once for each isolate.

use std::cell::OnceCell;
use std::rc::Rc;

use worker::Env;

use super::forwarding::{Endpoint, Forwarding};
use super::queue::Queue;
use crate::edges::worker::binding::{self, NOTIFICATIONS};
use crate::edges::worker::configuration::{setting, text};
use crate::edges::worker::problem::Problem;
use crate::ground::key::NotificationKey;
use crate::ground::standard_webhook::WebhookSigner;

const NOTIFICATION_KEY: &str = "ALIKASSA_NOTIFICATION_KEY";
const FORWARD_URL: &str = "FORWARD_URL";
const FORWARD_SECRET: &str = "FORWARD_SECRET";

thread_local! {
    static KEY: OnceCell<Result<Option<Rc<NotificationKey>>, Problem>> = const { OnceCell::new() };
    static FORWARDING: OnceCell<Result<Option<Rc<Forwarding>>, Problem>> = const { OnceCell::new() };
}

/// What there is for the webhook, for who asks whether all is sound.
pub(in crate::edges::worker) struct Health {
    pub(in crate::edges::worker) notification_key: Option<Rc<NotificationKey>>,
    pub(in crate::edges::worker) forwarding: Option<Rc<Forwarding>>,
    has_queue: bool,
}

impl Health {
    pub(in crate::edges::worker) fn new(env: &Env) -> Result<Self, Problem> {
        let notification_key = optional_notification_key(env)?;
        Ok(Self { notification_key, forwarding: forwarding(env)?, has_queue: queue(env)?.is_some() })
    }

    /// `queue` or `request`, where anything is passed on.
    pub(in crate::edges::worker) fn forwards_through(&self) -> Option<&'static str> {
        self.forwarding.as_ref().map(|_| if self.has_queue { "queue" } else { "request" })
    }
}

/// The key that notifications are verified with.
pub(super) fn notification_key(env: &Env) -> Result<Rc<NotificationKey>, Problem> {
    optional_notification_key(env)?.ok_or_else(|| {
        let reason = "is missing: set it to the text of public.pem of the «API certificate for notifications»";
        Problem::not_configured(NOTIFICATION_KEY, reason)
    })
}

/// The same, where there is one.
fn optional_notification_key(env: &Env) -> Result<Option<Rc<NotificationKey>>, Problem> {
    KEY.with(|cell| cell.get_or_init(|| read_key(env)).clone())
}

/// Where the merchant is told, if anywhere.
pub(super) fn forwarding(env: &Env) -> Result<Option<Rc<Forwarding>>, Problem> {
    FORWARDING.with(|cell| cell.get_or_init(|| read_forwarding(env)).clone())
}

/// The queue between AliKassa and the merchant, where one is bound.
pub(super) fn queue(env: &Env) -> Result<Option<Queue>, Problem> {
    binding::check(env, NOTIFICATIONS, &["send"], "must be a queue")?;
    Ok(binding::get(env, NOTIFICATIONS)?)
}

fn read_key(env: &Env) -> Result<Option<Rc<NotificationKey>>, Problem> {
    let Some(pem) = text(env, NOTIFICATION_KEY)? else {
        return Ok(None);
    };
    let key = NotificationKey::from_pem(pem.as_bytes());
    key.map(|key| Some(Rc::new(key))).map_err(|error| Problem::bad_notification_key(&error))
}

fn read_forwarding(env: &Env) -> Result<Option<Rc<Forwarding>>, Problem> {
    let endpoint = setting::<Endpoint>(env, FORWARD_URL)?;
    let signer = setting::<WebhookSigner>(env, FORWARD_SECRET)?;
    match (endpoint, signer) {
        (Some(endpoint), Some(signer)) => Ok(Some(Rc::new(Forwarding { endpoint, signer }))),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::not_configured(
            FORWARD_SECRET,
            "is missing: set the secret that requests to FORWARD_URL are signed with",
        )),
        (None, Some(_)) => Err(Problem::not_configured(
            FORWARD_URL,
            "is missing: set the merchant's endpoint, or take FORWARD_SECRET away",
        )),
    }
}
