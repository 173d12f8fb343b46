//! The bindings behind the npm package: the client as a class, notifications, and failures as plain objects from which the
//! package makes its error classes. Answers are JSON text, in which every number is a string.

mod abort;
mod failure;
mod notification;
mod numbers;
mod options;

use std::collections::BTreeMap;
use std::future::Future;

use alikassa::web::{Fetch, WebClock};
use alikassa::{PayoutQuery, SignedRequest, php_json};
use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;

use self::failure::{AbortedCall, JsError};
use self::options::Options;

/// A client of AliKassa's API for one account and one key. Cloned by each call, which so outlives a client that is freed.
#[wasm_bindgen]
pub struct Client(alikassa::Client<Fetch, WebClock>);

#[wasm_bindgen]
impl Client {
    /// Opens the key, after the other options were checked. Throws a failure object.
    #[wasm_bindgen(constructor)]
    pub fn new(fetch: Function, options: JsValue) -> Result<Client, JsValue> {
        let options = Options::read(options)?;
        let (account, settings) = (options.account()?, options.settings()?);
        Ok(Self(alikassa::Client::new(Fetch::new(fetch), WebClock, options.signer()?, account, settings)))
    }

    /// A payout as JSON text. Throws a failure object or rejects with one.
    #[wasm_bindgen(js_name = payoutStatus)]
    pub fn payout_status(
        &self,
        id: Option<String>,
        order_id: Option<String>,
        signal: Option<AbortSignal>,
    ) -> Result<Promise, JsValue> {
        let fields = [id.map(|id| ("id", id)), order_id.map(|order_id| ("order_id", order_id))];
        let query =
            PayoutQuery::from_pairs(fields.into_iter().flatten()).map_err(|error| JsError::invalid_request(&error))?;
        let client = self.0.clone();
        Ok(promise(signal, AbortedCall::PayoutStatus, async move {
            let payout = client.payout_status(&query).await?;
            let json = serde_json::to_string(&payout).map_err(|error| JsError::invalid_request(&error))?;
            Ok(numbers::quote(&json))
        }))
    }

    /// AliKassa's answer to any method as JSON text. Throws a failure object or rejects with one.
    pub fn request(&self, method: String, json: &str, signal: Option<AbortSignal>) -> Result<Promise, JsValue> {
        let body = php_body(json)?;
        let client = self.0.clone();
        Ok(promise(signal, AbortedCall::Request, async move {
            let json = client.request(&method, body).await?;
            Ok(numbers::quote(&json))
        }))
    }

    /// The request that `request` would send: `{ method, url, headers, body }`, with the headers in a `Map`. Throws a failure
    /// object.
    #[wasm_bindgen(js_name = signedRequest, unchecked_return_type = "{ method: \"POST\"; url: string; headers: Map<string, string>; body: string }")]
    pub fn signed_request(&self, method: &str, json: &str) -> Result<JsValue, JsValue> {
        let request = self.0.signed_request(method, php_body(json)?).map_err(JsError::from)?;
        let headers = request.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        Ok(serde_wasm_bindgen::to_value(&RequestFields {
            method: SignedRequest::METHOD,
            url: &request.url,
            headers,
            body: &request.body,
        })?)
    }

    /// The base64 of a signature over these bytes. Throws a failure object.
    pub fn sign(&self, body: &[u8]) -> Result<String, JsValue> {
        Ok(self.0.signer().sign(body).map_err(JsError::from)?)
    }

    /// The size of the key in bits.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> u32 {
        self.0.signer().key().bits()
    }

    /// The SHA-256 of the public key in lower-case hex.
    #[wasm_bindgen(getter, js_name = keyFingerprint)]
    pub fn key_fingerprint(&self) -> String {
        self.0.signer().key().fingerprint().to_owned()
    }
}

#[derive(serde::Serialize)]
struct RequestFields<'a> {
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    body: &'a str,
}

/// What `JSON.stringify` wrote, in the form in which PHP writes it.
fn php_body(json: &str) -> Result<String, JsError> {
    php_json::reencode(json).map_err(|error| JsError::invalid_request(&error))
}

/// A promise for the result of `work`, unless `signal` aborts it.
fn promise(
    signal: Option<AbortSignal>,
    call: AbortedCall,
    work: impl Future<Output = Result<String, JsError>> + 'static,
) -> Promise {
    future_to_promise(async move {
        let result = abort::unless_aborted(signal, work).await;
        Ok(result.unwrap_or_else(|| Err(JsError::aborted(call)))?.into())
    })
}
