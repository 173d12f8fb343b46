//! The store of final payouts: a KV namespace if one is bound, or else the Cache API of the data centre.

use std::rc::Rc;

use alikassa::web::await_promise;
use js_sys::{Array, Map, Object, Promise, Reflect};
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Headers, Response, ResponseInit};

use crate::subrequests::Subrequests;

/// How long an entry is kept, in seconds: 90 days. A final payout does not change, so that this only limits the space.
const LIFETIME: u32 = 90 * 24 * 60 * 60;

/// The name of the Worker's own cache, apart from the one of `fetch`.
const CACHE: &str = "alikassa-edge";

#[wasm_bindgen]
extern "C" {
    /// <https://developers.cloudflare.com/kv/api/>
    #[derive(Clone)]
    pub(crate) type KvNamespace;

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
pub(crate) enum Store {
    Kv(KvNamespace),
    /// The prefix of an entry's URL, which Cloudflare requires to have the Worker's own host.
    CacheApi(String),
    /// Keeps nothing.
    None,
}

/// A change of an entry: it is `entry` afterwards, or gone if that is `None`.
pub(crate) struct Change {
    pub(crate) name: String,
    pub(crate) entry: Option<Rc<str>>,
    /// Another content that may stay if it is there.
    pub(crate) or: Option<Rc<str>>,
    /// Whether the entry is read first, and only changed if it has to be.
    pub(crate) is_checked: bool,
}

impl Change {
    fn is_needed(&self, found: Option<&str>) -> bool {
        found != self.entry.as_deref() && found != self.or.as_deref()
    }
}

impl Store {
    /// The namespace if there is one, or else the Cache API under this host.
    pub(crate) fn new(namespace: Option<&KvNamespace>, host: &str) -> Self {
        namespace.cloned().map_or_else(|| Self::CacheApi(format!("https://{host}/")), Self::Kv)
    }

    /// The namespace if there is one: without a request there is no host for the Cache API.
    pub(crate) fn in_namespace(namespace: Option<&KvNamespace>) -> Self {
        namespace.cloned().map_or(Self::None, Self::Kv)
    }

    /// Reserves subrequests for changes that cost this many.
    pub(crate) fn reserve(&self, cost: usize, subrequests: &Subrequests) {
        if let Self::CacheApi(_) = self {
            subrequests.reserve(cost);
        }
    }

    /// Takes the subrequests for a change, if there are enough.
    pub(crate) fn try_consume(&self, change: &Change, subrequests: &Subrequests) -> bool {
        match self {
            Self::Kv(_) => true,
            Self::CacheApi(_) => subrequests.try_consume_for_change(1 + usize::from(change.is_checked)),
            Self::None => false,
        }
    }

    /// Reads these entries, as far as there are subrequests for it. `accept` gets the index and the content of each, and says whether it
    /// makes a request to AliKassa unnecessary.
    pub(crate) async fn look_up(
        &self,
        names: &[&str],
        accept: impl Fn(usize, Option<&str>) -> bool,
        subrequests: &Subrequests,
    ) -> Result<(), JsValue> {
        match self {
            Self::Kv(namespace) => {
                for (index, entry) in namespace.read(names).await?.iter().enumerate() {
                    accept(index, entry.as_deref());
                }
            }
            Self::CacheApi(base) => {
                let cache = open_cache().await?;
                // One after the other, since each may take the last subrequest.
                for (index, name) in names.iter().enumerate() {
                    if subrequests.try_consume_for_lookup()
                        && accept(index, read(&cache, &format!("{base}{name}")).await?.as_deref())
                    {
                        subrequests.give_back();
                    }
                }
            }
            Self::None => {}
        }
        Ok(())
    }

    /// Makes all of these changes that can be made.
    pub(crate) async fn apply(&self, changes: &[Change]) -> Result<(), JsValue> {
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
                let cache = open_cache().await?;
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
            Self::None => Ok(()),
        }
    }
}

/// Makes changes with the two operations of a store: `change` one entry, and `read` several.
async fn make(
    changes: &[Change],
    change: impl Fn(&str, Option<&str>) -> Result<JsValue, JsValue>,
    read: impl AsyncFn(&[&str]) -> Result<Vec<Option<String>>, JsValue>,
) -> Result<(), JsValue> {
    let (checked, certain): (Vec<&Change>, Vec<&Change>) = changes.iter().partition(|change| change.is_checked);
    let begin = |Change { name, entry, .. }: &Change| change(name, entry.as_deref());
    // Start these first: reading the others may fail.
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
    /// Reads all of these entries in one operation.
    async fn read(&self, names: &[&str]) -> Result<Vec<Option<String>>, JsValue> {
        let keys: Array = names.iter().map(|name| JsValue::from_str(name)).collect();
        let entries: Map = await_promise(self.get(&keys, "text")).await?.dyn_into()?;
        Ok(names.iter().map(|name| entries.get(&(*name).into()).as_string()).collect())
    }
}

/// Awaits all of these calls. The runtime runs six at a time and queues the others.
fn all(called: impl Iterator<Item = Result<JsValue, JsValue>>) -> JsFuture {
    let begun: Array = called.map(|called| called.unwrap_or_else(|error| Promise::reject(&error).into())).collect();
    JsFuture::from(Promise::all(&begun))
}

async fn open_cache() -> Result<CacheApi, JsValue> {
    Ok(await_promise(open(CACHE)).await?.unchecked_into())
}

async fn read(cache: &CacheApi, url: &str) -> Result<Option<String>, JsValue> {
    let response = await_promise(cache.get(url)).await?;
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
