//! A request to the Worker, as far as a route needs it.

use js_sys::Array;
use wasm_bindgen::JsValue;
use web_sys::Url;

use super::problem::Problem;
use crate::edges::stream;

/// The longest body that is read: 16 KiB.
const MAX_BODY: usize = 16 << 10;

/// A method, by what it makes a route do.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Method {
    /// `GET`, and `HEAD`, whose answer the runtime sends without its body.
    Get,
    Post,
    Other,
}

pub(super) struct Request {
    inner: web_sys::Request,
    url: Url,
    path: String,
    method: Method,
}

impl Request {
    pub(super) fn new(inner: web_sys::Request) -> Result<Self, Problem> {
        let url = Url::new(&inner.url()).map_err(|_| Problem::not_found())?;
        let path = url.pathname();
        let method = match inner.method().as_str() {
            "GET" | "HEAD" => Method::Get,
            "POST" => Method::Post,
            _ => Method::Other,
        };
        Ok(Self { inner, url, path, method })
    }

    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn method(&self) -> Method {
        self.method
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.inner.headers().get(name).ok().flatten()
    }

    /// The names and values of the query string, in order.
    pub(super) fn query(&self) -> Vec<(String, String)> {
        let parameters = self.url.search_params();
        let pairs = js_sys::try_iter(&parameters).ok().flatten().into_iter().flatten().flatten();
        pairs.filter_map(|pair: JsValue| text_pair(&Array::from(&pair))).collect()
    }

    /// The body, if it is JSON by its `Content-Type` and at most 16 KiB long.
    pub(super) async fn json_body(&self) -> Result<Vec<u8>, Problem> {
        let content_type = self.header("Content-Type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        if !essence.eq_ignore_ascii_case("application/json") {
            return Err(Problem::unsupported_media_type());
        }
        let body = stream::read(self.inner.body(), MAX_BODY).await.map_err(|_| Problem::body_broke_off())?;
        if body.is_whole { Ok(body.bytes) } else { Err(Problem::payload_too_large(MAX_BODY)) }
    }
}

fn text_pair(pair: &Array) -> Option<(String, String)> {
    Some((pair.get(0).as_string()?, pair.get(1).as_string()?))
}
