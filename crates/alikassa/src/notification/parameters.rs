//! The received parameters of a notification, each documented one at most once.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Serializer;
use serde_json::value::RawValue;

use super::error::VerificationError;
use super::value::Value;
use crate::json::Fields;
use crate::php_json;

/// The signed fields, in the order of the signed text.
pub(super) const FIELDS: [&str; 12] = [
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
    "card_brand",
];

const SIGN: &str = "sign";

/// As PHP's `base64_decode`, which ignores padding and trailing bits.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// What was received.
pub(super) struct Parameters {
    /// The values of [`FIELDS`] and `sign`, as text.
    documented: Vec<(&'static str, String)>,
    /// All fields of a JSON body.
    body: Option<Fields>,
}

impl Parameters {
    pub(super) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, VerificationError>
    where
        N: AsRef<str>,
        V: Into<String>,
    {
        let mut parameters = Self { documented: Vec::with_capacity(FIELDS.len() + 1), body: None };
        for (name, value) in pairs {
            if let Some(field) = field(name.as_ref())? {
                parameters.put(field, value.into())?;
            }
        }
        Ok(parameters)
    }

    pub(super) fn from_json(body: &[u8]) -> Result<Self, VerificationError> {
        let text = std::str::from_utf8(body).map_err(|_| VerificationError::NotUtf8)?;
        let body: Fields = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                VerificationError::NotAnObject
            } else {
                VerificationError::NotJson { line: error.line(), column: error.column() }
            }
        })?;
        let mut parameters = Self { documented: Vec::with_capacity(FIELDS.len() + 1), body: None };
        let mut absent = Vec::new();
        for (name, json) in &body.0 {
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
        parameters.body = Some(body);
        Ok(parameters)
    }

    fn put(&mut self, field: &'static str, value: String) -> Result<(), VerificationError> {
        if self.get(field).is_some() {
            // PHP reads the last one, other parsers of the same query string read the first.
            return Err(VerificationError::DuplicateField { field });
        }
        self.documented.push((field, value));
        Ok(())
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.documented.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
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

    /// A JSON body without `sign`, as PHP writes it. Numbers keep the digits of the body, which PHP has written too.
    pub(super) fn whole_body(&self) -> Option<String> {
        let Fields(body) = self.body.as_ref()?;
        let unsigned = body.iter().filter(|(name, _)| name != SIGN).map(|(name, value)| (name, value));
        let mut json = Vec::new();
        serde_json::Serializer::new(&mut json).collect_map(unsigned).ok()?;
        php_json::reencode_strings(std::str::from_utf8(&json).ok()?).ok()
    }

    /// The fields without `sign` and without nulls: the documented ones in AliKassa's order, then the others of a JSON body.
    pub(super) fn into_fields(self) -> Vec<(String, Value)> {
        let documented = FIELDS.into_iter().filter_map(|field| Some((field, Value::Text(self.get(field)?.to_owned()))));
        let body = self.body.iter().flat_map(|Fields(body)| body);
        let others = body.filter(|(name, _)| name != SIGN && !FIELDS.contains(&name.as_str()));
        let others = others.filter_map(|(name, json)| Some((name.as_str(), Value::decode(json)?)));
        documented.chain(others).map(|(name, value)| (name.to_owned(), value)).collect()
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
/// NUL and at a `[` with a `]` after it, and replaces dots, blanks and every other `[` by `_`.
fn is_read_by_php_as(name: &str, field: &str) -> bool {
    let name = name.trim_start_matches(' ');
    let name = name.split_once('\0').map_or(name, |(name, _)| name);
    let name = match name.split_once('[') {
        Some((name, index)) if index.contains(']') => name,
        _ => name,
    };
    name.bytes().map(|byte| if matches!(byte, b'.' | b' ' | b'[') { b'_' } else { byte }).eq(field.bytes())
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
