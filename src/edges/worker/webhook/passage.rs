//! The way of a notification through the Worker, from a request or from the queue.

use std::slice;
use std::time::Duration;

use super::confirmed::Confirmed;
use super::forwarding::{Forwarding, NotDelivered};
use crate::edges::worker::clock::Moment;
use crate::edges::worker::configuration::Configuration;
use crate::edges::worker::payouts;
use crate::edges::worker::problem::Problem;
use crate::edges::worker::report::{Note, Report};
use crate::edges::worker::subrequests::Subrequests;
use crate::edges::worker::upstream::Upstream;
use crate::gateway::client::Gateway;
use crate::gateway::endpoint::{Account, Settings};
use crate::gateway::error::GatewayError;
use crate::ground::notification::{Notification, NotificationKind};
use crate::ground::payout::Payout;
use crate::ground::query::PayoutQuery;

/// A notification on its way, with the report of it.
pub(super) struct Passage<'a> {
    notification: &'a Notification,
    configuration: &'a Configuration,
    /// How long reading the payout may take.
    limit: Duration,
    began: Moment,
    report: Report,
}

impl<'a> Passage<'a> {
    /// Its time begins now. `patience` is how long anybody waits for the payout to be read, which has never longer than one status has.
    pub(super) fn new(notification: &'a Notification, configuration: &'a Configuration, patience: Duration) -> Self {
        let kind = match notification.kind() {
            NotificationKind::Payout => "payout",
            NotificationKind::Payment => "payment",
            NotificationKind::Other(_) => "other",
        };
        let report = Report { notes: vec![("notification", Note::Word(kind))], ..Report::default() };
        let limit = configuration.settings.timeout.min(patience);
        Self { notification, configuration, limit, began: Moment::now(), report }
    }

    /// In whose name AliKassa is asked: the notification's account where that is one of ours, and else the default.
    pub(super) fn account(&self) -> Result<&'a Account, Problem> {
        self.configuration.account_or_default(self.notification.field("account"))
    }

    /// Asks AliKassa for the payout.
    pub(super) async fn read_again(
        &mut self,
        query: &PayoutQuery,
        subrequests: &Subrequests,
    ) -> Result<Result<Payout, GatewayError>, Problem> {
        self.report.payout_id = Some(self.notification.id().to_owned());
        let Configuration { signer, settings, .. } = self.configuration;
        let upstream = Upstream::new(subrequests);
        let settings = Settings { timeout: self.limit, ..settings.clone() };
        let gateway = Gateway::new(&upstream, signer, self.account()?, &settings);
        // As the other routes ask: a way of its own for one payout would be as much code again.
        let answer = gateway.payout_statuses(slice::from_ref(query)).await.pop().ok_or_else(Problem::internal)?;
        self.report.asked = Some(upstream.asked());
        self.report.upstream_status = payouts::upstream_status(&answer);
        Ok(answer)
    }

    /// The notification with what was read after it.
    pub(super) fn confirm(&mut self, payout: Payout) -> Confirmed<'a> {
        let confirmed = Confirmed::new(self.notification, payout);
        self.note("agrees", Note::Flag(confirmed.agrees()));
        if !confirmed.agrees() {
            self.note("contradictions", Note::Words(confirmed.contradictions().to_vec()));
        }
        confirmed
    }

    /// What is left of the time for reading, in which the merchant is told where somebody waits for that too.
    pub(super) fn left(&self) -> Duration {
        self.limit.saturating_sub(Duration::from(self.began.elapsed()))
    }

    /// Tells the merchant, within a limit.
    pub(super) async fn deliver(
        &mut self,
        confirmed: &Confirmed<'_>,
        forwarding: &Forwarding,
        limit: Duration,
    ) -> Result<Result<(), NotDelivered>, Problem> {
        let began = Moment::now();
        let delivered = forwarding.deliver(confirmed, limit).await?;
        let status = match &delivered {
            Ok(status) => Some(*status),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.note("forward_status", Note::Number(status.into()));
        }
        self.note("forward_ms", Note::Number(began.elapsed().rounded()));
        Ok(delivered.map(drop))
    }

    /// Who has it now: `merchant`, `queue` or `none`.
    pub(super) fn end(mut self, forwarded: &'static str) -> Report {
        self.note("forwarded", Note::Word(forwarded));
        self.report
    }

    fn note(&mut self, name: &'static str, value: Note) {
        self.report.notes.push((name, value));
    }
}
