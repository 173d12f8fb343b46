//! A payout as AliKassa answered it.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;

use super::status::PaymentStatus;

/// A payout with the fields that AliKassa sent, in its order and under its names.
///
/// `id`, `order_id`, `card_mask`, `service_code`, `rrn` and all amounts are text with the digits that AliKassa sent, whether it sent a
/// string or a number. A field that AliKassa left out is absent, a null is null, and an undocumented field passes through unchanged. A
/// payout serializes in the same form, with `is_final` at the end.
///
/// ```
/// use alikassa::{Payout, PaymentStatus, PayoutQuery};
///
/// let query = PayoutQuery::id("100000536")?;
/// let body = br#"{"payment_status":"paid","id":100000536,"amount":93.84000000,"RRN":"1","new":[1.0]}"#;
/// let payout = Payout::from_answer(body, &query)?;
/// assert_eq!(payout.payment_status(), &PaymentStatus::Paid);
/// assert!(payout.is_final());
/// assert_eq!((payout.id(), payout.order_id()), (Some("100000536"), None));
/// assert_eq!((payout.amount(), payout.payment_amount()), (Some("93.84000000"), None));
/// assert_eq!(payout.is_partial_payment(), None);
/// assert_eq!(payout.text("rrn"), Some("1"));
/// assert_eq!(payout.other("new").map(|json| json.get()), Some("[1.0]"));
/// assert_eq!(
///     serde_json::to_string(&payout)?,
///     r#"{"payment_status":"paid","id":"100000536","amount":"93.84000000","rrn":"1","new":[1.0],"is_final":true}"#,
/// );
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Payout {
    status: PaymentStatus,
    fields: Vec<(String, Value)>,
}

/// The value of a field.
#[derive(Clone, Debug)]
pub(super) enum Value {
    Null,
    Text(String),
    Flag(bool),
    /// The JSON of an undocumented field.
    Raw(Box<RawValue>),
}

impl Payout {
    pub(super) fn new(status: PaymentStatus, fields: Vec<(String, Value)>) -> Self {
        Self { status, fields }
    }

    /// The status of the payout.
    #[must_use]
    pub fn payment_status(&self) -> &PaymentStatus {
        &self.status
    }

    /// Whether AliKassa will not change the status any more: only for `paid`, `cancel` and `fail`.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.is_final()
    }

    /// AliKassa's id of the payout.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// The merchant's own id of the payout.
    #[must_use]
    pub fn order_id(&self) -> Option<&str> {
        self.text("order_id")
    }

    /// The amount, in the digits that AliKassa sent.
    #[must_use]
    pub fn amount(&self) -> Option<&str> {
        self.text("amount")
    }

    /// The amount that was paid, in the digits that AliKassa sent.
    #[must_use]
    pub fn payment_amount(&self) -> Option<&str> {
        self.text("payment_amount")
    }

    /// AliKassa's `is_partial_payment`: whether less than the amount was paid.
    #[must_use]
    pub fn is_partial_payment(&self) -> Option<bool> {
        match self.value("is_partial_payment") {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A documented text or amount by AliKassa's name: `commission_amount`, `rrn`, …. `None` if it is absent or null.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// An undocumented field by its name, as the JSON that AliKassa sent.
    #[must_use]
    pub fn other(&self, name: &str) -> Option<&RawValue> {
        match self.value(name) {
            Some(Value::Raw(json)) => Some(json),
            _ => None,
        }
    }

    fn value(&self, name: &str) -> Option<&Value> {
        self.fields.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }
}

impl Serialize for Payout {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.fields.len() + 1))?;
        for (name, value) in &self.fields {
            match value {
                Value::Null => map.serialize_entry(name, &())?,
                Value::Text(text) => map.serialize_entry(name, text)?,
                Value::Flag(flag) => map.serialize_entry(name, flag)?,
                Value::Raw(json) => map.serialize_entry(name, json)?,
            }
        }
        map.serialize_entry("is_final", &self.is_final())?;
        map.end()
    }
}
