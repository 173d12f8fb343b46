//! A notification together with the payout that was read after it: the answer to AliKassa, and the event for the merchant.
//!
//! A notification's signature covers no time, so that everybody who saw its URL can replay it. The answer therefore holds no more of the
//! payout than its status; the event for the merchant holds all of it.

use alikassa::{Notification, PaymentStatus, Payout};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use js_sys::Date;
use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256};

pub(crate) struct ReconciledNotification<'a> {
    notification: &'a Notification,
    payout: Payout,
    contradictions: Vec<&'static str>,
    /// When the payout was read, in ISO 8601.
    time: String,
}

impl<'a> ReconciledNotification<'a> {
    /// With a payout that was read now.
    pub(crate) fn new(notification: &'a Notification, payout: Payout) -> Self {
        let contradictions = notification.contradictions(&payout);
        Self { notification, payout, contradictions, time: Date::new_0().to_iso_string().into() }
    }

    pub(crate) fn agrees(&self) -> bool {
        self.contradictions.is_empty()
    }

    /// The fields in which notification and payout differ.
    pub(crate) fn contradictions(&self) -> &[&'static str] {
        &self.contradictions
    }

    /// The idempotency key, the same each time that this payout has this status. AliKassa's id alone would make a final status a duplicate
    /// of an earlier `wait`.
    pub(crate) fn id(&self) -> String {
        let status = match self.payout.payment_status() {
            // May be any text, which a header does not allow.
            PaymentStatus::Other(status) => format!("other-{}", URL_SAFE_NO_PAD.encode(Sha256::digest(status))),
            status => status.to_string(),
        };
        format!("payout_{}_{status}", self.notification.id())
    }

    fn serialize_with<S: Serializer>(&self, serializer: S, payout: &impl Serialize) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("notification", self.notification)?;
        map.serialize_entry("payout", payout)?;
        map.serialize_entry("agrees", &self.agrees())?;
        if !self.agrees() {
            map.serialize_entry("contradictions", &self.contradictions)?;
        }
        map.end()
    }

    /// The body for the merchant, in the form that Standard Webhooks recommends.
    pub(crate) fn event(&self) -> serde_json::Result<String> {
        let status = match self.payout.payment_status() {
            PaymentStatus::Other(_) => "other",
            status => status.as_str(),
        };
        serde_json::to_string(&Event { r#type: format!("payout.{status}"), timestamp: &self.time, data: Data(self) })
    }
}

/// The answer to the notification.
impl Serialize for ReconciledNotification<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let status = Status {
            payment_status: self.payout.payment_status().as_str(),
            id: self.payout.id(),
            is_final: self.payout.is_final(),
        };
        self.serialize_with(serializer, &status)
    }
}

#[derive(serde::Serialize)]
struct Status<'a> {
    payment_status: &'a str,
    id: Option<&'a str>,
    is_final: bool,
}

#[derive(serde::Serialize)]
struct Event<'a> {
    r#type: String,
    timestamp: &'a str,
    data: Data<'a>,
}

/// The notification with all of the payout.
struct Data<'a>(&'a ReconciledNotification<'a>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(reconciled) = self;
        reconciled.serialize_with(serializer, &reconciled.payout)
    }
}
