//! A payout as the ledger knows it, and its row.

use alikassa::{PaymentStatus, PayoutQuery};
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::value::RawValue;

use crate::database::{Columns, Database, Row, Value};
use crate::error::LedgerError;
use crate::ledger::Ledger;
use crate::state::PayoutState;
use crate::ticket::Ticket;
use crate::timestamp::Timestamp;

/// A payout as the ledger knows it.
///
/// It serializes with `payout`, AliKassa's last answer, or with `"payout_state":"unknown"` if there was none yet.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct PayoutRecord {
    pub(crate) key: i64,
    /// AliKassa's id. `None` as long as only the order id is known.
    pub id: Option<String>,
    /// The merchant's order id.
    pub order_id: Option<String>,
    /// AliKassa's last word, as text. `None` if AliKassa has not said anything yet: the state is unknown.
    pub status: Option<String>,
    /// Since when AliKassa's last word is final.
    pub final_at: Option<Timestamp>,
    /// AliKassa's last answer: the JSON of a payout.
    pub answer: Option<String>,
    /// When that answer was asked for.
    pub asked_at: Option<Timestamp>,
    /// Since when the payout is followed. `None` if it is not, or no longer.
    pub followed_since: Option<Timestamp>,
    /// When the payout becomes overdue, or, after that, when following it ends.
    pub follow_until: Option<Timestamp>,
    /// Since when the payout is overdue.
    pub overdue_at: Option<Timestamp>,
    /// When it is read next.
    pub next_read_at: Option<Timestamp>,
    /// How often the ledger has read it.
    pub readings: i64,
    /// The error code of the last reading, if it failed.
    pub failure: Option<String>,
    pub(crate) ticket: Option<i64>,
    pub(crate) named_by: Option<i64>,
    /// The first ticket whose answer counts as the reading that a notification or a caller demanded.
    pub(crate) demanded_by: Option<i64>,
    pub(crate) recorded_at: Timestamp,
    /// The number of readings since the pause was short.
    pub(crate) attempt: u32,
    /// The JSON of a notification for which the payout has not been read yet.
    pub(crate) notification: Option<String>,
}

const COLUMNS: &str = "key, id, order_id, status, answer, ticket, asked_at, named_by, demanded_by, recorded_at, followed_since, follow_until,
    overdue_at, next_read_at, readings, attempt, failure, notification, final_at";

impl PayoutRecord {
    /// A payout of which nothing but this name is known.
    fn new(query: &PayoutQuery, now: Timestamp) -> Self {
        let name = Some(query.value().to_owned());
        let (id, order_id) = if is_by_id(query) { (name, None) } else { (None, name) };
        Self {
            key: 0,
            id,
            order_id,
            status: None,
            answer: None,
            ticket: None,
            asked_at: None,
            named_by: None,
            demanded_by: None,
            recorded_at: now,
            followed_since: None,
            follow_until: None,
            overdue_at: None,
            next_read_at: None,
            readings: 0,
            attempt: 0,
            failure: None,
            notification: None,
            final_at: None,
        }
    }

    fn from_row<E>(row: Row) -> Result<Self, LedgerError<E>> {
        let mut columns = Columns::new(row);
        Ok(Self {
            key: columns.integer("key")?,
            id: columns.maybe_text("id")?,
            order_id: columns.maybe_text("order_id")?,
            status: columns.maybe_text("status")?,
            answer: columns.maybe_text("answer")?,
            ticket: columns.maybe_integer("ticket")?,
            asked_at: columns.maybe_time("asked_at")?,
            named_by: columns.maybe_integer("named_by")?,
            demanded_by: columns.maybe_integer("demanded_by")?,
            recorded_at: columns.time("recorded_at")?,
            followed_since: columns.maybe_time("followed_since")?,
            follow_until: columns.maybe_time("follow_until")?,
            overdue_at: columns.maybe_time("overdue_at")?,
            next_read_at: columns.maybe_time("next_read_at")?,
            readings: columns.integer("readings")?,
            attempt: u32::try_from(columns.integer("attempt")?).map_err(|_| LedgerError::Corrupt("attempt"))?,
            failure: columns.maybe_text("failure")?,
            notification: columns.maybe_text("notification")?,
            final_at: columns.maybe_time("final_at")?,
        })
    }

    /// Whether AliKassa's last word is final.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.as_deref().is_some_and(|status| PaymentStatus::from(status).is_final())
    }

    /// Where the payout stands.
    #[must_use]
    pub fn state(&self) -> PayoutState {
        match (self.final_at, self.overdue_at) {
            (Some(_), _) => PayoutState::Final,
            (None, Some(_)) => PayoutState::Overdue,
            (None, None) => PayoutState::Open,
        }
    }

    /// Whether a reading is due.
    pub(crate) fn is_due(&self, now: Timestamp) -> bool {
        self.next_read_at.is_some_and(|at| at <= now)
    }

    /// The query that asks AliKassa for the payout: by its id, as soon as that is known.
    pub(crate) fn query(&self) -> Option<PayoutQuery> {
        let query = self.id.as_deref().map(PayoutQuery::id);
        query.or_else(|| self.order_id.as_deref().map(PayoutQuery::order_id))?.ok()
    }

    /// Ends following.
    pub(crate) fn stop(&mut self) {
        self.followed_since = None;
        self.follow_until = None;
        self.next_read_at = None;
        self.attempt = 0;
        self.demanded_by = None;
    }

    /// Whether an answer with this ticket is the reading that was demanded, if one was.
    pub(crate) fn is_satisfied_by(&self, ticket: Ticket) -> bool {
        self.demanded_by.is_none_or(|demanded| ticket.number >= demanded)
    }
}

