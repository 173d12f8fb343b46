//! A notification together with what AliKassa's API said afterwards: the answer to it, and what the merchant is told.
//!
//! A notification's signature has no time in it: whoever once saw its URL may send it for ever. So the answer to it has no more of the
//! payout than what became of it. All of the payout is for the merchant alone.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use js_sys::Date;
use serde::ser::{Serialize, SerializeMap, Serializer};
use sha2::{Digest, Sha256};

use crate::ground::notification::Notification;
use crate::ground::payout::{PaymentStatus, Payout};

pub(super) struct Confirmed<'a> {
    notification: &'a Notification,
    payout: Payout,
    contradictions: Vec<&'static str>,
    /// When the payout was read, in ISO 8601.
    time: String,
}

impl<'a> Confirmed<'a> {
    /// What has just been read.
    pub(super) fn new(notification: &'a Notification, payout: Payout) -> Self {
        let contradictions = notification.contradictions(&payout);
        Self { notification, payout, contradictions, time: Date::new_0().to_iso_string().into() }
    }

    pub(super) fn agrees(&self) -> bool {
        self.contradictions.is_empty()
    }

    pub(super) fn contradictions(&self) -> &[&'static str] {
        &self.contradictions
    }

    /// The idempotency key, the same each time that this payout is in this status. With AliKassa's id alone, who drops what came before
    /// would drop a final status after a `wait`.
    pub(super) fn id(&self) -> String {
        let status = match self.payout.payment_status() {
            // Any text, of which a header takes but some.
            PaymentStatus::Other(status) => {
                let digest = Sha256::digest(status);
                format!("other-{}", URL_SAFE_NO_PAD.encode(digest))
            }
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
    pub(super) fn event(&self) -> serde_json::Result<String> {
        serde_json::to_string(&Event(self))
    }
}

/// The answer to the notification.
impl Serialize for Confirmed<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.serialize_with(serializer, &Status(&self.payout))
    }
}

/// What became of a payout, and no more of it.
struct Status<'a>(&'a Payout);

impl Serialize for Status<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(payout) = self;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("payment_status", payout.payment_status().as_str())?;
        map.serialize_entry("id", &payout.id())?;
        map.serialize_entry("is_final", &payout.is_final())?;
        map.end()
    }
}

/// The same with all of the payout.
struct Data<'a>(&'a Confirmed<'a>);

impl Serialize for Data<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(confirmed) = self;
        confirmed.serialize_with(serializer, &confirmed.payout)
    }
}

struct Event<'a>(&'a Confirmed<'a>);

impl Serialize for Event<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self(confirmed) = self;
        let status = match confirmed.payout.payment_status() {
            PaymentStatus::Other(_) => "other",
            status => status.as_str(),
        };
        let mut map = serializer.serialize_map(Some(3))?;
        map.serialize_entry("type", &format_args!("payout.{status}"))?;
        map.serialize_entry("timestamp", &confirmed.time)?;
        map.serialize_entry("data", &Data(confirmed))?;
        map.end()
    }
}
