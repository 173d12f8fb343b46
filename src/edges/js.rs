//! The bindings behind the npm package: the client as a class, notifications, answers as JSON text, failures as plain objects
//! from which the package makes its error classes.

mod abort;
mod failure;
mod notification;
mod options;
mod query;

use std::collections::BTreeMap;
use std::future::Future;
use std::rc::Rc;

use js_sys::{Function, Promise};
use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen_futures::future_to_promise;
use web_sys::AbortSignal;
use zeroize::Zeroizing;

use self::failure::Failed;
use super::fetch::Fetch;
use crate::gateway::client::Gateway;
use crate::gateway::endpoint::{Account, Settings};
use crate::gateway::request::SignedRequest;
use crate::ground::key::PrivateKey;
use crate::ground::php_json;
use crate::ground::signature::{Digest, Signer};

/// AliKassa's API in the name of one account, with one key.
#[wasm_bindgen]
pub struct Client(Rc<Opened>);

/// Shared with the calls that are under way, so that freeing the client does not pull the key from under them.
struct Opened {
    signer: Signer,
    account: Account,
    settings: Settings,
    fetch: Function,
}

impl Opened {
    fn gateway(&self) -> Gateway<'_, Fetch> {
        Gateway::new(Fetch::new(self.fetch.clone()), &self.signer, &self.account, &self.settings)
    }
}

#[wasm_bindgen]
impl Client {
    /// Opens the key; what can be checked in no time is checked before. Throws a failure object.
    #[wasm_bindgen(constructor)]
    #[allow(
        clippy::too_many_arguments,
        reason = "an object would be read from here property by property, which costs more; so would the text of the PEM"
    )]
    pub fn new(
        fetch: Function,
        account: &str,
        private_key: Vec<u8>,
        password: Option<String>,
        digest: Option<String>,
        base_url: Option<String>,
        timeout_ms: Option<f64>,
        retries: Option<f64>,
    ) -> Result<Client, JsValue> {
        let private_key = Zeroizing::new(private_key);
        let password = password.map(Zeroizing::new);
        let account = options::parsed(account)?;
        let digest = digest.as_deref().map_or(Ok(Digest::default()), options::parsed)?;
        let settings = options::settings(base_url, timeout_ms, retries)?;
        let password = password.as_ref().map(|password| password.as_bytes());
        let key = PrivateKey::from_pem(private_key.as_slice(), password).map_err(|error| Failed::key(&error))?;
        Ok(Self(Rc::new(Opened { signer: Signer::new(key, digest), account, settings, fetch })))
    }

    /// A payout, as the JSON text of an object. Throws or rejects with a failure object.
    #[wasm_bindgen(js_name = payoutStatus)]
    pub fn payout_status(&self, query: &JsValue, signal: &JsValue) -> Result<Promise, JsValue> {
        let query = query::read(query)?;
        let signal = abort::signal(signal)?;
        let opened = Rc::clone(&self.0);
        Ok(promise(signal, async move {
            let payout = opened.gateway().payout_status(&query).await?;
            serde_json::to_string(&payout).map_err(|error| Failed::invalid_request(&error))
        }))
    }

    /// The JSON text that AliKassa answers to any of its methods. Throws or rejects with a failure object.
    pub fn request(&self, method: String, json: &str, signal: &JsValue) -> Result<Promise, JsValue> {
        let body = body(json)?;
        let signal = abort::signal(signal)?;
        let opened = Rc::clone(&self.0);
        Ok(promise(signal, async move { Ok(opened.gateway().request(&method, body).await?) }))
    }

    /// The request that `request` would send: `{ method, url, headers, body }`. Throws a failure object.
    #[wasm_bindgen(js_name = signedRequest)]
    pub fn signed_request(&self, method: &str, json: &str) -> Result<JsValue, JsValue> {
        let request = self.0.gateway().signed_request(method, body(json)?).map_err(Failed::from)?;
        let mut headers = BTreeMap::new();
        headers.extend(request.headers.iter().map(|(name, value)| (*name, value.as_str())));
        failure::to_object(&Described {
            method: SignedRequest::METHOD,
            url: &request.url,
            headers,
            body: &request.body,
        })
    }

    /// The base64 of a signature over these bytes. Throws a failure object.
    pub fn sign(&self, body: &[u8]) -> Result<String, JsValue> {
        Ok(self.0.signer.sign(body).map_err(Failed::from)?)
    }

    /// The size of the key in bits.
    #[wasm_bindgen(getter, js_name = keyBits)]
    pub fn key_bits(&self) -> u32 {
        self.0.signer.key().bits()
    }

    /// The SHA-256 of the public key, in lower-case hex.
    #[wasm_bindgen(getter, js_name = keyFingerprint)]
    pub fn key_fingerprint(&self) -> String {
        self.0.signer.key().fingerprint().to_owned()
    }
}

/// A signed request, as JavaScript sees it.
#[derive(serde::Serialize)]
struct Described<'a> {
    method: &'a str,
    url: &'a str,
    headers: BTreeMap<&'a str, &'a str>,
    body: &'a str,
}

/// What `JSON.stringify` wrote, as PHP would have.
fn body(json: &str) -> Result<String, Failed> {
    php_json::reencode(json).map_err(|error| Failed::invalid_request(&error))
}

/// A promise of what `work` yields, or of a failure, unless `signal` ends it first.
fn promise(signal: Option<AbortSignal>, work: impl Future<Output = Result<String, Failed>> + 'static) -> Promise {
    future_to_promise(async move { Ok(abort::unless_aborted(signal, work).await?.into()) })
}
