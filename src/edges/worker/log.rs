//! What the Worker writes into its log: one line of JSON for each request and each message, which Workers Logs takes apart and indexes.

use std::collections::BTreeMap;

use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::prelude::wasm_bindgen;

use super::clock::Milliseconds;
use super::reply::Reply;
use super::report::{Cached, Outcome, Report};
use super::request::Request;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
}

/// The longest id that is told: AliKassa's own limit.
const MAX_ID: usize = 128;

/// What came of a request, as its log line and as `Server-Timing` (<https://www.w3.org/TR/server-timing/>).
pub(super) struct Line<'a> {
    pub(super) request: Option<&'a Request>,
    pub(super) reply: &'a Reply,
    pub(super) total: Milliseconds,
}

impl Line<'_> {
    /// Writes it.
    pub(super) fn write(&self) {
        write(self);
    }

    /// The value of the header `Server-Timing`, in milliseconds.
    pub(super) fn server_timing(&self) -> String {
        let asked = self
            .reply
            .report()
            .asked
            .map(|asked| format!("sign;dur={}, upstream;dur={}, ", asked.sign.rounded(), asked.upstream.rounded()));
        let cache = self.reply.report().cache.map(|cache| format!("cache;desc={}, ", cache.as_str()));
        format!("{}{}total;dur={}", cache.unwrap_or_default(), asked.unwrap_or_default(), self.total.rounded())
    }
}

impl Serialize for Line<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (report, outcome) = (self.reply.report(), self.reply.outcome());
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", "request")?;
        map.serialize_entry("route", self.request.map_or("none", Request::route_name))?;
        map.serialize_entry("method", self.request.map_or("OTHER", Request::method_name))?;
        map.serialize_entry("outcome", outcome.code)?;
        map.serialize_entry("status", &self.reply.status())?;
        map.serialize_entry("cache", report.cache.map_or("none", Cached::as_str))?;
        tell(&mut map, outcome, report, self.total)?;
        if let Some(ray) = self.request.and_then(Request::ray) {
            map.serialize_entry("ray", ray)?;
        }
        map.end()
    }
}

/// What came of a message out of the queue, as its log line.
pub(super) struct MessageLine<'a> {
    /// How often the message has come.
    pub(super) attempt: u32,
    pub(super) outcome: Outcome,
    pub(super) report: &'a Report,
    pub(super) total: Milliseconds,
}

impl MessageLine<'_> {
    /// Writes it.
    pub(super) fn write(&self) {
        write(self);
    }
}

impl Serialize for MessageLine<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("event", "message")?;
        map.serialize_entry("message_attempt", &self.attempt)?;
        map.serialize_entry("outcome", self.outcome.code)?;
        tell(&mut map, self.outcome, self.report, self.total)?;
        map.end()
    }
}

/// What there is to tell of both.
fn tell<M: SerializeMap>(map: &mut M, outcome: Outcome, report: &Report, total: Milliseconds) -> Result<(), M::Error> {
    if outcome.is_unknown || report.items.iter().any(|item| item.is_unknown) {
        map.serialize_entry("payout_state", "unknown")?;
    }
    if let Some(status) = report.upstream_status {
        map.serialize_entry("upstream_status", &status)?;
    }
    if let Some(id) = report.payout_id.as_ref().filter(|id| id.chars().count() <= MAX_ID) {
        map.serialize_entry("payout_id", id)?;
    }
    if !report.items.is_empty() {
        map.serialize_entry("outcomes", &counted(report.items.iter().map(|item| item.code)))?;
        if !report.upstream_statuses.is_empty() {
            map.serialize_entry("upstream_statuses", &counted(report.upstream_statuses.iter()))?;
        }
        map.serialize_entry("cache_hits", &report.cache_hits)?;
    }
    for (name, value) in &report.notes {
        map.serialize_entry(name, value)?;
    }
    map.serialize_entry("total_ms", &total.rounded())?;
    if let Some(asked) = report.asked {
        map.serialize_entry("attempts", &asked.attempts)?;
        map.serialize_entry("upstream_ms", &asked.upstream.rounded())?;
        map.serialize_entry("sign_ms", &asked.sign.rounded())?;
    }
    Ok(())
}

/// How often each of these comes.
fn counted<T: Ord>(items: impl Iterator<Item = T>) -> BTreeMap<T, u32> {
    let mut counts = BTreeMap::new();
    for item in items {
        *counts.entry(item).or_insert(0) += 1;
    }
    counts
}

/// Tells of something that failed without changing the answer to a request: a line of its own.
pub(super) fn incident(event: &str, ray: Option<&str>) {
    write(&Incident { event, ray });
}

#[derive(serde::Serialize)]
struct Incident<'a> {
    event: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    ray: Option<&'a str>,
}

fn write(line: &impl Serialize) {
    // Nothing in a line refuses to be written.
    if let Ok(line) = serde_json::to_string(line) {
        console_log(&line);
    }
}
