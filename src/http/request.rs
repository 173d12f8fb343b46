//! A request to the Worker.

use std::cell::OnceCell;

use alikassa::InvalidRequest;
use alikassa::web::read_body;
use percent_encoding::percent_decode_str;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Url};

use super::route::Route;

/// The longest body that is read: 16 KiB.
pub(crate) const MAX_BODY: usize = 16 << 10;

/// The methods that the log names (RFC 9110 section 9.3, RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Method {
    /// `GET`, and `HEAD`, for which the runtime leaves out the body.
    Get,
    Post,
    Other,
}

/// A media type that a route may accept.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum MediaType {
    Json,
    Form,
}

impl MediaType {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

/// Why a body was not read.
pub(crate) enum BodyError<'a> {
    /// Its `Content-Type` is none of these.
    UnsupportedMediaType(&'a [MediaType]),
    /// It is longer than this, in bytes.
    TooLarge(usize),
    /// The connection broke.
    BrokeOff,
}

pub(crate) struct Request {
    inner: web_sys::Request,
    headers: Headers,
    url: Url,
    route: Option<Route>,
    method: Method,
    method_name: &'static str,
    ray: OnceCell<Option<String>>,
}

impl Request {
    /// Fails if the URL can't be parsed.
    pub(crate) fn new(inner: web_sys::Request) -> Result<Self, JsValue> {
        let url = Url::new(&inner.url())?;
        let route = Route::from_path(&url.pathname());
        let method = inner.method();
        let method_name = METHODS.into_iter().find(|name| **name == method).unwrap_or("OTHER");
        let method = match method_name {
            "GET" | "HEAD" => Method::Get,
            "POST" => Method::Post,
            _ => Method::Other,
        };
        Ok(Self { headers: inner.headers(), inner, url, route, method, method_name, ray: OnceCell::new() })
    }

    pub(crate) fn route(&self) -> Option<Route> {
        self.route
    }

    /// The path of the route, or `none`: never a path that a caller made up.
    pub(crate) fn route_name(&self) -> &'static str {
        self.route.map_or("none", Route::path)
    }

    pub(crate) fn method(&self) -> Method {
        self.method
    }

    /// The method's name, or `OTHER`.
    pub(crate) fn method_name(&self) -> &'static str {
        self.method_name
    }

    /// Cloudflare's id of this request (`CF-Ray`): 16 hex digits and a data centre. Any other text of a caller's is ignored.
    pub(crate) fn ray(&self) -> Option<&str> {
        self.ray.get_or_init(|| self.header("CF-Ray").filter(|ray| is_ray(ray))).as_deref()
    }

    pub(crate) fn path(&self) -> String {
        self.url.pathname()
    }

    /// Whether the request has `Cache-Control: no-cache` (RFC 9111 section 5.2.1.4).
    pub(crate) fn has_no_cache(&self) -> bool {
        let directives = self.header("Cache-Control").unwrap_or_default();
        directives.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// The names and values of the query string, in order.
    pub(crate) fn query(&self) -> Result<Vec<(String, String)>, InvalidRequest> {
        decode_form(self.url.search().trim_start_matches('?').as_bytes())
    }

    /// The body, if its `Content-Type` is JSON and it has at most 16 KiB.
    pub(crate) async fn json_body(&self) -> Result<Vec<u8>, BodyError<'static>> {
        self.body(&[MediaType::Json]).await.map(|(_, body)| body)
    }

    /// The body, if its `Content-Type` is one of these and it has at most 16 KiB.
    pub(crate) async fn body<'a>(&self, accepted: &'a [MediaType]) -> Result<(MediaType, Vec<u8>), BodyError<'a>> {
        let content_type = self.header("Content-Type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let media_type = accepted.iter().find(|accepted| accepted.name().eq_ignore_ascii_case(essence));
        let media_type = media_type.ok_or(BodyError::UnsupportedMediaType(accepted))?;
        let body = read_body(&self.inner.body().into(), MAX_BODY).await.map_err(|_| BodyError::BrokeOff)?;
        if body.truncated { Err(BodyError::TooLarge(MAX_BODY)) } else { Ok((*media_type, body.bytes)) }
    }
}

fn is_ray(ray: &str) -> bool {
    let (id, place) = ray.split_once('-').unwrap_or((ray, ""));
    let is_id = id.len() == 16 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_place = matches!(place.len(), 0 | 3) && place.bytes().all(|byte| byte.is_ascii_uppercase());
    is_id && is_place
}

/// The names and values of a form, in order (`application/x-www-form-urlencoded`).
///
/// Not `URLSearchParams`, which replaces what is not UTF-8, and so would name another payout.
pub(crate) fn decode_form(form: &[u8]) -> Result<Vec<(String, String)>, InvalidRequest> {
    let form = std::str::from_utf8(form).map_err(|_| InvalidRequest::NotUtf8)?;
    let fields = form.split('&').filter(|field| !field.is_empty());
    fields
        .map(|field| {
            let (name, value) = field.split_once('=').unwrap_or((field, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, InvalidRequest> {
    let text = text.replace('+', " ");
    let decoded = percent_decode_str(&text).decode_utf8().map_err(|_| InvalidRequest::NotUtf8)?;
    Ok(decoded.into_owned())
}
