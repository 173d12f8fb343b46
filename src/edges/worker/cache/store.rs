//! Where final payouts are kept: a KV namespace where one is bound, which all of Cloudflare's places share, or else the cache of the
//! place where the request came in.

use std::rc::Rc;

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
    pub(super) entry: Option<Rc<str>>,
    /// What else may stay there, if that is what stands there.
    pub(super) or: Option<Rc<str>>,
    /// Whether it is read first, and left alone where it is well as it is.
    pub(super) is_checked: bool,
}

impl Change {
    fn is_needed(&self, found: Option<&str>) -> bool {
        found != self.entry.as_deref() && found != self.or.as_deref()
    }
}

impl Store {
    pub(super) fn new(request: &Request, env: &Env) -> Result<Self, JsValue> {
        let namespace = Self::in_namespace(env)?;
        Ok(namespace.unwrap_or_else(|| Self::CacheApi(format!("https://{}/", request.host()))))
    }

    /// A KV namespace, where one is bound.
    pub(super) fn in_namespace(env: &Env) -> Result<Option<Self>, JsValue> {
        Ok(binding::get(env, PAYOUTS)?.map(Self::Kv))
    }

    /// Sets subrequests aside for changes that cost so many.
    pub(super) fn set_aside(&self, cost: usize, subrequests: &Subrequests) {
        if let Self::CacheApi(_) = self {
            subrequests.set_aside(cost);
        }
    }

    /// Whether there are subrequests for a change, and takes them.
    pub(super) fn may_make(&self, change: &Change, subrequests: &Subrequests) -> bool {
        match self {
            Self::Kv(_) => true,
            Self::CacheApi(_) => subrequests.take_for_change(1 + usize::from(change.is_checked)),
        }
    }

    /// Looks for each of them, as far as there are subrequests for it.
    pub(super) async fn look_up(&self, lookups: &[Lookup<'_>], subrequests: &Subrequests) -> Result<(), JsValue> {
        match self {
            Self::Kv(namespace) => {
                let names: Vec<&str> = lookups.iter().map(|lookup| lookup.name.as_str()).collect();
                for (lookup, entry) in lookups.iter().zip(namespace.read(&names).await?) {
                    lookup.take(entry.as_deref());
                }
                Ok(())
            }
            Self::CacheApi(base) => {
                let cache: CacheApi = promise::settled(open(CACHE)).await?.unchecked_into();
                // One after the other: it is near, and each may be the last that there is a subrequest for.
                for lookup in lookups {
                    if subrequests.take_for_lookup()
                        && lookup.take(read(&cache, &format!("{base}{}", lookup.name)).await?.as_deref())
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
        match self {
            Self::Kv(namespace) => {
                let options = Object::new();
                Reflect::set(&options, &"expirationTtl".into(), &LIFETIME.into())?;
                let change = |name: &str, entry: Option<&str>| match entry {
                    Some(entry) => namespace.put(name, entry, &options),
                    None => namespace.remove(name),
                };
                make(changes, change, async |names| namespace.read(names).await).await
            }
            Self::CacheApi(base) => {
                let cache: CacheApi = promise::settled(open(CACHE)).await?.unchecked_into();
                let change = |name: &str, entry: Option<&str>| {
                    let url = format!("{base}{name}");
                    match entry {
                        Some(entry) => cache.put(&url, &response(entry)?),
                        None => cache.remove(&url),
                    }
                };
                let read_each = async |names: &[&str]| {
                    let mut entries = Vec::new();
                    for name in names {
                        entries.push(read(&cache, &format!("{base}{name}")).await?);
                    }
                    Ok(entries)
                };
                make(changes, change, read_each).await
            }
        }
    }
}

/// Makes changes by these two ways of a store: to change what stands under a name, and to read what stands under some.
async fn make(
    changes: &[Change],
    change: impl Fn(&str, Option<&str>) -> Result<JsValue, JsValue>,
    read: impl AsyncFn(&[&str]) -> Result<Vec<Option<String>>, JsValue>,
) -> Result<(), JsValue> {
    let (checked, certain): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_checked);
    let begin = |Change { name, entry, .. }: &Change| change(name, entry.as_deref());
    // What needs no look must not wait for one that fails.
    let certain = all(certain.into_iter().map(begin));
    let names: Vec<&str> = checked.iter().map(|change| change.name.as_str()).collect();
    let found = if names.is_empty() { Ok(Vec::new()) } else { read(&names).await };
    let needed = found.map(|found| {
        let needed = checked.iter().zip(found).filter(|(change, found)| change.is_needed(found.as_deref()));
        all(needed.map(|(change, _)| begin(change)))
    });
    let certain = certain.await;
    needed?.await?;
    certain.map(drop)
}

impl KvNamespace {
    /// What stands under each of these names: all at once, which counts as one request.
    async fn read(&self, names: &[&str]) -> Result<Vec<Option<String>>, JsValue> {
        let keys: Array = names.iter().map(|name| JsValue::from_str(name)).collect();
        let entries: Map = promise::settled(self.get(&keys, "text")).await?.dyn_into()?;
        Ok(names.iter().map(|name| entries.get(&(*name).into()).as_string()).collect())
    }
}

/// Ends when all has ended that these calls began: the runtime has six of them under way at a time, and the others wait.
fn all(called: impl Iterator<Item = Result<JsValue, JsValue>>) -> JsFuture {
    let begun: Array = called.map(|called| called.unwrap_or_else(|error| Promise::reject(&error).into())).collect();
    JsFuture::from(Promise::all(&begun))
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
