//! What there is to tell of a request beside its answer.
//!
//! Nothing of what a caller sent is in it: the words are the program's own, and a payout is named as AliKassa names it.

use serde::ser::{Serialize, Serializer};

use super::clock::Milliseconds;

/// What a route tells of a request, for the log line and for `Server-Timing`. What a route did not do it leaves out.
#[derive(Default)]
pub(super) struct Report {
    /// What asking AliKassa took.
    pub(super) asked: Option<Asked>,
    /// The HTTP status of AliKassa's last answer.
    pub(super) upstream_status: Option<u16>,
    /// The same for each payout that was asked for, of which a batch has many.
    pub(super) upstream_statuses: Vec<u16>,
    /// How the cache was used.
    pub(super) cache: Option<Cached>,
    /// How many payouts came out of it.
    pub(super) cache_hits: usize,
    /// The payout in the answer, by AliKassa's id.
    pub(super) payout_id: Option<String>,
    /// How each item of a batch ended.
    pub(super) items: Vec<Outcome>,
    /// What only this route has to tell: fields of the log line.
    pub(super) notes: Vec<(&'static str, Note)>,
}

/// The value of a field in the log line.
pub(super) enum Note {
    Flag(bool),
    Number(u32),
    Word(&'static str),
    Words(Vec<&'static str>),
}

impl Serialize for Note {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Flag(flag) => flag.serialize(serializer),
            Self::Number(number) => number.serialize(serializer),
            Self::Word(word) => word.serialize(serializer),
            Self::Words(words) => words.serialize(serializer),
        }
    }
}

/// What asking AliKassa took, all attempts and all items of a batch together.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    /// How many requests were sent.
    pub(super) attempts: u32,
    /// For how long at least one of them was under way.
    pub(super) upstream: Milliseconds,
    /// How long the signing took.
    pub(super) sign: Milliseconds,
}

/// How the cache was used.
#[derive(Clone, Copy)]
pub(super) enum Cached {
    /// Everything came out of it.
    Hit,
    /// Something did not.
    Miss,
    /// The request wanted AliKassa to be asked.
    Bypass,
}

impl Cached {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Hit => "hit",
            Self::Miss => "miss",
            Self::Bypass => "bypass",
        }
    }
}

/// How a question ended.
#[derive(Clone, Copy)]
pub(super) struct Outcome {
    /// `ok`, or the code of a problem.
    pub(super) code: &'static str,
    /// Whether a payout's state is unknown after it.
    pub(super) is_unknown: bool,
}

impl Outcome {
    pub(super) const OK: Self = Self { code: "ok", is_unknown: false };
}
