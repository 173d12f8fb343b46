//! Where final payouts are kept: a KV namespace where one is bound, which all of Cloudflare's places share, or else the cache of the
//! place where the request came in.

use js_sys::{Array, Map, Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response, ResponseInit};
use worker::Env;

use super::super::binding::{self, PAYOUTS};
use super::super::request::Request;
use super::super::subrequests::Subrequests;
use super::Lookup;
use crate::edges::promise;

/// How long an entry is kept at most, in seconds: 90 days. Final is final; that nobody will ask for ever is all that this says.
const LIFETIME: u32 = 90 * 24 * 60 * 60;

/// A cache of ours alone: neither what `fetch` keeps nor what another Worker of the same zone does gets into it by chance.
const CACHE: &str = "alikassa-edge";

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/kv/api/>
    #[derive(Clone)]
    pub(super) type KvNamespace;

    #[wasm_bindgen(method, catch)]
    fn get(this: &KvNamespace, names: &Array, kind: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &KvNamespace, name: &str, entry: &str, options: &Object) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = delete)]
    fn remove(this: &KvNamespace, name: &str) -> Result<JsValue, JsValue>;

    /// <https://developers.cloudflare.com/workers/runtime-apis/cache/>
    type CacheApi;

    #[wasm_bindgen(js_namespace = caches, catch)]
    fn open(name: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = match)]
    fn get(this: &CacheApi, url: &str) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn put(this: &CacheApi, url: &str, response: &Response) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch, js_name = delete)]
    fn remove(this: &CacheApi, url: &str) -> Result<JsValue, JsValue>;
}

#[derive(Clone)]
pub(super) enum Store {
    Kv(KvNamespace),
    /// By what comes before a name in a URL. Cloudflare wants it to be of the Worker's own host.
    CacheApi(String),
}

/// What becomes of an entry: it is there from now on, or, where there is none, it is not.
pub(super) struct Change {
    pub(super) name: String,
    pub(super) entry: Option<String>,
}

impl Store {
    pub(super) fn new(request: &Request, env: &Env) -> Result<Self, JsValue> {
        Ok(match binding::get(env, PAYOUTS)? {
            Some(namespace) => Self::Kv(namespace),
            None => Self::CacheApi(format!("https://{}/", request.host())),
        })
    }

    /// Whether there is a subrequest for a change, and takes it.
    pub(super) fn may_change(&self, subrequests: &Subrequests) -> bool {
        match self {
            Self::Kv(_) => true,
            Self::CacheApi(_) => subrequests.take(),
        }
    }

    /// Looks for each of them, as far as there are subrequests for it.
    pub(super) async fn look_up(&self, lookups: &[Lookup<'_>], subrequests: &Subrequests) -> Result<(), JsValue> {
        match self {
            Self::Kv(namespace) => {
                let names: Vec<&str> = lookups.iter().map(|lookup| lookup.name.as_str()).collect();
                for (lookup, entry) in lookups.iter().zip(namespace.read(&names).await?) {
                    if let Some(entry) = entry {
                        lookup.take(&entry);
                    }
                }
                Ok(())
            }
            Self::CacheApi(base) => {
                let cache: CacheApi = promise::settled(open(CACHE)).await?.unchecked_into();
                // One after the other: it is near, and each may be the last that there is a subrequest for.
                for lookup in lookups {
                    if subrequests.take_for_lookup()
                        && let Some(entry) = read(&cache, &format!("{base}{}", lookup.name)).await?
                        && lookup.take(&entry)
                    {
                        subrequests.give_back();
                    }
                }
                Ok(())
            }
        }
    }

    /// Makes all of these changes that can be made.
    pub(super) async fn apply(&self, changes: &[Change]) -> Result<(), JsValue> {
        let begun = match self {
            Self::Kv(namespace) => {
                // Reading is cheap there and removing is not: most of what is to be forgotten was never there.
                let names: Vec<&str> =
                    changes.iter().filter(|change| change.entry.is_none()).map(|change| change.name.as_str()).collect();
                let known = if names.is_empty() { Vec::new() } else { namespace.read(&names).await? };
                let options = Object::new();
                Reflect::set(&options, &"expirationTtl".into(), &LIFETIME.into())?;
                let removed = names
                    .iter()
                    .zip(known)
                    .filter(|(_, entry)| entry.is_some())
                    .map(|(name, _)| namespace.remove(name));
                let put = changes
                    .iter()
                    .filter_map(|Change { name, entry }| Some(namespace.put(name, entry.as_deref()?, &options)));
                begin(removed.chain(put))
            }
            Self::CacheApi(base) => {
                let cache: CacheApi = promise::settled(open(CACHE)).await?.unchecked_into();
                begin(changes.iter().map(|Change { name, entry }| {
                    let url = format!("{base}{name}");
                    match entry {
                        Some(entry) => cache.put(&url, &response(entry)?),
                        None => cache.remove(&url),
                    }
                }))
            }
        };
        JsFuture::from(Promise::all(&begun)).await.map(drop)
    }
}

impl KvNamespace {
    /// What stands under each of these names: all at once, which counts as one request.
    async fn read(&self, names: &[&str]) -> Result<Vec<Option<String>>, JsValue> {
        let keys: Array = names.iter().map(|name| JsValue::from_str(name)).collect();
        let entries: Map = promise::settled(self.get(&keys, "text")).await?.dyn_into()?;
        Ok(names.iter().map(|name| entries.get(&(*name).into()).as_string()).collect())
    }
}

/// The promises of what has begun: the runtime has six of them under way at a time, and the others wait.
fn begin(called: impl Iterator<Item = Result<JsValue, JsValue>>) -> Array {
    called.map(|called| called.unwrap_or_else(|error| Promise::reject(&error).into())).collect()
}

async fn read(cache: &CacheApi, url: &str) -> Result<Option<String>, JsValue> {
    let response = promise::settled(cache.get(url)).await?;
    if response.is_undefined() {
        return Ok(None);
    }
    let response: Response = response.unchecked_into();
    Ok(JsFuture::from(response.text()?).await?.as_string())
}

fn response(entry: &str) -> Result<Response, JsValue> {
    let headers = Headers::new()?;
    headers.set("Content-Type", "application/json")?;
    headers.set("Cache-Control", &format!("max-age={LIFETIME}"))?;
    let init = ResponseInit::new();
    init.set_headers(&headers);
    Response::new_with_opt_str_and_init(Some(entry), &init)
}
