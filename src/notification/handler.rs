//! Handles a notification within its own request, without a ledger: read the payout again, compare, forward.

use std::time::Duration;

use alikassa::{Notification, NotificationKind, Payout, PayoutQuery, PayoutStatusError};

use super::forwarding::{ForwardError, Forwarding};
use super::reconciled::ReconciledNotification;
use crate::app::Config;
use crate::http::access_log::millis;
use crate::http::metrics::{LogField, RequestMetrics};
use crate::http::problem::Problem;
use crate::instant::Instant;
use crate::payouts::PayoutReader;
use crate::upstream::AccountClient;

pub(crate) struct NotificationHandler<'a> {
    notification: &'a Notification,
    /// The client of the notification's account if that is configured, or else the default.
    client: AccountClient,
    started: Instant,
    metrics: RequestMetrics,
}

impl<'a> NotificationHandler<'a> {
    /// Starts the time.
    pub(crate) fn start(notification: &'a Notification, config: &Config) -> Result<Self, Problem> {
        let kind = match notification.kind() {
            NotificationKind::Payout => "payout",
            NotificationKind::Payment => "payment",
            _ => "other",
        };
        let form = notification.form().as_str();
        let fields = vec![("notification", LogField::Word(kind)), ("notification_form", LogField::Word(form))];
        let metrics = RequestMetrics { fields, ..RequestMetrics::default() };
        let client = config.client_or_default(notification.field("account"))?.clone();
        Ok(Self { notification, client, started: Instant::now(), metrics })
    }

    pub(crate) fn client(&self) -> &AccountClient {
        &self.client
    }

    /// Asks AliKassa for the payout.
    pub(crate) async fn read_payout(
        &mut self,
        payouts: &PayoutReader<'_>,
        query: &PayoutQuery,
    ) -> Result<Payout, PayoutStatusError> {
        let (answer, metrics) = payouts.fresh_status(query).await;
        self.metrics.payout_id = Some(self.notification.id().to_owned());
        self.metrics.upstream = metrics.upstream;
        self.metrics.upstream_status = metrics.upstream_status;
        answer
    }

    /// The notification with the payout that was read after it.
    pub(crate) fn reconcile(&mut self, payout: Payout) -> ReconciledNotification<'a> {
        let reconciled = ReconciledNotification::new(self.notification, payout);
        self.log("agrees", LogField::Flag(reconciled.agrees()));
        if !reconciled.agrees() {
            self.log("contradictions", LogField::Words(reconciled.contradictions().to_vec()));
        }
        reconciled
    }

    /// What is left of the time for reading, in which a request forwards too.
    pub(crate) fn time_left(&self) -> Duration {
        self.client.settings().timeout.saturating_sub(self.started.elapsed())
    }

    /// Forwards to the merchant, within `limit`.
    pub(crate) async fn forward(
        &mut self,
        reconciled: &ReconciledNotification<'_>,
        forwarding: &Forwarding,
        limit: Duration,
    ) -> Result<Result<(), ForwardError>, Problem> {
        let started = Instant::now();
        let forwarded = forwarding.deliver(&reconciled.id(), &reconciled.event()?, limit).await;
        let status = match &forwarded {
            Ok(status) => Some(*status),
            Err(error) => error.status(),
        };
        if let Some(status) = status {
            self.log("forward_status", LogField::Number(status.into()));
        }
        self.log("forward_ms", LogField::Number(millis(started.elapsed())));
        Ok(forwarded.map(drop))
    }

    /// Ends with where the notification is now: `merchant`, `ledger` or `none`.
    pub(crate) fn finish(mut self, forwarded: &'static str) -> RequestMetrics {
        self.log("forwarded", LogField::Word(forwarded));
        self.metrics
    }

    fn log(&mut self, name: &'static str, value: LogField) {
        self.metrics.fields.push((name, value));
    }
}
