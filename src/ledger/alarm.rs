//! The alarm: reads what is due, and delivers what is due.
//!
//! The runtime repeats a handler that fails only six times, so that this one does not fail, and sets the next alarm in any case.

use std::cell::Cell;
use std::rc::Rc;
use std::time::Duration;

use alikassa::{PayoutStatusError, RequestBudget, RequestErrorKind};
use alikassa_ledger::{Delivery, DeliveryOutcome, FailedReading, LedgerError, Reading};
use futures_util::stream::{self, StreamExt};
use worker::Error;

use super::binding::object_name;
use super::object::{Object, now};
use crate::http::access_log::{AlarmLogEntry, log_incident};
use crate::upstream::{AccountClient, MeteredFetch};

/// How many payouts are read, and how many events are delivered, in one invocation: together at most 50 subrequests, the limit of
/// Cloudflare's smallest plan (<https://developers.cloudflare.com/workers/platform/limits/>).
const MAX_READINGS: u32 = 25;
const MAX_DELIVERIES: u32 = 20;

/// How many of each are in flight: a Worker has at most 6 open connections.
const CONCURRENCY: usize = 3;

/// When to try again if the database fails.
const RETRY: Duration = Duration::from_secs(60);

/// When to look again whether the account is configured.
const NOT_CONFIGURED: Duration = Duration::from_secs(60 * 60);

/// The pause after an alarm that found nothing to do: the events that are due wait for readings, or are being delivered.
const IDLE: Duration = Duration::from_secs(5);

/// Does what is due, and sets the next alarm.
pub(super) async fn run(object: &Rc<Object>) {
    object.clear_alarm();
    let Some(client) = client(object) else {
        log_incident("ledger_not_configured", None);
        return object.wake_at(now() + NOT_CONFIGURED);
    };
    let worked = work(object, &client).await;
    let pause = if matches!(worked, Ok(true)) { Duration::ZERO } else { IDLE };
    if worked.is_err() || object.set_alarm(now() + pause).is_err() {
        log_incident("ledger_alarm_failed", None);
        object.wake_at(now() + RETRY);
    }
}

/// The client of the account that the ledger is of. `None` if the account is not configured, or not with this AliKassa: then the object
/// belongs to an earlier configuration, and must not ask for its payouts anywhere else.
fn client(object: &Object) -> Option<AccountClient> {
    let name = object.opened().ok()?.account().ok()??;
    let config = object.app.config().ok()?;
    config.clients().iter().find(|client| object_name(client) == name).cloned()
}

/// Whether there was anything to do.
async fn work(object: &Rc<Object>, client: &AccountClient) -> Result<bool, LedgerError<Error>> {
    let Ok(core) = object.opened() else {
        return Ok(false);
    };
    if let Ok(Some(forwarding)) = object.app.forwarding() {
        core.set_endpoint(&forwarding.fingerprint())?;
    }
    let mut is_delivering = start_deliveries(object)?;
    let due = core.due_readings(MAX_READINGS, now())?;
    let failed = Cell::new(None);
    stream::iter(&due)
        .for_each_concurrent(CONCURRENCY, async |reading| {
            if let Err(error) = read(object, client, reading).await {
                failed.set(Some(error));
            }
        })
        .await;
    core.prune(now())?;
    // What was just read may have made events.
    is_delivering |= start_deliveries(object)?;
    failed.into_inner().map_or(Ok(is_delivering || !due.is_empty()), Err)
}

async fn read(object: &Object, client: &AccountClient, reading: &Reading) -> Result<(), LedgerError<Error>> {
    let Ok(core) = object.opened() else {
        return Ok(());
    };
    let fetch = MeteredFetch::start();
    // The next reading is the retry.
    let asked = client.with_transport(&fetch).with_budget(RequestBudget::new(0));
    match asked.payout_status(&reading.query).await {
        Ok(payout) => {
            let record = core.record(&reading.query, reading.ticket, &payout, now())?;
            AlarmLogEntry::Reading { code: "ok", payout_id: record.id.as_deref(), metrics: fetch.metrics() }.write();
        }
        Err(error) => {
            core.record_failure(reading, failure(&error, fetch.retry_after()), now())?;
            let code = error.request_error().code();
            AlarmLogEntry::Reading { code, payout_id: None, metrics: fetch.metrics() }.write();
        }
    }
    Ok(())
}

fn failure(error: &PayoutStatusError, retry_after: Option<Duration>) -> FailedReading {
    let error = error.request_error();
    // These are about the payout: it is not known, or its answer can't be read.
    let is_about_payout = matches!(
        error.kind(),
        RequestErrorKind::Status { status: 400 | 404 | 409 | 410 | 422, .. } | RequestErrorKind::Decode(_)
    );
    FailedReading { code: error.code(), retry_after, is_about_payout }
}

/// Delivers events in the background, so that a slow endpoint delays no reading. Returns whether there are any.
fn start_deliveries(object: &Rc<Object>) -> Result<bool, LedgerError<Error>> {
    let (Ok(core), Ok(Some(_)), false) = (object.opened(), object.app.forwarding(), object.is_delivering.get()) else {
        return Ok(false);
    };
    let due = core.due_deliveries(MAX_DELIVERIES, now())?;
    let is_any = !due.is_empty();
    if is_any {
        object.is_delivering.set(true);
        let object = Rc::clone(object);
        Rc::clone(&object).state.wait_until(async move {
            let is_done = deliver(&object, &due).await.is_ok();
            object.is_delivering.set(false);
            if !is_done || object.set_alarm(now()).is_err() {
                log_incident("ledger_delivery_failed", None);
                object.wake_at(now() + RETRY);
            }
        });
    }
    Ok(is_any)
}

async fn deliver(object: &Object, due: &[Delivery]) -> Result<(), LedgerError<Error>> {
    let (Ok(core), Ok(Some(forwarding))) = (object.opened(), object.app.forwarding()) else {
        return Ok(());
    };
    let failed = Cell::new(None);
    stream::iter(due)
        .for_each_concurrent(CONCURRENCY, async |delivery| {
            let sent = forwarding.deliver(&delivery.id, &delivery.body, Duration::MAX).await;
            let outcome = match &sent {
                Ok(status) => DeliveryOutcome::Delivered(*status),
                Err(error) => DeliveryOutcome::Failed { status: error.status(), retry_after: error.retry_after() },
            };
            AlarmLogEntry::Delivery { seq: delivery.seq, outcome }.write();
            if let Err(error) = core.record_delivery(delivery.seq, outcome, now()) {
                failed.set(Some(error));
            }
        })
        .await;
    failed.into_inner().map_or(Ok(()), Err)
}
