//! What came: the parameters that are documented, each at most once.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde_json::value::RawValue;

use super::error::SignatureError;
use crate::ground::json_object::Fields;

/// The fields that are signed, in the order in which they are.
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

/// As `base64_decode` takes it: PHP minds neither the padding nor what is left in the last character.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::RequireNone)
        .with_decode_allow_trailing_bits(true),
);

/// Names from [`FIELDS`], and `sign`, with what came for them.
pub(super) struct Parameters(Vec<(&'static str, String)>);

impl Parameters {
    pub(super) fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, SignatureError>
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

    pub(super) fn from_json(body: &[u8]) -> Result<Self, SignatureError> {
        let text = std::str::from_utf8(body).map_err(|_| SignatureError::NotUtf8)?;
        let Fields(fields) = serde_json::from_str(text).map_err(|error| {
            if error.is_data() {
                SignatureError::NotAnObject
            } else {
                SignatureError::NotJson { line: error.line(), column: error.column() }
            }
        })?;
        let mut parameters = Self(Vec::with_capacity(FIELDS.len() + 1));
        let mut absent = Vec::new();
        for (name, json) in &fields {
            let Some(field) = field(name)? else { continue };
            if absent.contains(&field) {
                return Err(SignatureError::Twice { field });
            }
            match text_of(json).ok_or(SignatureError::WrongType { field })? {
                Some(text) => parameters.put(field, text)?,
                None if parameters.get(field).is_some() => return Err(SignatureError::Twice { field }),
                None => absent.push(field),
            }
        }
        Ok(parameters)
    }

    fn put(&mut self, field: &'static str, value: String) -> Result<(), SignatureError> {
        if self.get(field).is_some() {
            // PHP would take the last one; somebody else, who reads the same query string, the first.
            return Err(SignatureError::Twice { field });
        }
        self.0.push((field, value));
        Ok(())
    }

    pub(super) fn get(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(known, _)| *known == field).map(|(_, value)| value.as_str())
    }

    /// A field without which there is no notification.
    pub(super) fn required(&self, field: &'static str) -> Result<&str, SignatureError> {
        self.get(field).filter(|value| !value.is_empty()).ok_or(SignatureError::Missing { field })
    }

    /// The bytes of `sign`.
    pub(super) fn signature(&self) -> Result<Vec<u8>, SignatureError> {
        let sign = self.get(SIGN).filter(|sign| !sign.is_empty()).ok_or(SignatureError::NoSign)?;
        let base64: String = sign
            .chars()
            .filter(|character| !matches!(character, '\r' | '\n' | '\t'))
            // A plus that was not percent-encoded means a blank in a query string, and is decoded to one.
            .map(|character| if character == ' ' { '+' } else { character })
            .collect();
        BASE64.decode(base64.trim_end_matches('=')).map_err(|_| SignatureError::NotBase64)
    }

    pub(super) fn remove(&mut self, field: &str) {
        self.0.retain(|(known, _)| *known != field);
    }

    /// What came, without `sign`, in AliKassa's order.
    pub(super) fn into_fields(self) -> Vec<(&'static str, String)> {
        let mut came = self.0;
        let take = |field| Some(came.swap_remove(came.iter().position(|(known, _)| *known == field)?));
        FIELDS.into_iter().filter_map(take).collect()
    }
}

/// The field of this name, or `None` where the name is not documented.
fn field(name: &str) -> Result<Option<&'static str>, SignatureError> {
    match FIELDS.into_iter().chain([SIGN]).find(|field| is_to_php(name, field)) {
        Some(field) if field != name => Err(SignatureError::Alias { field }),
        field => Ok(field),
    }
}

/// Whether PHP takes a parameter of this name for the field
/// ([external variables](https://www.php.net/manual/en/language.variables.external.php)): it passes over blanks in front,
/// reads to the first `[` or NUL, and has `_` for dots and blanks.
fn is_to_php(name: &str, field: &str) -> bool {
    let name = name.bytes().skip_while(|byte| *byte == b' ').take_while(|byte| !matches!(byte, b'[' | 0));
    name.map(|byte| if matches!(byte, b'.' | b' ') { b'_' } else { byte }).eq(field.bytes())
}

/// The text that a JSON value was in the query string: `Some(None)` for null, `None` for what no text was.
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
