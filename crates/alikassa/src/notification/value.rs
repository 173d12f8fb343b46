//! The value of a signed field.

use serde::ser::{Error, Serialize, Serializer};
use serde_json::value::RawValue;

/// The value of a signed field.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Text(String),
    /// The JSON of an undocumented field that is no string.
    Json(String),
}

impl Value {
    /// The value of an undocumented field, or `None` for null.
    pub(super) fn decode(json: &RawValue) -> Option<Self> {
        match json.get() {
            "null" => None,
            json => Some(serde_json::from_str(json).map_or_else(|_| Self::Json(json.to_owned()), Self::Text)),
        }
    }

    pub(super) fn as_str(&self) -> &str {
        let (Self::Text(text) | Self::Json(text)) = self;
        text
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => text.serialize(serializer),
            Self::Json(json) => serde_json::from_str::<&RawValue>(json).map_err(Error::custom)?.serialize(serializer),
        }
    }
}
