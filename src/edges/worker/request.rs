//! A request to the Worker, as far as a route needs it.

use std::cell::OnceCell;

use percent_encoding::percent_decode_str;
use web_sys::{Headers, Url};

use super::problem::Problem;
use super::route::Route;
use crate::edges::stream;
use crate::ground::query::InvalidRequest;

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

/// What a body is, by its `Content-Type`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum MediaType {
    Json,
    Form,
}

impl MediaType {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Json => "application/json",
            Self::Form => "application/x-www-form-urlencoded",
        }
    }
}

pub(super) struct Request {
    inner: web_sys::Request,
    headers: Headers,
    url: Url,
    route: Option<Route>,
    method: Method,
    method_name: &'static str,
    ray: OnceCell<Option<String>>,
}

/// The methods that are told by name (RFC 9110 section 9.3, RFC 5789).
const METHODS: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"];

impl Request {
    pub(super) fn new(inner: web_sys::Request) -> Result<Self, Problem> {
        let url = Url::new(&inner.url()).map_err(|_| Problem::not_found())?;
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

    pub(super) fn route(&self) -> Option<Route> {
        self.route
    }

    /// The path of the route, or `none`: never a path of the caller's.
    pub(super) fn route_name(&self) -> &'static str {
        self.route.map_or("none", Route::path)
    }

    pub(super) fn method(&self) -> Method {
        self.method
    }

    /// Its name, or `OTHER`.
    pub(super) fn method_name(&self) -> &'static str {
        self.method_name
    }

    /// Cloudflare's name of this request: 16 digits, and where it came in. Whatever else a caller sends in its place is none.
    pub(super) fn ray(&self) -> Option<&str> {
        self.ray.get_or_init(|| self.header("CF-Ray").filter(|ray| is_ray(ray))).as_deref()
    }

    /// The host that it was sent to, with its port where that is not the usual one.
    pub(super) fn host(&self) -> String {
        self.url.host()
    }

    /// Whether it wants no answer from a cache: `Cache-Control: no-cache`.
    pub(super) fn has_no_cache(&self) -> bool {
        let directives = self.header("Cache-Control").unwrap_or_default();
        directives.split(',').any(|directive| directive.trim().eq_ignore_ascii_case("no-cache"))
    }

    pub(super) fn header(&self, name: &str) -> Option<String> {
        self.headers.get(name).ok().flatten()
    }

    /// The names and values of the query string, in order.
    pub(super) fn query(&self) -> Result<Vec<(String, String)>, InvalidRequest> {
        decode_form(self.url.search().trim_start_matches('?').as_bytes())
    }

    /// The body, if it is JSON by its `Content-Type` and at most 16 KiB long.
    pub(super) async fn json_body(&self) -> Result<Vec<u8>, Problem> {
        self.body(&[MediaType::Json]).await.map(|(_, body)| body)
    }

    /// The body, if it is one of these by its `Content-Type` and at most 16 KiB long.
    pub(super) async fn body(&self, accepted: &[MediaType]) -> Result<(MediaType, Vec<u8>), Problem> {
        let content_type = self.header("Content-Type").unwrap_or_default();
        let essence = content_type.split(';').next().unwrap_or_default().trim();
        let media_type = accepted.iter().find(|accepted| accepted.name().eq_ignore_ascii_case(essence));
        let media_type = media_type.ok_or_else(|| Problem::unsupported_media_type(accepted))?;
        let body = stream::read(&self.inner.body().into(), MAX_BODY).await.map_err(|_| Problem::body_broke_off())?;
        if body.is_whole { Ok((*media_type, body.bytes)) } else { Err(Problem::payload_too_large(MAX_BODY)) }
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
/// Decoded here, since `URLSearchParams` makes another text of what is not UTF-8, and so would ask for another payout.
pub(super) fn decode_form(form: &[u8]) -> Result<Vec<(String, String)>, InvalidRequest> {
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
