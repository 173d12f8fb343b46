//! The ledger itself: its database, its policy, and when to wake it.

use std::cell::Cell;
use std::time::Duration;

use crate::breaker::Breaker;
use crate::database::{Columns, Database, Row, Value};
use crate::error::LedgerError;
use crate::schema;
use crate::timestamp::Timestamp;

/// What the merchant wants of the ledger.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Policy {
    /// Whether events are delivered to an endpoint. If so, every payout that is read as not final is followed. Default: no.
    pub delivers: bool,
    /// How long a payout is followed before it is overdue. Default: 72 hours.
    pub follow_for: Duration,
    /// How long a payout is kept after its end. Default: 90 days.
    pub keep_for: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            delivers: false,
            follow_for: Duration::from_secs(72 * 60 * 60),
            keep_for: Duration::from_secs(90 * 24 * 60 * 60),
        }
    }
}

/// The payouts of one AliKassa account, and the events about them.
///
/// The caller reads what [`due_readings`](Self::due_readings) returns and records each answer, delivers what
/// [`due_deliveries`](Self::due_deliveries) returns and records each outcome, and comes back at [`next_wake`](Self::next_wake).
///
/// ```
/// # mod sqlite { include!(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/ledger/sqlite.rs")); }
/// use alikassa::{Payout, PayoutQuery};
/// use alikassa_ledger::{Ledger, Lookup, Policy, Timestamp};
///
/// let now = Timestamp::from_millis(1_790_000_000_000);
/// // `Database` for a connection of `rusqlite`.
/// let ledger = Ledger::open(sqlite::in_memory(), Policy::default(), || 0.5)?;
/// let query = PayoutQuery::order_id("6422494")?;
/// ledger.follow(&query, None, now)?;
///
/// let due = ledger.due_readings(20, now)?.pop().expect("the first reading is due at once");
/// let payout = Payout::from_answer(br#"{"id":1,"order_id":"6422494","payment_status":"paid"}"#, &due.query)?;
/// ledger.record(&due.query, due.ticket, &payout, now)?;
///
/// let events = ledger.events(0, 10)?.events;
/// assert_eq!(events.iter().map(|event| event.r#type.as_str()).collect::<Vec<_>>(), ["payout.paid"]);
/// assert!(matches!(ledger.look_up(&query, false, now)?, Lookup::Final { .. }));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub struct Ledger<D> {
    pub(crate) database: D,
    pub(crate) policy: Policy,
    random: Box<dyn Fn() -> f64>,
    /// The next ticket, and the first that is not reserved.
    pub(crate) tickets: Cell<(i64, i64)>,
}

/// The names of the facts about the ledger as a whole.
pub(crate) mod fact {
    pub(crate) const ACCOUNT: &str = "account";
    pub(crate) const DELIVERY_FAILURES: &str = "delivery_failures";
    pub(crate) const DELIVERY_UNTIL: &str = "delivery_until";
    pub(crate) const LEDGER_ID: &str = "ledger_id";
    pub(crate) const ENDPOINT: &str = "endpoint";
    pub(crate) const PAUSED_SINCE: &str = "paused_since";
    pub(crate) const PRUNED_AT: &str = "pruned_at";
    pub(crate) const READING_FAILURES: &str = "reading_failures";
    pub(crate) const READING_UNTIL: &str = "reading_until";
    pub(crate) const TICKETS: &str = "tickets";
}

impl<D: Database> Ledger<D> {
    /// Opens the ledger, and brings its database to the newest schema. `random` returns numbers from 0 to 1, for pauses and for the id of
    /// a new ledger.
    ///
    /// # Errors
    /// If the database fails, or if a newer version wrote it.
    pub fn open(
        database: D,
        policy: Policy,
        random: impl Fn() -> f64 + 'static,
    ) -> Result<Self, LedgerError<D::Error>> {
        schema::migrate(&database)?;
        let ledger = Self { database, policy, random: Box::new(random), tickets: Cell::default() };
        let reserved = ledger.integer_fact(fact::TICKETS)?.unwrap_or(1);
        ledger.tickets.set((reserved, reserved));
        Ok(ledger)
    }

    /// Says which account the ledger is of. Any text that differs for another account, or another AliKassa.
    ///
    /// # Errors
    /// If the database fails.
    pub fn set_account(&self, account: &str) -> Result<(), LedgerError<D::Error>> {
        if self.account()?.as_deref() != Some(account) { self.set_fact(fact::ACCOUNT, account) } else { Ok(()) }
    }

    /// The account that was set.
    ///
    /// # Errors
    /// If the database fails.
    pub fn account(&self) -> Result<Option<String>, LedgerError<D::Error>> {
        self.text_fact(fact::ACCOUNT)
    }

