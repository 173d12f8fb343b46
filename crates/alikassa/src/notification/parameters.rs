//! The documented parameters of a notification, each at most once.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::value::RawValue;

use super::error::VerificationError;
use crate::json::Fields;

/// The signed fields, in the order of the signed text.
pub(super) const FIELDS: [&str; 11] = [
    "type",
    "id",
    "order_id",
    "payment_status",
    "amount",
    "payment_amount",
    "commission_amount",
    "is_partial_payment",
    "account",
    "service",
    "desc",
];

const SIGN: &str = "sign";

/// As PHP's `base64_decode`, which ignores padding and trailing bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// The values of [`FIELDS`] and `sign` that were received.
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    pub(super) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, VerificationError>
    where
        N: AsRef<str>,
        V: Into<String>,
    {
        let mut parameters = Self(Vec::with_capacity(FIELDS.len() + 1));
        for (name, value) in pairs {
            if let Some(field) = field(name.as_ref())? {
                parameters.put(field, value.into())?;
            }
        }
        Ok(parameters)
    }

    pub(super) fn from_json(body: &[u8]) -> Result<Self, VerificationError> {
        let text = std::str::from_utf8(body).map_err(|_| VerificationError::NotUtf8)?;
        let Fields(fields) = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                VerificationError::NotAnObject
            } else {
                VerificationError::NotJson { line: error.line(), column: error.column() }
            }
        })?;
        let mut parameters = Self(Vec::with_capacity(FIELDS.len() + 1));
        let mut absent = Vec::new();
        for (name, json) in &fields {
            let Some(field) = field(name)? else { continue };
            if absent.contains(&field) {
                return Err(VerificationError::DuplicateField { field });
            }
            match text_of(json).ok_or(VerificationError::WrongType { field })? {
                Some(text) => parameters.put(field, text)?,
                None if parameters.get(field).is_some() => return Err(VerificationError::DuplicateField { field }),
                None => absent.push(field),
            }
        }
        Ok(parameters)
    }

    fn put(&mut self, field: &'static str, value: String) -> Result<(), VerificationError> {
        if self.get(field).is_some() {
            // PHP reads the last one, other parsers of the same query string read the first.
            return Err(VerificationError::DuplicateField { field });
        }
        self.0.push((field, value));
        Ok(())
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// The value of a field that every notification has.
    pub(super) fn required(&self, field: &'static str) -> Result<&str, VerificationError> {
        self.get(field).filter(|value| !value.is_empty()).ok_or(VerificationError::Missing { field })
    }

    /// The bytes of `sign`.
    pub(super) fn signature(&self) -> Result<Vec<u8>, VerificationError> {
        let sign = self.get(SIGN).filter(|sign| !sign.is_empty()).ok_or(VerificationError::NoSign)?;
        let base64: String = sign
            .chars()
            .filter(|character| !matches!(character, '\r' | '\n' | '\t'))
            // A `+` that was not percent-encoded is decoded as a blank.
            .map(|character| if character == ' ' { '+' } else { character })
            .collect();
        BASE64.decode(base64.trim_end_matches('=')).map_err(|_| VerificationError::NotBase64)
    }

    pub(super) fn remove(&mut self, field: &str) {
        self.0.retain(|(known, _)| *known != field);
    }

    /// The received fields without `sign`, in AliKassa's order.
    pub(super) fn into_fields(self) -> Vec<(&'static str, String)> {
        let mut received = self.0;
        let take = |field| Some(received.swap_remove(received.iter().position(|(known, _)| *known == field)?));
        FIELDS.into_iter().filter_map(take).collect()
    }
}

/// The field of this name, or `None` if the name is not documented.
fn field(name: &str) -> Result<Option<&'static str>, VerificationError> {
    match FIELDS.into_iter().chain([SIGN]).find(|field| is_read_by_php_as(name, field)) {
        Some(field) if field != name => Err(VerificationError::Alias { field }),
        field => Ok(field),
    }
}

/// Whether PHP reads a parameter of this name as the field
/// ([external variables](https://www.php.net/manual/en/language.variables.external.php)): it skips leading blanks, stops at the first
/// `[` or NUL, and replaces dots and blanks by `_`.
fn is_read_by_php_as(name: &str, field: &str) -> bool {
    let name = name.bytes().skip_while(|byte| *byte == b' ').take_while(|byte| !matches!(byte, b'[' | 0));
    name.map(|byte| if matches!(byte, b'.' | b' ') { b'_' } else { byte }).eq(field.bytes())
}

/// The text of a JSON value in the query string: `Some(None)` for null, `None` for an array or an object.
fn text_of(json: &RawValue) -> Option<Option<String>> {
    let json = json.get();
    match json.as_bytes() {
        b"null" => Some(None),
        b"true" => Some(Some("1".to_owned())),
        b"false" => Some(Some("0".to_owned())),
        [b'"', ..] => serde_json::from_str(json).ok().map(Some),
        [b'-' | b'0'..=b'9', ..] => Some(Some(json.to_owned())),
        _ => None,
    }
}
