//! Decodes the body of an answer into a payout.
//!
//! Strict, since a wrong status costs money: whatever is ambiguous is an error, and the payout's state unknown.

use std::collections::HashSet;

use serde_json::value::RawValue;

use super::decode_error::DecodeError;
use super::payout::{Payout, Value};
use super::query::PayoutQuery;
use super::status::PaymentStatus;
use crate::json::{Fields, depth};

/// The deepest nesting of an undocumented field, which most JSON parsers accept.
const MAX_DEPTH: usize = 100;

/// The documented texts and amounts.
const TEXT_FIELDS: [&str; 12] = [
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
    /// Decodes the body of an answer with HTTP status 200 to this query.
    ///
    /// # Errors
    /// [`DecodeError`] if the body is not the payout that was asked for: not a JSON object, without a `payment_status`, with a duplicate
    /// field or a documented field of another type, or with another `id` or `order_id` than the query's. The payout's state is then
    /// unknown.
    pub fn from_answer(body: &[u8], query: &PayoutQuery) -> Result<Self, DecodeError> {
        let text = std::str::from_utf8(body).map_err(|_| DecodeError::NotUtf8)?;
        let Fields(sent) = serde_json::from_str(text)
            .map_err(|error| if error.is_data() { DecodeError::NotAnObject } else { DecodeError::NotJson })?;
        let names: HashSet<&str> = sent.iter().map(|(name, _)| name.as_str()).collect();
        if names.len() < sent.len() {
            return Err(DecodeError::DuplicateField);
        }
        // AliKassa's table writes `RRN` where its example writes `rrn`.
        let has_rrn = names.contains("rrn");
        let mut status = None;
        let mut fields: Vec<(String, Value)> = Vec::with_capacity(sent.len());
        for (mut name, json) in sent {
            if name == "RRN" && !has_rrn {
                name = "rrn".to_owned();
            }
            let value = Value::decode(&name, json)?;
            if name == "payment_status"
                && let Value::Text(text) = &value
                && !text.is_empty()
            {
                status = Some(PaymentStatus::from(text.as_str()));
            }
            fields.push((name, value));
        }
        // `Payout::is_final` is the only source of this field.
        fields.retain(|(name, _)| name != "is_final");
        let payout = Self::new(status.ok_or(DecodeError::MissingStatus)?, fields);
        let field = query.field();
        match payout.text(field) {
            Some(value) if value == query.value() => Ok(payout),
            Some("") | None => Err(DecodeError::MissingId { field }),
            Some(_) => Err(DecodeError::IdMismatch { field }),
        }
    }
}

impl Value {
    fn decode(name: &str, json: Box<RawValue>) -> Result<Self, DecodeError> {
        let text = json.get();
        let text_field = TEXT_FIELDS.iter().find(|known| **known == name).copied();
        match (text_field, text.as_bytes()) {
            (_, b"null") => Ok(Self::Null),
            (Some(field), [b'"', ..]) => {
                serde_json::from_str(text).map(Self::Text).map_err(|_| DecodeError::WrongType { field })
            }
            // A number keeps its digits. A status is never a number.
            (Some(field), [b'-' | b'0'..=b'9', ..]) if field != "payment_status" => Ok(Self::Text(text.to_owned())),
            (Some(field), _) => Err(DecodeError::WrongType { field }),
            (None, _) if name == "is_partial_payment" => match text {
                "true" | "1" | "\"1\"" => Ok(Self::Flag(true)),
                "false" | "0" | "\"0\"" => Ok(Self::Flag(false)),
                _ => Err(DecodeError::WrongType { field: "is_partial_payment" }),
            },
            (None, _) if depth(text) > MAX_DEPTH => Err(DecodeError::TooDeep { limit: MAX_DEPTH }),
            (None, _) => Ok(Self::Raw(json)),
        }
    }
}
