//! The log: one line of JSON for each request, each reading and each delivery, whose fields Workers Logs indexes.

use std::collections::BTreeMap;
use std::time::Duration;

use alikassa_ledger::DeliveryOutcome;
use serde::ser::{Serialize, SerializeMap, Serializer};
use wasm_bindgen::prelude::wasm_bindgen;

use super::metrics::{CacheStatus, Outcome, RequestMetrics, UpstreamMetrics};
use super::reply::Reply;

#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = console, js_name = log)]
    fn console_log(line: &str);
}

/// The longest id that is logged, in characters: AliKassa's own limit.
const MAX_ID: usize = 128;

/// A request or a call of a method, and its answer, for the log and for `Server-Timing` (<https://www.w3.org/TR/server-timing/>).
pub(crate) struct AccessLogEntry<'a> {
    pub(crate) route: &'static str,
    pub(crate) method: &'static str,
    /// The `CF-Ray`.
    pub(crate) ray: Option<&'a str>,
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
        map.serialize_entry("route", self.route)?;
        map.serialize_entry("method", self.method)?;
        map.serialize_entry("outcome", outcome.code)?;
        map.serialize_entry("status", &self.reply.status())?;
        map.serialize_entry("cache", metrics.cache.map_or("none", CacheStatus::as_str))?;
        serialize_metrics(&mut map, outcome, metrics, self.total)?;
        if let Some(ray) = self.ray {
            map.serialize_entry("ray", ray)?;
        }
        map.end()
    }
}

/// What the ledger did without a request.
pub(crate) enum AlarmLogEntry<'a> {
    /// It read a payout.
    Reading {
        /// `ok`, or the code of the error: the payout's state is unknown then.
        code: &'a str,
        /// AliKassa's id, if it answered.
        payout_id: Option<&'a str>,
        metrics: UpstreamMetrics,
    },
    /// It sent an event to the merchant.
    Delivery { seq: i64, outcome: DeliveryOutcome },
}

impl AlarmLogEntry<'_> {
    pub(crate) fn write(&self) {
        write(self);
    }
}

impl Serialize for AlarmLogEntry<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Reading { code, payout_id, metrics } => {
                map.serialize_entry("event", "reading")?;
                map.serialize_entry("outcome", code)?;
                if *code != Outcome::OK.code {
                    map.serialize_entry("payout_state", "unknown")?;
                }
                if let Some(id) = payout_id.filter(|id| id.chars().count() <= MAX_ID) {
                    map.serialize_entry("payout_id", id)?;
                }
                map.serialize_entry("upstream_ms", &millis(metrics.in_flight))?;
                map.serialize_entry("sign_ms", &millis(metrics.sign))?;
            }
            Self::Delivery { seq, outcome } => {
                let (outcome, status) = match outcome {
                    DeliveryOutcome::Delivered(status) => ("ok", Some(*status)),
                    DeliveryOutcome::Failed { status, .. } => ("forward_failed", *status),
                };
                map.serialize_entry("event", "delivery")?;
                map.serialize_entry("outcome", outcome)?;
                map.serialize_entry("seq", seq)?;
                if let Some(status) = status {
                    map.serialize_entry("forward_status", &status)?;
                }
            }
        }
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