pub(crate) fn is_by_id(query: &PayoutQuery) -> bool {
    query.field() == "id"
}

impl<D: Database> Ledger<D> {
    pub(crate) fn record_by_key(&self, key: i64) -> Result<Option<PayoutRecord>, LedgerError<D::Error>> {
        self.select("WHERE key = ?", &[key.into()]).map(|mut found| found.pop())
    }

    /// The payout of this id.
    pub(crate) fn record_by_id(&self, id: &str) -> Result<Option<PayoutRecord>, LedgerError<D::Error>> {
        self.select("WHERE id = ?", &[id.into()]).map(|mut found| found.pop())
    }

    /// The payout that AliKassa means by this order id, as far as is known. More than one payout may have it, and AliKassa alone knows
    /// which of them is meant: first the one that is known by nothing else, then the one that AliKassa named last when it was asked by
    /// the order id, then the only one.
    pub(crate) fn record_by_order_id(&self, order_id: &str) -> Result<Option<PayoutRecord>, LedgerError<D::Error>> {
        let mut found = self.select(
            "WHERE order_id = ? ORDER BY id IS NULL DESC, named_by IS NULL, named_by DESC LIMIT 2",
            &[order_id.into()],
        )?;
        let is_clear =
            found.len() < 2 || found.first().is_some_and(|first| first.id.is_none() || first.named_by.is_some());
        found.truncate(1);
        Ok(if is_clear { found.pop() } else { None })
    }

    pub(crate) fn find(&self, query: &PayoutQuery) -> Result<Option<PayoutRecord>, LedgerError<D::Error>> {
        if is_by_id(query) { self.record_by_id(query.value()) } else { self.record_by_order_id(query.value()) }
    }

    /// The payout of this name, which is new if it is not known.
    pub(crate) fn find_or_insert(
        &self,
        query: &PayoutQuery,
        now: Timestamp,
    ) -> Result<PayoutRecord, LedgerError<D::Error>> {
        match self.find(query)? {
            Some(record) => Ok(record),
            None => self.insert(PayoutRecord::new(query, now)),
        }
    }

    fn insert(&self, mut record: PayoutRecord) -> Result<PayoutRecord, LedgerError<D::Error>> {
        record.key = self.integer(
            "INSERT INTO payouts (id, order_id, created_at, recorded_at, readings, attempt) VALUES (?1, ?2, ?3, ?3, 0, 0) RETURNING key",
            &[record.id.clone().into(), record.order_id.clone().into(), record.recorded_at.into()],
            "key",
        )?;
        Ok(record)
    }

    pub(crate) fn save(&self, record: &PayoutRecord) -> Result<(), LedgerError<D::Error>> {
        let sql = "UPDATE payouts SET id = ?, order_id = ?, status = ?, answer = ?, ticket = ?, asked_at = ?, named_by = ?,
            demanded_by = ?, recorded_at = ?, followed_since = ?, follow_until = ?, overdue_at = ?, next_read_at = ?, readings = ?, attempt = ?,
            failure = ?, notification = ?, final_at = ? WHERE key = ?";
        let values = [
            record.id.clone().into(),
            record.order_id.clone().into(),
            record.status.clone().into(),
            record.answer.clone().into(),
            record.ticket.into(),
            record.asked_at.into(),
            record.named_by.into(),
            record.demanded_by.into(),
            record.recorded_at.into(),
            record.followed_since.into(),
            record.follow_until.into(),
            record.overdue_at.into(),
            record.next_read_at.into(),
            record.readings.into(),
            i64::from(record.attempt).into(),
            record.failure.clone().into(),
            record.notification.clone().into(),
            record.final_at.into(),
            record.key.into(),
        ];
        self.rows(sql, &values).map(drop)
    }

    /// The payouts that a clause after `FROM payouts` selects.
    pub(crate) fn select(&self, clause: &str, values: &[Value]) -> Result<Vec<PayoutRecord>, LedgerError<D::Error>> {
        let rows = self.rows(&format!("SELECT {COLUMNS} FROM payouts {clause}"), values)?;
        rows.into_iter().map(PayoutRecord::from_row).collect()
    }
}

impl Serialize for PayoutRecord {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        self.serialize_into(&mut map)?;
        map.end()
    }
}

impl PayoutRecord {
    /// Writes the fields into an object.
    pub(crate) fn serialize_into<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        serialize_some(map, "id", &self.id)?;
        serialize_some(map, "order_id", &self.order_id)?;
        map.serialize_entry("state", self.state().as_str())?;
        match &self.answer {
            Some(answer) => map.serialize_entry("payout", raw(answer)?)?,
            None => map.serialize_entry("payout_state", "unknown")?,
        }
        serialize_some(map, "asked_at", &self.asked_at)?;
        map.serialize_entry("is_followed", &self.followed_since.is_some())?;
        serialize_some(map, "followed_since", &self.followed_since)?;
        serialize_some(map, "follow_until", &self.follow_until)?;
        serialize_some(map, "overdue_at", &self.overdue_at)?;
        serialize_some(map, "next_read_at", &self.next_read_at)?;
        map.serialize_entry("readings", &self.readings)?;
        serialize_some(map, "last_failure", &self.failure)?;
        Ok(())
    }
}

pub(crate) fn serialize_some<M: SerializeMap>(
    map: &mut M,
    name: &'static str,
    value: &Option<impl Serialize>,
) -> Result<(), M::Error> {
    value.as_ref().map_or(Ok(()), |value| map.serialize_entry(name, value))
}

/// The JSON in the database, which the ledger wrote.
pub(crate) fn raw<E: serde::ser::Error>(json: &str) -> Result<&RawValue, E> {
    serde_json::from_str(json).map_err(E::custom)
}
