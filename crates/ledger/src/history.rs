//! The timeline of a payout: readings that changed something, notifications, and events with their deliveries.

use alikassa::PayoutQuery;
use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::database::{Columns, Database};
use crate::error::LedgerError;
use crate::event::{COLUMNS, DeliveryState, Event};
use crate::ledger::Ledger;
use crate::record::{PayoutRecord, raw};
use crate::timestamp::Timestamp;

/// How many entries of each kind a timeline has at most: the last ones.
const MAX_ENTRIES: i64 = 200;

/// A payout and what happened to it.
///
/// It serializes as the fields of the payout's record, and `timeline`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Timeline {
    /// What is known of the payout.
    pub record: PayoutRecord,
    /// What happened, the first entry first.
    pub entries: Vec<TimelineEntry>,
}

/// An entry of a timeline.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum TimelineEntry {
    /// `followed`, `reading` or `notification`.
    Noted {
        /// Which of them.
        r#type: String,
        /// When it happened.
        at: Timestamp,
        /// Its JSON: the deadline, AliKassa's answer, or the notification.
        detail: String,
    },
    /// An event and its delivery.
    Event(Event),
}

impl TimelineEntry {
    /// When it happened.
    #[must_use]
    pub fn at(&self) -> Timestamp {
        match self {
            Self::Noted { at, .. } => *at,
            Self::Event(event) => event.created_at,
        }
    }
}

impl Serialize for TimelineEntry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        match self {
            Self::Noted { r#type, at, detail } => {
                let name = match r#type.as_str() {
                    "reading" => "payout",
                    "followed" => "follow",
                    other => other,
                };
                map.serialize_entry("type", r#type)?;
                map.serialize_entry("timestamp", at)?;
                map.serialize_entry(name, raw(detail)?)?;
            }
            Self::Event(event) => {
                map.serialize_entry("type", "event")?;
                map.serialize_entry("timestamp", &event.created_at)?;
                map.serialize_entry("seq", &event.seq)?;
                map.serialize_entry("event", &event.r#type)?;
                map.serialize_entry("delivery", &DeliveryState(event))?;
            }
        }
        map.end()
    }
}

impl Serialize for Timeline {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.record.serialize_into(&mut map)?;
        map.serialize_entry("timeline", &self.entries)?;
        map.end()
    }
}

impl<D: Database> Ledger<D> {
    /// What is known of a payout, with its last 200 entries of each kind. `None` if the payout is not known.
    ///
    /// # Errors
    /// If the database fails.
    pub fn history(&self, query: &PayoutQuery) -> Result<Option<Timeline>, LedgerError<D::Error>> {
        let Some(record) = self.find(query)? else {
            return Ok(None);
        };
        let values = [record.key.into(), MAX_ENTRIES.into()];
        let noted =
            self.rows("SELECT type, at, detail FROM history WHERE payout = ? ORDER BY seq DESC LIMIT ?", &values)?;
        let noted = noted.into_iter().rev().map(|row| {
            let mut columns = Columns::new(row);
            Ok(TimelineEntry::Noted {
                r#type: columns.text("type")?,
                at: columns.time("at")?,
                detail: columns.text("detail")?,
            })
        });
        let events =
            self.rows(&format!("SELECT {COLUMNS} FROM events WHERE payout = ? ORDER BY seq DESC LIMIT ?"), &values)?;
        let events = events.into_iter().rev().map(|row| Event::from_row(row).map(TimelineEntry::Event));
        let mut entries: Vec<TimelineEntry> = Vec::new();
        for entry in noted.chain(events) {
            let entry = entry?;
            let position = entries.partition_point(|other| other.at() <= entry.at());
            entries.insert(position, entry);
        }
        Ok(Some(Timeline { record, entries }))
    }

    pub(crate) fn add_history(
        &self,
        payout: i64,
        r#type: &str,
        detail: &str,
        at: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        self.rows(
            "INSERT INTO history (payout, at, type, detail) VALUES (?, ?, ?, ?)",
            &[payout.into(), at.into(), r#type.into(), detail.into()],
        )
        .map(drop)
    }
}
