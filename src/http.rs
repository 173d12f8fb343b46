//! Requests and answers, each file only above those before it: `metrics`, `route`, `request`, `reply`, `problem`, `access_log`,
//! `authorization`, `rate_limit`.

pub(crate) mod access_log;
pub(crate) mod authorization;
pub(crate) mod metrics;
pub(crate) mod problem;
pub(crate) mod rate_limit;
pub(crate) mod reply;
pub(crate) mod request;
pub(crate) mod route;
