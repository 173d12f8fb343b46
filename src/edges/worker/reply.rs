//! The Worker's answers, with what there is to tell of them.

use std::borrow::Cow;

use serde::Serialize;
use wasm_bindgen::JsValue;
use web_sys::{Headers, Response, ResponseInit};

use super::problem::Problem;
use super::report::{Outcome, Report};

/// What a route makes of a request: the answer, and the report of how it came about.
pub(super) struct Reply {
    status: u16,
    headers: Vec<(&'static str, String)>,
    /// `None` where an answer of this status never has one.
    body: Option<Cow<'static, str>>,
    outcome: Outcome,
    report: Report,
}

impl Reply {
    /// HTTP 200 with this as JSON.
    pub(super) fn json(value: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(value).map_err(|_| Problem::internal())?;
        Ok(Self::ok("application/json", body))
    }

    /// HTTP 200 with any body. No cache on the way keeps it, unless [`Self::header`] says otherwise: what became of a payout is
    /// nobody's to keep.
    pub(super) fn ok(content_type: &str, body: impl Into<Cow<'static, str>>) -> Self {
        Self::new(200, Outcome::OK, Some(body.into())).header("Content-Type", content_type)
    }

    /// HTTP 304: what the caller has is current.
    pub(super) fn not_modified() -> Self {
        Self::new(304, Outcome::OK, None)
    }

    fn new(status: u16, outcome: Outcome, body: Option<Cow<'static, str>>) -> Self {
        let headers = vec![("Cache-Control", "no-store".to_owned()), ("X-Content-Type-Options", "nosniff".to_owned())];
        Self { status, headers, body, outcome, report: Report::default() }
    }

    /// With this header, in place of one of that name.
    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// Told as this problem, which is in it.
    pub(super) fn told_as(self, problem: &Problem) -> Self {
        Self { outcome: problem.outcome(), ..self }
    }

    /// With what there is to tell of it.
    pub(super) fn reporting(self, report: Report) -> Self {
        Self { report, ..self }
    }

    pub(super) fn status(&self) -> u16 {
        self.status
    }

    pub(super) fn outcome(&self) -> Outcome {
        self.outcome
    }

    pub(super) fn report(&self) -> &Report {
        &self.report
    }

    /// The answer as the runtime takes it.
    pub(super) fn to_response(&self, server_timing: &str) -> Result<Response, JsValue> {
        let headers = Headers::new()?;
        for (name, value) in &self.headers {
            headers.set(name, value)?;
        }
        if let Some(cache) = self.report.cache {
            headers.set("X-AliKassa-Cache", cache.as_str())?;
        }
        headers.set("Server-Timing", server_timing)?;
        let init = ResponseInit::new();
        init.set_status(self.status);
        init.set_headers(&headers);
        Response::new_with_opt_str_and_init(self.body.as_deref(), &init)
    }
}

impl From<Problem> for Reply {
    fn from(problem: Problem) -> Self {
        // Nothing in a problem refuses to be written.
        let body = serde_json::to_string(&problem).unwrap_or_default();
        let reply = Self::new(problem.status(), problem.outcome(), Some(body.into()))
            .header("Content-Type", "application/problem+json");
        match problem.header() {
            Some((name, value)) => reply.header(name, value),
            None => reply,
        }
    }
}