    /// When the ledger has something to do next. `None` if it has nothing.
    ///
    /// # Errors
    /// If the database fails.
    pub fn next_wake(&self, now: Timestamp) -> Result<Option<Timestamp>, LedgerError<D::Error>> {
        let row = self.one(
            "SELECT (SELECT MIN(next_read_at) FROM payouts WHERE next_read_at IS NOT NULL),
                (SELECT MIN(follow_until) FROM payouts WHERE follow_until IS NOT NULL),
                (SELECT MIN(next_attempt_at) FROM events WHERE next_attempt_at IS NOT NULL),
                EXISTS (SELECT 1 FROM payouts)",
            &[],
        )?;
        let mut columns = Columns::new(row.ok_or(LedgerError::Corrupt("next_wake"))?);
        let read = columns.maybe_time("next_read_at")?;
        let end = columns.maybe_time("follow_until")?;
        let deliver = columns.maybe_time("next_attempt_at")?;
        let prune = (columns.integer("exists")? == 1).then(|| self.next_prune(now)).transpose()?;
        let read = read.map(|at| at.max(now)).max_with(self.reading_breaker()?.until);
        let deliver = match self.paused_since()? {
            Some(_) => None,
            None if !self.policy.delivers => None,
            None => deliver.map(|at| at.max(now)).max_with(self.delivery_breaker()?.until),
        };
        Ok([read, end, deliver, prune].into_iter().flatten().min())
    }

    pub(crate) fn random(&self) -> f64 {
        (self.random)()
    }

    pub(crate) fn rows(&self, sql: &str, values: &[Value]) -> Result<Vec<Row>, LedgerError<D::Error>> {
        self.database.query(sql, values).map_err(LedgerError::Database)
    }

    pub(crate) fn one(&self, sql: &str, values: &[Value]) -> Result<Option<Row>, LedgerError<D::Error>> {
        Ok(self.rows(sql, values)?.into_iter().next())
    }

    /// The value of an integer column in the one row of the result.
    pub(crate) fn integer(
        &self,
        sql: &str,
        values: &[Value],
        name: &'static str,
    ) -> Result<i64, LedgerError<D::Error>> {
        Columns::new(self.one(sql, values)?.ok_or(LedgerError::Corrupt(name))?).integer(name)
    }

    pub(crate) fn integer_fact(&self, name: &'static str) -> Result<Option<i64>, LedgerError<D::Error>> {
        let row = self.one("SELECT value FROM facts WHERE name = ?", &[name.into()])?;
        row.map_or(Ok(None), |row| Columns::new(row).maybe_integer(name))
    }

    pub(crate) fn text_fact(&self, name: &'static str) -> Result<Option<String>, LedgerError<D::Error>> {
        let row = self.one("SELECT value FROM facts WHERE name = ?", &[name.into()])?;
        row.map_or(Ok(None), |row| Columns::new(row).maybe_text(name))
    }

    pub(crate) fn set_fact(&self, name: &'static str, value: impl Into<Value>) -> Result<(), LedgerError<D::Error>> {
        self.rows("INSERT OR REPLACE INTO facts (name, value) VALUES (?, ?)", &[name.into(), value.into()]).map(drop)
    }

    /// The ledger's own random id, in every event's idempotency key: a ledger that was deleted and made anew numbers its events anew.
    pub(crate) fn ledger_id(&self) -> Result<String, LedgerError<D::Error>> {
        if let Some(id) = self.text_fact(fact::LEDGER_ID)? {
            return Ok(id);
        }
        let part = || (self.random() * f64::from(u32::MAX)) as u32;
        let id = format!("{:08x}{:08x}{:08x}", part(), part(), part());
        self.set_fact(fact::LEDGER_ID, id.as_str())?;
        Ok(id)
    }

    /// The breaker of the requests to AliKassa.
    pub(crate) fn reading_breaker(&self) -> Result<Breaker, LedgerError<D::Error>> {
        self.breaker(fact::READING_FAILURES, fact::READING_UNTIL)
    }

    pub(crate) fn set_reading_breaker(&self, breaker: Breaker) -> Result<(), LedgerError<D::Error>> {
        self.set_breaker(breaker, fact::READING_FAILURES, fact::READING_UNTIL)
    }

    /// The breaker of the requests to the merchant.
    pub(crate) fn delivery_breaker(&self) -> Result<Breaker, LedgerError<D::Error>> {
        self.breaker(fact::DELIVERY_FAILURES, fact::DELIVERY_UNTIL)
    }

    pub(crate) fn set_delivery_breaker(&self, breaker: Breaker) -> Result<(), LedgerError<D::Error>> {
        self.set_breaker(breaker, fact::DELIVERY_FAILURES, fact::DELIVERY_UNTIL)
    }

    fn breaker(&self, failures: &'static str, until: &'static str) -> Result<Breaker, LedgerError<D::Error>> {
        let failures = self.integer_fact(failures)?.unwrap_or(0);
        let until = self.integer_fact(until)?.map(Timestamp::from_millis);
        Ok(Breaker { failures: u32::try_from(failures).unwrap_or(u32::MAX), until })
    }

    fn set_breaker(
        &self,
        breaker: Breaker,
        failures: &'static str,
        until: &'static str,
    ) -> Result<(), LedgerError<D::Error>> {
        if self.breaker(failures, until)? != breaker {
            self.set_fact(failures, i64::from(breaker.failures))?;
            self.set_fact(until, breaker.until)?;
        }
        Ok(())
    }
}

trait MaxWith {
    fn max_with(self, other: Self) -> Self;
}

impl MaxWith for Option<Timestamp> {
    /// The later of both, if this is set.
    fn max_with(self, other: Self) -> Self {
        self.map(|this| other.map_or(this, |other| this.max(other)))
    }
}
