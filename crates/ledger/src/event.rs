//! Events: one per change of what AliKassa says about a payout.

use alikassa::{PaymentStatus, Payout, contradictions};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::database::{Columns, Database, Row};
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::record::{PayoutRecord, raw, serialize_some};
use crate::timestamp::Timestamp;

/// The advice in an event about a payout that is overdue.
const OVERDUE_ADVICE: &str =
    "The payout is unknown or still waiting. Don't cancel it and don't repeat it: ask AliKassa's support.";

/// An event, and how far its delivery is.
///
/// It serializes as `seq`, the fields of the delivered body (`type`, `timestamp`, `data`), and `delivery`.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Event {
    /// The number of the event. It only grows.
    pub seq: i64,
    /// `payout.wait`, `payout.paid`, `payout.cancel`, `payout.fail`, `payout.other` or `payout.overdue`.
    pub r#type: String,
    /// When it happened.
    pub created_at: Timestamp,
    /// The JSON that is delivered.
    pub body: String,
    /// How often it was sent.
    pub attempts: i64,
    /// The HTTP status of the endpoint's last answer. `None` if there was none.
    pub last_status: Option<i64>,
    /// When it is sent next.
    pub next_attempt_at: Option<Timestamp>,
    /// When the merchant accepted it.
    pub delivered_at: Option<Timestamp>,
    /// When the ledger stopped trying.
    pub gave_up_at: Option<Timestamp>,
}

/// The columns for [`Event::from_row`].
pub(crate) const COLUMNS: &str =
    "seq, type, created_at, body, attempts, last_status, next_attempt_at, delivered_at, gave_up_at";

impl Event {
    pub(crate) fn from_row<E>(row: Row) -> Result<Self, LedgerError<E>> {
        let mut columns = Columns::new(row);
        Ok(Self {
            seq: columns.integer("seq")?,
            r#type: columns.text("type")?,
            created_at: columns.time("created_at")?,
            body: columns.text("body")?,
            attempts: columns.integer("attempts")?,
            last_status: columns.maybe_integer("last_status")?,
            next_attempt_at: columns.maybe_time("next_attempt_at")?,
            delivered_at: columns.maybe_time("delivered_at")?,
            gave_up_at: columns.maybe_time("gave_up_at")?,
        })
    }

    /// `delivered`, `pending`, `undelivered`, or `none` if it was not to be delivered.
    #[must_use]
    pub fn delivery_state(&self) -> &'static str {
        match (self.next_attempt_at, self.delivered_at, self.gave_up_at) {
            (Some(_), _, _) => "pending",
            (None, Some(_), _) => "delivered",
            (None, None, Some(_)) => "undelivered",
            (None, None, None) => "none",
        }
    }
}

impl Serialize for Event {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(serde::Deserialize)]
        struct Body<'a> {
            #[serde(borrow)]
            data: &'a RawValue,
        }
        let Body { data } = serde_json::from_str(&self.body).map_err(serde::ser::Error::custom)?;
        let mut map = serializer.serialize_map(Some(5))?;
        map.serialize_entry("seq", &self.seq)?;
        map.serialize_entry("type", &self.r#type)?;
        map.serialize_entry("timestamp", &self.created_at)?;
        map.serialize_entry("data", data)?;
        map.serialize_entry("delivery", &DeliveryState(self))?;
        map.end()
    }
}

/// How far the delivery of an event is.
pub(crate) struct DeliveryState<'a>(pub(crate) &'a Event);

impl Serialize for DeliveryState<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(event) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("state", event.delivery_state())?;
        map.serialize_entry("attempts", &event.attempts)?;
        serialize_some(&mut map, "last_status", &event.last_status)?;
        serialize_some(&mut map, "next_attempt_at", &event.next_attempt_at)?;
        serialize_some(&mut map, "delivered_at", &event.delivered_at)?;
        serialize_some(&mut map, "gave_up_at", &event.gave_up_at)?;
        map.end()
    }
}

/// The delivered body, in the form that Standard Webhooks recommends.
#[derive(serde::Serialize)]
struct Body<'a, T> {
    r#type: &'a str,
    timestamp: Timestamp,
    data: T,
}

/// The data of an event that AliKassa's answer made.
struct Changed<'a> {
    payout: &'a Payout,
    notification: Option<&'a str>,
}

impl Serialize for Changed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("payout", self.payout)?;
        if let Some(notification) = self.notification {
            let contradictions = contradictions(notification, self.payout);
            map.serialize_entry("notification", raw(notification)?)?;
            map.serialize_entry("agrees", &contradictions.is_empty())?;
            if !contradictions.is_empty() {
                map.serialize_entry("contradictions", &contradictions)?;
            }
        }
        map.end()
    }
}

/// The data of `payout.overdue`: what is known of the payout, and no new status.
struct Overdue<'a>(&'a PayoutRecord);

impl Serialize for Overdue<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(record) = self;
        let mut map = serializer.serialize_map(None)?;
        match &record.answer {
            Some(answer) => map.serialize_entry("payout", raw(answer)?)?,
            None => map.serialize_entry("payout", &Names { id: &record.id, order_id: &record.order_id })?,
        }
        map.serialize_entry("payout_state", "unknown")?;
        map.serialize_entry("advice", OVERDUE_ADVICE)?;
        map.end()
    }
}

#[derive(serde::Serialize)]
struct Names<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: &'a Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    order_id: &'a Option<String>,
}

impl<D: Database> Ledger<D> {
    /// Writes the event for AliKassa's answer.
    pub(crate) fn add_changed(
        &self,
        record: &PayoutRecord,
        payout: &Payout,
        now: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        let status = match payout.payment_status() {
            PaymentStatus::Other(_) => "other",
            status => status.as_str(),
        };
        let data = Changed { payout, notification: record.notification.as_deref() };
        self.add_event(record.key, &format!("payout.{status}"), &data, now)
    }

    /// Writes the event for a deadline that has passed.
    pub(crate) fn add_overdue(&self, record: &PayoutRecord, now: Timestamp) -> Result<(), LedgerError<D::Error>> {
        self.add_event(record.key, "payout.overdue", &Overdue(record), now)
    }

    fn add_event(
        &self,
        payout: i64,
        r#type: &str,
        data: &impl Serialize,
        now: Timestamp,
    ) -> Result<(), LedgerError<D::Error>> {
        let body = serde_json::to_string(&Body { r#type, timestamp: now, data });
        let body = body.map_err(|_| LedgerError::Corrupt("answer"))?;
        let due = self.policy.delivers.then_some(now);
        self.rows(
            "INSERT INTO events (payout, type, created_at, body, next_attempt_at) VALUES (?, ?, ?, ?, ?)",
            &[payout.into(), r#type.into(), now.into(), body.into(), due.into()],
        )
        .map(drop)
    }
}
