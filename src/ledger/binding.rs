//! Calls of the ledger's object from the routes.

use std::time::Duration;

use alikassa::web::{WebClock, await_promise};
use alikassa::{Clock, Notification, Payout, PayoutQuery, timeout};
use alikassa_ledger::Timestamp;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{RequestInit, Response};

use super::message::{Call, Found, Method};
use crate::upstream::AccountClient;

/// How long a look-up may take. AliKassa is asked after that.
const LOOKUP_TIMEOUT: Duration = Duration::from_secs(1);

/// How long any other call may take.
const CALL_TIMEOUT: Duration = Duration::from_secs(10);

/// How long writing a notification down may take. The request forwards it after that.
const NOTIFY_TIMEOUT: Duration = Duration::from_secs(3);

/// The runtime passes the request to the object whatever its URL is.
const URL: &str = "https://ledger/";

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/durable-objects/api/namespace/>
    pub(crate) type LedgerNamespace;

    #[wasm_bindgen(method, catch, js_name = getByName)]
    fn get_by_name(this: &LedgerNamespace, name: &str) -> Result<Stub, JsValue>;

    /// <https://developers.cloudflare.com/durable-objects/api/stub/>
    type Stub;

    #[wasm_bindgen(method, catch)]
    fn fetch(this: &Stub, url: &str, init: &RequestInit) -> Result<JsValue, JsValue>;
}

/// The ledger did not answer in time, or failed.
#[derive(Clone, Copy)]
pub(crate) struct Unavailable;

impl From<JsValue> for Unavailable {
    fn from(_: JsValue) -> Self {
        Self
    }
}

impl From<serde_json::Error> for Unavailable {
    fn from(_: serde_json::Error) -> Self {
        Self
    }
}

/// The ledger of one account.
#[derive(Clone)]
pub(crate) struct LedgerBinding {
    name: String,
    stub: JsValue,
}

/// What a look-up says about a payout.
pub(crate) enum Known {
    /// It is final.
    Final(Payout),
    /// AliKassa has to be asked, with this ticket.
    Ask(LedgerTicket),
}

/// Goes with AliKassa's answer to the ledger.
#[derive(Clone, Copy)]
pub(crate) struct LedgerTicket(i64, i64);

/// The name of the object for an account: different for each AliKassa too, so that a sandbox's payouts are never asked for elsewhere.
pub(super) fn object_name(client: &AccountClient) -> String {
    format!("{} {}", client.settings().base_url.as_str(), client.account().as_str())
}

impl LedgerBinding {
    pub(crate) fn new(namespace: &LedgerNamespace, client: &AccountClient) -> Result<Self, Unavailable> {
        let name = object_name(client);
        let stub = namespace.get_by_name(&name)?.into();
        Ok(Self { name, stub })
    }

    /// Looks up payouts, in the same order.
    pub(crate) async fn look_up(&self, queries: &[PayoutQuery], is_bypassed: bool) -> Result<Vec<Known>, Unavailable> {
        let bodies = queries.iter().map(|query| query.body().to_owned()).collect();
        let found = self.call(Method::LookUp, bodies, vec![Some(is_bypassed.into())], LOOKUP_TIMEOUT).await?;
        let found: Vec<Found> = serde_json::from_str(&found)?;
        if found.len() != queries.len() {
            return Err(Unavailable);
        }
        let known = found.into_iter().zip(queries).map(|(found, query)| match found {
            Found::Ask(number, asked_at) => Ok(Known::Ask(LedgerTicket(number, asked_at))),
            // It is read as strictly as an answer of AliKassa.
            Found::Final(answer) => {
                Payout::from_answer(answer.as_bytes(), query).map(Known::Final).map_err(|_| Unavailable)
            }
        });
        known.collect()
    }

