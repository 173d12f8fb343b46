//! The log: one line of JSON for each request and each message, whose fields Workers Logs indexes.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::prelude::wasm_bindgen;

use super::metrics::{CacheStatus, Outcome, RequestMetrics};
use super::reply::Reply;
use super::request::Request;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
}

/// The longest id that is logged, in characters: AliKassa's own limit.
const MAX_ID: usize = 128;

/// A request and its answer, for the log and for `Server-Timing` (<https://www.w3.org/TR/server-timing/>).
pub(crate) struct AccessLogEntry<'a> {
    /// `None` if its URL can't be parsed.
    pub(crate) request: Option<&'a Request>,
    pub(crate) reply: &'a Reply,
    pub(crate) total: Duration,
}

impl AccessLogEntry<'_> {
    pub(crate) fn write(&self) {
        write(self);
    }

    /// The value of the header `Server-Timing`, in milliseconds.
    pub(crate) fn server_timing(&self) -> String {
        let RequestMetrics { cache, upstream, .. } = self.reply.metrics();
        let cache = cache.map(|cache| format!("cache;desc={}, ", cache.as_str())).unwrap_or_default();
        let upstream =
            upstream.map(|it| format!("sign;dur={}, upstream;dur={}, ", millis(it.sign), millis(it.in_flight)));
        format!("{cache}{}total;dur={}", upstream.unwrap_or_default(), millis(self.total))
    }
}

impl Serialize for AccessLogEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (metrics, outcome) = (self.reply.metrics(), self.reply.outcome());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", "request")?;
        map.serialize_entry("route", self.request.map_or("none", Request::route_name))?;
        map.serialize_entry("method", self.request.map_or("OTHER", Request::method_name))?;
        map.serialize_entry("outcome", outcome.code)?;
        map.serialize_entry("status", &self.reply.status())?;
        map.serialize_entry("cache", metrics.cache.map_or("none", CacheStatus::as_str))?;
        serialize_metrics(&mut map, outcome, metrics, self.total)?;
        if let Some(ray) = self.request.and_then(Request::ray) {
            map.serialize_entry("ray", ray)?;
        }
        map.end()
    }
}

/// A message of the queue and its outcome.
pub(crate) struct MessageLogEntry<'a> {
    /// How often the message was delivered to the Worker, this time included.
    pub(crate) attempt: u32,
    pub(crate) outcome: Outcome,
    pub(crate) metrics: &'a RequestMetrics,
    pub(crate) total: Duration,
}

impl MessageLogEntry<'_> {
    pub(crate) fn write(&self) {
        write(self);
    }
}

impl Serialize for MessageLogEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", "message")?;
        map.serialize_entry("message_attempt", &self.attempt)?;
        map.serialize_entry("outcome", self.outcome.code)?;
        serialize_metrics(&mut map, self.outcome, self.metrics, self.total)?;
        map.end()
    }
}

fn serialize_metrics<M: SerializeMap>(
    map: &mut M,
    outcome: Outcome,
    metrics: &RequestMetrics,
    total: Duration,
) -> Result<(), M::Error> {
    if outcome.is_unknown || metrics.items.iter().any(|item| item.is_unknown) {
        map.serialize_entry("payout_state", "unknown")?;
    }
    if let Some(status) = metrics.upstream_status {
        map.serialize_entry("upstream_status", &status)?;
    }
    if let Some(id) = metrics.payout_id.as_ref().filter(|id| id.chars().count() <= MAX_ID) {
        map.serialize_entry("payout_id", id)?;
    }
    if !metrics.items.is_empty() {
        map.serialize_entry("outcomes", &counts(metrics.items.iter().map(|item| item.code)))?;
        if !metrics.upstream_statuses.is_empty() {
            map.serialize_entry("upstream_statuses", &counts(metrics.upstream_statuses.iter()))?;
        }
        map.serialize_entry("cache_hits", &metrics.cache_hits)?;
    }
    for (name, value) in &metrics.fields {
        map.serialize_entry(name, value)?;
    }
    map.serialize_entry("total_ms", &millis(total))?;
    if let Some(upstream) = metrics.upstream {
        map.serialize_entry("attempts", &upstream.attempts)?;
        map.serialize_entry("upstream_ms", &millis(upstream.in_flight))?;
        map.serialize_entry("sign_ms", &millis(upstream.sign))?;
    }
    Ok(())
}

fn counts<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

/// The number for a field or a header.
pub(crate) fn millis(time: Duration) -> u32 {
    time.as_millis() as u32
}

/// Logs a failure that does not change the answer.
pub(crate) fn log_incident(event: &str, ray: Option<&str>) {
    write(&Incident { event, ray });
}

#[derive(serde::Serialize)]
struct Incident<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ray: Option<&'a str>,
}

fn write(entry: &impl Serialize) {
    // An entry holds texts and numbers alone, which always serialize.
    if let Ok(line) = serde_json::to_string(entry) {
        console_log(&line);
    }
}
