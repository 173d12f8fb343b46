//! Differences between a notification and the payout's present status.

use super::decimal::Decimal;
use super::flag::flag;
use super::notification::Notification;
use super::parameters::Parameters;
use crate::payout::Payout;

impl Notification {
    /// The fields in which AliKassa's answer about the payout contradicts this notification, in AliKassa's order. The answer counts.
    ///
    /// `payment_status` is compared always; `order_id`, `amount`, `payment_amount`, `commission_amount` and `is_partial_payment` if both
    /// have a value. Amounts are compared as numbers: `300` equals `300.00`. `id` can't contradict, since a payout with another id is
    /// not an answer to [`payout_query`](Self::payout_query).
    ///
    /// ```
    /// use alikassa::{Notification, NotificationKey, Payout};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../tests/vectors/public/spki-2048.pem"))?;
    /// let notification = Notification::from_json(include_bytes!("../../tests/vectors/notification.json"), &key)?;
    /// let query = notification.payout_query().expect("it is about a payout");
    /// let payout = Payout::from_answer(br#"{"id":100000536,"payment_status":"wait","amount":300}"#, &query)?;
    /// assert_eq!(notification.contradictions(&payout), ["payment_status"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contradictions(&self, payout: &Payout) -> Vec<&'static str> {
        compare(|name| self.field(name), payout)
    }
}

/// As [`Notification::contradictions`], for a notification that was verified, serialized and stored: `json` is its JSON. None for any other
/// text.
///
/// ```
/// use alikassa::{Payout, PayoutQuery, contradictions};
///
/// let payout = Payout::from_answer(br#"{"id":1,"payment_status":"wait","amount":300}"#, &PayoutQuery::id("1")?)?;
/// let stored = r#"{"type":"payout","id":"1","payment_status":"paid","amount":"300.00"}"#;
/// assert_eq!(contradictions(stored, &payout), ["payment_status"]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use]
pub fn contradictions(json: &str, payout: &Payout) -> Vec<&'static str> {
    let Ok(parameters) = Parameters::from_json(json.as_bytes()) else {
        return Vec::new();
    };
    compare(|name| parameters.get(name), payout)
}

fn compare<'a>(field: impl Fn(&str) -> Option<&'a str>, payout: &Payout) -> Vec<&'static str> {
    let notified = |name| field(name).filter(|notified: &&str| !notified.is_empty());
    let answered = |name| payout.text(name).filter(|answered| !answered.is_empty());
    let text = |name, is_same: fn(&str, &str) -> bool| match (notified(name), answered(name)) {
        (Some(notified), Some(answered)) => is_same(notified, answered),
        _ => true,
    };
    let is_partial = match (notified("is_partial_payment"), payout.is_partial_payment()) {
        (Some(notified), Some(answered)) => flag(notified) == Some(answered),
        _ => true,
    };
    let agreements = [
        ("order_id", text("order_id", |notified, answered| notified == answered)),
        ("payment_status", field("payment_status") == Some(payout.payment_status().as_str())),
        ("amount", text("amount", is_same_amount)),
        ("payment_amount", text("payment_amount", is_same_amount)),
        ("commission_amount", text("commission_amount", is_same_amount)),
        ("is_partial_payment", is_partial),
    ];
    agreements.into_iter().filter(|(_, agrees)| !agrees).map(|(name, _)| name).collect()
}

/// Whether two amounts are the same number, or the same text if they are not decimal numbers.
fn is_same_amount(notified: &str, answered: &str) -> bool {
    match (Decimal::parse(notified), Decimal::parse(answered)) {
        (Some(notified), Some(answered)) => notified == answered,
        _ => notified == answered,
    }
}
