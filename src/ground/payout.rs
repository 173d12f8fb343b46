//! A payout, as AliKassa answered it.
//!
//! The one rule that matters more than all others: a [`Payout`] exists only where AliKassa said so in full. There is no
//! way to make one from an error, and no default status.

use std::collections::HashSet;
use std::fmt;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::value::RawValue;
use thiserror::Error;

use super::json_object::{Fields, depth};
use super::query::PayoutQuery;

/// What became of a payout.
///
/// ```
/// use alikassa_edge::PaymentStatus;
///
/// assert!(PaymentStatus::from("paid").is_final());
/// assert!(!PaymentStatus::from("wait").is_final());
/// // A status that AliKassa's page doesn't know is passed on, is not final, and is not a failure.
/// let new = PaymentStatus::from("on_hold");
/// assert_eq!(new.as_str(), "on_hold");
/// assert!(!new.is_final());
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum PaymentStatus {
    /// `wait`: in the process of payment.
    Wait,
    /// `paid`: successfully paid. Final.
    Paid,
    /// `cancel`: canceled. Final.
    Cancel,
    /// `fail`: error. Final.
    Fail,
    /// Not documented: neither final nor a failure.
    Other(String),
}

impl PaymentStatus {
    /// The word as AliKassa writes it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Wait => "wait",
            Self::Paid => "paid",
            Self::Cancel => "cancel",
            Self::Fail => "fail",
            Self::Other(status) => status,
        }
    }

    /// Whether the status will not change any more: true for `paid`, `cancel` and `fail` alone.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Paid | Self::Cancel | Self::Fail)
    }
}

