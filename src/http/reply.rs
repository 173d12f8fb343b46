//! The Worker's answers.

use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Response, ResponseInit};

use super::metrics::{Outcome, RequestMetrics};

/// The answer of a route, with the facts about it for the log.
pub(crate) struct Reply {
    status: u16,
    headers: Vec<(&'static str, &'static str)>,
    body: String,
    outcome: Outcome,
    metrics: RequestMetrics,
}

impl Reply {
    /// HTTP 200 with this value as JSON.
    pub(crate) fn json(value: &impl Serialize) -> serde_json::Result<Self> {
        Ok(Self::new(200, "application/json", serde_json::to_string(value)?))
    }

    /// An answer that no cache keeps, since the state of a payout changes.
    pub(crate) fn new(status: u16, content_type: &'static str, body: String) -> Self {
        let headers =
            vec![("Cache-Control", "no-store"), ("X-Content-Type-Options", "nosniff"), ("Content-Type", content_type)];
        Self { status, headers, body, outcome: Outcome::OK, metrics: RequestMetrics::default() }
    }

    pub(crate) fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With this outcome in the log, in place of `ok`.
    pub(crate) fn with_outcome(self, outcome: Outcome) -> Self {
        Self { outcome, ..self }
    }

    pub(crate) fn with_metrics(self, metrics: RequestMetrics) -> Self {
        Self { metrics, ..self }
    }

    pub(crate) fn status(&self) -> u16 {
        self.status
    }

    pub(crate) fn body(&self) -> &str {
        &self.body
    }

    pub(crate) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(crate) fn metrics(&self) -> &RequestMetrics {
        &self.metrics
    }

    /// The answer for the runtime.
    pub(crate) fn to_response(&self, server_timing: &str) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        if let Some(cache) = self.metrics.cache {
            headers.set("X-AliKassa-Cache", cache.as_str())?;
        }
        headers.set("Server-Timing", server_timing)?;
        let init = ResponseInit::new();
        init.set_status(self.status);
        init.set_headers(&headers);
        Response::new_with_opt_str_and_init(Some(&self.body), &init)
    }
}
