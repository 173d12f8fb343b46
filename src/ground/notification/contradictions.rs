//! Where a notification and the payout itself do not say the same.

use super::{Notification, flag};
use crate::ground::payout::Payout;

impl Notification {
    /// The fields in which AliKassa's answer about the payout contradicts this notification, in AliKassa's order.
    ///
    /// What counts is the answer. `payment_status` is compared, and `order_id`, `amount`, `payment_amount`, `commission_amount`
    /// and `is_partial_payment` where neither leaves them out or empty. Amounts are compared as numbers, so `300` and `300.00` are the same.
    /// `id` can't contradict: a payout with another one is no answer.
    ///
    /// ```
    /// use alikassa_edge::{Notification, NotificationKey, Payout};
    ///
    /// let key = NotificationKey::from_pem(include_bytes!("../../../tests/vectors/public/spki-2048.pem"))?;
    /// let notification = Notification::from_json(include_bytes!("../../../tests/vectors/notification.json"), &key)?;
    /// let query = notification.payout_query().expect("it is about a payout");
    /// let payout = Payout::from_answer(br#"{"id":100000536,"payment_status":"wait","amount":300}"#, &query)?;
    /// assert_eq!(notification.contradictions(&payout), ["payment_status"]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn contradictions(&self, payout: &Payout) -> Vec<&'static str> {
        let told = |name| self.field(name).filter(|told| !told.is_empty());
        let answered = |name| payout.text(name).filter(|answered| !answered.is_empty());
        let text = |name, is_same: fn(&str, &str) -> bool| match (told(name), answered(name)) {
            (Some(told), Some(answered)) => is_same(told, answered),
            _ => true,
        };
        let is_partial = match (told("is_partial_payment"), payout.is_partial_payment()) {
            (Some(told), Some(answered)) => flag(told) == Some(answered),
            _ => true,
        };
        let agreements = [
            ("order_id", text("order_id", |told, answered| told == answered)),
            ("payment_status", self.payment_status() == payout.payment_status()),
            ("amount", text("amount", is_same_amount)),
            ("payment_amount", text("payment_amount", is_same_amount)),
            ("commission_amount", text("commission_amount", is_same_amount)),
            ("is_partial_payment", is_partial),
        ];
        agreements.into_iter().filter(|(_, agrees)| !agrees).map(|(name, _)| name).collect()
    }
}

/// Whether two amounts are the same number; those that are no decimal numbers, whether they are the same text.
fn is_same_amount(told: &str, answered: &str) -> bool {
    match (Decimal::read(told), Decimal::read(answered)) {
        (Some(told), Some(answered)) => told == answered,
        _ => told == answered,
    }
}

/// A decimal number by its digits, without the zeros that change nothing. Amounts never pass through a float.
#[derive(PartialEq, Eq)]
struct Decimal<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    fn read(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        // Minus nothing is nothing.
        let is_negative = digits.len() < text.len() && !(whole.is_empty() && fraction.is_empty());
        is_number.then_some(Self { is_negative, whole, fraction })
    }
}