impl From<&str> for PaymentStatus {
    fn from(status: &str) -> Self {
        match status {
            "wait" => Self::Wait,
            "paid" => Self::Paid,
            "cancel" => Self::Cancel,
            "fail" => Self::Fail,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for PaymentStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A payout with the fields that AliKassa sent, in its order and under its names.
///
/// `id`, `order_id`, `card_mask`, `service_code`, `rrn` and all amounts are text with the digits that AliKassa sent,
/// whether it sent a string or a number. What it left out is absent, what it sent as null is null, and a field that is
/// not documented passes through unchanged. Serializes like that too, with `is_final` at the end.
///
/// ```
/// use alikassa_edge::{Payout, PaymentStatus, PayoutQuery};
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

/// The value of a field, in the one type that the field has.
#[derive(Clone, Debug)]
enum Value {
    Null,
    Text(String),
    Flag(bool),
    /// Of a field that is not documented.
    Raw(Box<RawValue>),
}

/// The deepest nesting of a field that is passed on: what most readers of JSON take.
const MAX_DEPTH: usize = 100;

/// The documented fields that are text or amounts.
const TEXTS: [&str; 12] = [
    "order_id",
    "id",
    "payment_status",
    "card_mask",
    "amount",
    "payment_amount",
    "account_payment_amount",
    "commission_amount",
    "service_code",
    "rrn",
    "account_old_balance",
    "account_new_balance",
];

impl Payout {
    /// Reads the body of an answer with HTTP status 200.
    ///
    /// # Errors
    /// [`NotAPayout`] where the body is not the payout that was asked for: not a JSON object, no `payment_status`, a
    /// field twice, a documented field of another type, or not the `id` or `order_id` that was asked for. What state the
    /// payout is in is then unknown.
    pub fn from_answer(body: &[u8], query: &PayoutQuery) -> Result<Self, NotAPayout> {
        let text = std::str::from_utf8(body).map_err(|_| NotAPayout::NotUtf8)?;
        let Fields(sent) = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { NotAPayout::NotAnObject } else { NotAPayout::NotJson })?;
        let names: HashSet<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < sent.len() {
            return Err(NotAPayout::Twice);
        }
        // AliKassa's table writes `RRN` where its example writes `rrn`.
        let has_rrn = names.contains("rrn");
        let mut status = None;
        let mut fields: Vec<(String, Value)> = Vec::with_capacity(sent.len());
        for (mut name, json) in sent {
            if name == "RRN" && !has_rrn {
                name = "rrn".to_owned();
            }
            let value = Value::read(&name, json)?;
            if name == "payment_status"
                && let Value::Text(word) = &value
                && !word.is_empty()
            {
                status = Some(PaymentStatus::from(word.as_str()));
            }
            fields.push((name, value));
        }
        // Ours says whether the status is final; a field of that name from elsewhere must not contradict it.
        fields.retain(|(name, _)| name != "is_final");
        let payout = Self { status: status.ok_or(NotAPayout::NoStatus)?, fields };
        let field = query.field();
        match payout.text(field) {
            Some(name) if name == query.value() => Ok(payout),
            Some("") | None => Err(NotAPayout::Nameless { field }),
            Some(_) => Err(NotAPayout::Another { field }),
        }
    }

    /// What became of the payout.
    #[must_use]
    pub fn payment_status(&self) -> &PaymentStatus {
        &self.status
    }

    /// Whether that will not change any more.
    #[must_use]
    pub fn is_final(&self) -> bool {
        self.status.is_final()
    }

    /// AliKassa's payment id.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.text("id")
    }

    /// The merchant's own id.
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

    /// Whether less was paid than the amount.
    #[must_use]
    pub fn is_partial_payment(&self) -> Option<bool> {
        match self.value("is_partial_payment") {
            Some(Value::Flag(flag)) => Some(*flag),
            _ => None,
        }
    }

    /// A documented field that is text or an amount, by AliKassa's name: `commission_amount`, `rrn`, ….
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.value(name) {
            Some(Value::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// A field that is not documented, as the JSON that AliKassa sent.
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

impl Value {
    fn read(name: &str, json: Box<RawValue>) -> Result<Self, NotAPayout> {
        let text = json.get();
        let text_field = TEXTS.iter().find(|known| **known == name).copied();
        match (text_field, text.as_bytes()) {
            (_, b"null") => Ok(Self::Null),
            (Some(field), [b'"', ..]) => {
                serde_json::from_str(text).map(Self::Text).map_err(|_| NotAPayout::WrongType { field })
            }
            // A number keeps its digits. A status is a word, whatever number came in its place.
            (Some(field), [b'-' | b'0'..=b'9', ..]) if field != "payment_status" => Ok(Self::Text(text.to_owned())),
            (Some(field), _) => Err(NotAPayout::WrongType { field }),
            (None, _) if name == "is_partial_payment" => match text {
                "true" | "1" | "\"1\"" => Ok(Self::Flag(true)),
                "false" | "0" | "\"0\"" => Ok(Self::Flag(false)),
                _ => Err(NotAPayout::WrongType { field: "is_partial_payment" }),
            },
            // Whoever reads it later must be able to.
            (None, _) if depth(text) > MAX_DEPTH => Err(NotAPayout::TooDeep { limit: MAX_DEPTH }),
            (None, _) => Ok(Self::Raw(json)),
        }
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

/// Why an answer with HTTP status 200 is not the payout that was asked for. Its state is unknown then.
///
/// ```
/// use alikassa_edge::{NotAPayout, Payout, PayoutQuery};
///
/// let query = PayoutQuery::id("100000536")?;
/// let error = Payout::from_answer(br#"{"payment_status":"paid","id":"1"}"#, &query).unwrap_err();
/// assert_eq!(error, NotAPayout::Another { field: "id" });
/// # Ok::<(), alikassa_edge::InvalidRequest>(())
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum NotAPayout {
    /// The body is not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// The body is JSON, but no object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// A field that is not documented is nested deeper than any reader goes.
    #[error("a field in it is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is passed on.
        limit: usize,
    },
    /// The body is longer than a payout can be.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// How much of a body is read, in bytes.
        limit: usize,
    },
    /// `payment_status` is missing, null or empty.
    #[error("it has no \"payment_status\"")]
    NoStatus,
    /// A field stands there twice, so that it can't be told which value is meant.
    #[error("a field stands in it twice")]
    Twice,
    /// A documented field has a type that it never has.
    #[error("\"{field}\" has an unexpected type")]
    WrongType {
        /// The name of the field.
        field: &'static str,
    },
    /// It does not say that it is the payout that was asked for.
    #[error("it has no \"{field}\", by which it was asked for")]
    Nameless {
        /// `id` or `order_id`.
        field: &'static str,
    },
    /// It is another payout than the one that was asked for.
    #[error("its \"{field}\" is another one than was asked for")]
    Another {
        /// `id` or `order_id`.
        field: &'static str,
    },
}
