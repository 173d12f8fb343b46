//! Facts about a request for the log and for `Server-Timing`.
//!
//! They hold nothing that a caller sent: the words are the program's own, and a payout has AliKassa's id.

use std::time::Duration;

use serde::ser::{Serialize, Serializer};

/// Facts about one request.
#[derive(Default)]
pub(crate) struct RequestMetrics {
    /// `None` if AliKassa was not asked.
    pub(crate) upstream: Option<UpstreamMetrics>,
    /// The HTTP status of AliKassa's last answer about the one payout of this request.
    pub(crate) upstream_status: Option<u16>,
    /// The same for each payout of a batch.
    pub(crate) upstream_statuses: Vec<u16>,
    /// `None` without a ledger.
    pub(crate) cache: Option<CacheStatus>,
    /// The number of payouts that the ledger knew as final.
    pub(crate) cache_hits: usize,
    /// AliKassa's id of the payout in the answer.
    pub(crate) payout_id: Option<String>,
    /// The outcome of each item of a batch.
    pub(crate) items: Vec<Outcome>,
    /// Fields of the log entry that only this route has.
    pub(crate) fields: Vec<(&'static str, LogField)>,
}

/// The value of a field in the log entry.
pub(crate) enum LogField {
    Flag(bool),
    Number(u32),
    Word(&'static str),
    Words(Vec<&'static str>),
}

impl Serialize for LogField {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => flag.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Word(word) => word.serialize(serializer),
            Self::Words(words) => words.serialize(serializer),
        }
    }
}

/// The requests to AliKassa, for all attempts and all items of a batch together.
#[derive(Clone, Copy)]
pub(crate) struct UpstreamMetrics {
    /// The number of requests sent.
    pub(crate) attempts: u32,
    /// The time during which at least one of them was in flight.
    pub(crate) in_flight: Duration,
    /// The time from the call to its first request, which is the first signature's.
    pub(crate) sign: Duration,
}

/// Where the payouts of an answer came from.
#[derive(Clone, Copy)]
pub(crate) enum CacheStatus {
    /// The ledger knew all of them as final.
    Hit,
    /// AliKassa was asked for at least one.
    Miss,
    /// The request has `Cache-Control: no-cache`.
    Bypass,
}

impl CacheStatus {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// How a request or an item of a batch ended.
#[derive(Clone, Copy)]
pub(crate) struct Outcome {
    /// `ok`, or the code of a problem.
    pub(crate) code: &'static str,
    /// Whether a payout's state is unknown after it.
    pub(crate) is_unknown: bool,
}

impl Outcome {
    pub(crate) const OK: Self = Self { code: "ok", is_unknown: false };
}
