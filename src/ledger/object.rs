//! The Durable Object, and what it does for the routes (<https://developers.cloudflare.com/durable-objects/>).

use std::cell::Cell;
use std::fmt::Display;
use std::rc::Rc;

use alikassa::web::detach;
use alikassa::{Payout, PayoutQuery};
use alikassa_ledger::{Ledger as Core, LedgerError, Lookup, PayoutState, Redeliver, Ticket, Timestamp};
use js_sys::{Date, Math};
use serde::Serialize;
use wasm_bindgen::{JsCast, JsValue};
use worker::{DurableObject, Env, Error, Request, Response, ResponseBuilder, State, durable_object};

use super::alarm;
use super::message::{Call, Found, Method};
use super::storage::SqliteStorage;
use crate::app::App;

/// The ledger of one account.
#[durable_object(alarm)]
pub struct Ledger {
    object: Rc<Object>,
}

/// What requests and the alarm share.
pub(super) struct Object {
    pub(super) state: State,
    pub(super) app: Rc<App>,
    /// Fails if the database was written by a newer version.
    core: Result<Core<SqliteStorage>, LedgerError<Error>>,
    /// When the alarm is set to.
    alarm: Cell<Option<Timestamp>>,
    /// Whether events are being delivered now.
    pub(super) is_delivering: Cell<bool>,
}

impl DurableObject for Ledger {
    fn new(state: State, env: Env) -> Self {
        let app = App::get(&env);
        let storage = SqliteStorage::new(&state.storage());
        let core = Core::open(storage, app.ledger_policy().unwrap_or_default(), Math::random);
        Self { object: Rc::new(Object { state, app, core, alarm: Cell::default(), is_delivering: Cell::default() }) }
    }

    async fn fetch(&self, mut request: Request) -> Result<Response, Error> {
        let call: Call = serde_json::from_str(&request.text().await?)?;
        Ok(ResponseBuilder::new().fixed(self.object.answer(&call)?.into_bytes()))
    }

    async fn alarm(&self) -> Result<Response, Error> {
        alarm::run(&self.object).await;
        Response::empty()
    }
}

impl Object {
    /// Does what a route asks for, and returns JSON. What was written is stored before the runtime lets the answer out.
    fn answer(&self, call: &Call) -> Result<String, Error> {
        let core = self.opened().map_err(failed)?;
        core.set_account(&call.name).map_err(failed)?;
        let now = now();
        let answer = match (call.method, call.texts.as_slice(), call.numbers.as_slice()) {
            (Method::LookUp, queries, [is_bypassed]) => {
                let found = queries.iter().map(|body| {
                    Ok(match core.look_up(&query(body)?, is_bypassed == &Some(1), now).map_err(failed)? {
                        Lookup::Final { answer, .. } => Found::Final(answer),
                        Lookup::Ask(ticket) => Found::Ask(ticket.number, ticket.asked_at.as_millis()),
                    })
                });
                return json(&found.collect::<Result<Vec<_>, Error>>()?);
            }
            (Method::Payouts, [state], [after, Some(limit)]) => {
                return json(&core.payouts(PayoutState::parse(state), *after, size(*limit)?).map_err(failed)?);
            }
            (Method::History, [body], []) => return json(&core.history(&query(body)?).map_err(failed)?),
            (Method::Events, [], [after, Some(limit)]) => {
                let after = after.map_or_else(|| core.latest_event(), Ok).map_err(failed)?;
                return json(&core.events(after, size(*limit)?).map_err(failed)?);
            }
            (Method::Health, [], []) => return json(&core.health(now).map_err(failed)?),
            (Method::Record, answers, tickets) => {
                for (answer, ticket) in answers.chunks_exact(2).zip(tickets.chunks_exact(2)) {
                    let ([body, answer], [Some(number), Some(asked_at)]) = (answer, ticket) else {
                        return Err(failed("a ticket is incomplete"));
                    };
                    let query = query(body)?;
                    let payout = Payout::from_answer(answer.as_bytes(), &query).map_err(failed)?;
                    let ticket = Ticket { number: *number, asked_at: Timestamp::from_millis(*asked_at) };
                    core.record(&query, ticket, &payout, now).map_err(failed)?;
                }
                json(&())
            }
            (Method::Notify, [body, notification], []) => {
                core.notify(&query(body)?, notification, now).map_err(failed)?;
                json(&())
            }
            (Method::Follow, [body], [until]) => {
                match core.follow(&query(body)?, until.map(Timestamp::from_millis), now).map_err(failed)? {
                    Ok(record) => json(&record),
                    Err(error) => json(&error.to_string()),
                }
            }
            (Method::Redeliver, [], [Some(seq)]) => json(&core.redeliver(Redeliver::One(*seq), now).map_err(failed)?),
            (Method::RedeliverAfter, [], [Some(seq)]) => {
                json(&core.redeliver(Redeliver::After(*seq), now).map_err(failed)?)
            }
            _ => return Err(failed("the call is incomplete")),
        };
        self.set_alarm(now).map_err(failed)?;
        answer
    }

    pub(super) fn opened(&self) -> Result<&Core<SqliteStorage>, &LedgerError<Error>> {
        self.core.as_ref()
    }

    /// Sets the alarm to when the ledger has something to do next.
    pub(super) fn set_alarm(&self, now: Timestamp) -> Result<(), LedgerError<Error>> {
        if let Ok(core) = self.opened()
            && let Some(wake) = core.next_wake(now)?
        {
            self.wake_at(wake.max(now));
        }
        Ok(())
    }

    /// Sets the alarm, unless it is set to that time or to an earlier one.
    pub(super) fn wake_at(&self, time: Timestamp) {
        if self.alarm.get().is_none_or(|set| time < set) {
            self.alarm.set(Some(time));
            let date = Date::new(&JsValue::from_f64(time.as_millis() as f64));
            // The runtime waits for what was written, and an alarm is written.
            let set = self.state.storage().as_raw().set_alarm(date, js_sys::Object::new());
            detach(set.map(JsCast::unchecked_into));
        }
    }

    /// The alarm has gone off: none is set now.
    pub(super) fn clear_alarm(&self) {
        self.alarm.set(None);
    }
}

/// The present time.
pub(super) fn now() -> Timestamp {
    Timestamp::from_millis(Date::now() as i64)
}

fn query(body: &str) -> Result<PayoutQuery, Error> {
    PayoutQuery::from_json(body.as_bytes()).map_err(failed)
}

fn size(limit: i64) -> Result<u32, Error> {
    u32::try_from(limit).map_err(failed)
}

fn json(value: &impl Serialize) -> Result<String, Error> {
    Ok(serde_json::to_string(value)?)
}

/// The error that the caller gets. It holds no value of a payout.
fn failed(error: impl Display) -> Error {
    Error::from(error.to_string())
}