    /// Records AliKassa's answers.
    pub(crate) async fn record(&self, answers: Vec<(PayoutQuery, LedgerTicket, String)>) -> Result<(), Unavailable> {
        let (mut texts, mut numbers) = (Vec::new(), Vec::new());
        for (query, LedgerTicket(number, asked_at), answer) in answers {
            texts.extend([query.body().to_owned(), answer]);
            numbers.extend([Some(number), Some(asked_at)]);
        }
        self.call(Method::Record, texts, numbers, CALL_TIMEOUT).await.map(drop)
    }

    /// Writes a notification down.
    pub(crate) async fn notify(&self, query: &PayoutQuery, notification: &Notification) -> Result<(), Unavailable> {
        let notification = serde_json::to_string(notification)?;
        let texts = vec![query.body().to_owned(), notification];
        let written = self.call(Method::Notify, texts, Vec::new(), NOTIFY_TIMEOUT).await?;
        if written == "null" { Ok(()) } else { Err(Unavailable) }
    }

    /// Follows a payout, and returns its record as JSON, or what is wrong with the time.
    pub(crate) async fn follow(
        &self,
        query: &PayoutQuery,
        until: Option<Timestamp>,
    ) -> Result<Result<String, String>, Unavailable> {
        let until = until.map(Timestamp::as_millis);
        let answer = self.call(Method::Follow, vec![query.body().to_owned()], vec![until], CALL_TIMEOUT).await?;
        Ok(if answer.starts_with('{') { Ok(answer) } else { Err(serde_json::from_str(&answer)?) })
    }

    /// A page of payouts, as JSON.
    pub(crate) async fn payouts(
        &self,
        state: Option<String>,
        after: Option<i64>,
        limit: u32,
    ) -> Result<String, Unavailable> {
        let numbers = vec![after, Some(limit.into())];
        self.call(Method::Payouts, vec![state.unwrap_or_default()], numbers, CALL_TIMEOUT).await
    }

    /// The timeline of a payout, as JSON. `None` if the ledger does not know the payout.
    pub(crate) async fn history(&self, query: &PayoutQuery) -> Result<Option<String>, Unavailable> {
        let timeline = self.call(Method::History, vec![query.body().to_owned()], Vec::new(), CALL_TIMEOUT).await?;
        Ok(Some(timeline).filter(|timeline| timeline != "null"))
    }

    /// A page of events, as JSON. Without `after`, it begins after the newest one.
    pub(crate) async fn events(&self, after: Option<i64>, limit: u32) -> Result<String, Unavailable> {
        self.call(Method::Events, Vec::new(), vec![after, Some(limit.into())], CALL_TIMEOUT).await
    }

    /// Sends one event again, or all after it. Returns how many.
    pub(crate) async fn redeliver(&self, seq: i64, is_range: bool) -> Result<i64, Unavailable> {
        let method = if is_range { Method::RedeliverAfter } else { Method::Redeliver };
        Ok(serde_json::from_str(&self.call(method, Vec::new(), vec![Some(seq)], CALL_TIMEOUT).await?)?)
    }

    /// Counts and ages, as JSON.
    pub(crate) async fn health(&self) -> Result<String, Unavailable> {
        self.call(Method::Health, Vec::new(), Vec::new(), LOOKUP_TIMEOUT).await
    }

    async fn call(
        &self,
        method: Method,
        texts: Vec<String>,
        numbers: Vec<Option<i64>>,
        limit: Duration,
    ) -> Result<String, Unavailable> {
        let init = RequestInit::new();
        init.set_method("POST");
        init.set_body(&serde_json::to_string(&Call { name: self.name.clone(), method, texts, numbers })?.into());
        let call = async {
            let stub: &Stub = self.stub.unchecked_ref();
            let response: Response = await_promise(stub.fetch(URL, &init)).await?.dyn_into()?;
            let text = await_promise(response.text().map(JsValue::from)).await?.as_string();
            text.filter(|_| response.ok()).ok_or(Unavailable)
        };
        timeout(WebClock.sleep(limit), call).await.unwrap_or(Err(Unavailable))
    }
}
