//! JSON as PHP's `json_encode` writes it with its default flags, byte for byte.
//!
//! AliKassa's samples sign the output of `json_encode`, so the same bytes verify however AliKassa checks them. The rules
//! ([PHP's manual](https://www.php.net/manual/en/function.json-encode.php)): no blanks; `/` as `\/`; every character above U+007F as
//! `\uxxxx` in lower-case hex, with surrogate pairs above U+FFFF; keys in insertion order; floats with the fewest digits that parse
//! to the same value (`serialize_precision` -1).

mod float;
mod reencode;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::value::RawValue;
use thiserror::Error;

/// Serializes a value as PHP's `json_encode($value)`.
///
/// PHP's integers have 64 bits, so a larger one is written as a float: pass a large id as a string. An infinite float and a NaN become
/// `null`, as in `serde_json` and `JSON.stringify`.
///
/// # Errors
/// [`PhpJsonError`] if the value's `Serialize` fails, or a map has keys that are not strings.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let body = BTreeMap::from([("order_id", "a/b \"q\" é 😀")]);
/// let json = alikassa::php_json::encode(&body)?;
/// assert_eq!(json, r#"{"order_id":"a\/b \"q\" \u00e9 \ud83d\ude00"}"#);
/// # Ok::<(), alikassa::PhpJsonError>(())
/// ```
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<String, PhpJsonError> {
    let mut json = Vec::with_capacity(64);
    value.serialize(&mut Serializer::with_formatter(&mut json, Php))?;
    finish(json)
}

/// Rewrites JSON as PHP's `json_encode(json_decode($json))`.
///
/// As in PHP, the last value of a duplicate key counts, at the position of the first; a number without fraction and exponent is an
/// integer if it fits into 64 bits, and every other number a float; at most 511 levels may be nested.
///
/// # Errors
/// [`PhpJsonError`] if PHP's `json_decode` or `json_encode` fails for the text.
///
/// ```
/// let json = alikassa::php_json::reencode(r#"{ "amount": 300.0, "desc": "Оплата/1" }"#)?;
/// assert_eq!(json, r#"{"amount":300,"desc":"\u041e\u043f\u043b\u0430\u0442\u0430\/1"}"#);
/// # Ok::<(), alikassa::PhpJsonError>(())
/// ```
pub fn reencode(json: &str) -> Result<String, PhpJsonError> {
    let value: &RawValue = serde_json::from_str(json)?;
    let mut out = Vec::with_capacity(json.len());
    reencode::write(&mut out, value, 0, reencode::write_number)?;
    finish(out)
}

/// As [`reencode`], for JSON whose numbers PHP has written: they keep their digits.
///
/// PHP decodes and writes its own numbers unchanged. This way a module that never encodes a float holds no code for it.
pub(crate) fn reencode_strings(json: &str) -> Result<String, PhpJsonError> {
    let value = serde_json::from_str(json)?;
    let mut out = Vec::with_capacity(json.len());
    reencode::write(&mut out, value, 0, reencode::keep_number)?;
    finish(out)
}

/// Appends a quoted string.
fn write_string(out: &mut Vec<u8>, string: &str) -> Result<(), PhpJsonError> {
    Ok(string.serialize(&mut Serializer::with_formatter(out, Php))?)
}

fn finish(json: Vec<u8>) -> Result<String, PhpJsonError> {
    String::from_utf8(json).map_err(|_| PhpJsonError::NotJson("the text is not UTF-8".to_owned()))
}

/// Why PHP can't write the JSON.
///
/// ```
/// use alikassa::{PhpJsonError, php_json};
///
/// let error = php_json::reencode(r#"{"amount":1e999}"#).unwrap_err();
/// assert_eq!(error, PhpJsonError::NotFinite);
/// assert_eq!(error.code(), "invalid_request");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PhpJsonError {
    /// The text is not JSON, or the value can't be written as JSON.
    #[error("the text is not JSON: {0}")]
    NotJson(String),
    /// Arrays and objects are nested deeper than PHP accepts.
    #[error("the JSON is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is accepted.
        limit: usize,
    },
    /// A number is larger than any float.
    #[error("a number of the JSON is too large: send it as a string")]
    NotFinite,
    /// A key begins with U+0000, which PHP's objects can't have.
    #[error("a key of the JSON begins with U+0000")]
    NulKey,
}

impl PhpJsonError {
    /// The machine-readable code, `invalid_request`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "invalid_request"
    }
}

impl From<serde_json::Error> for PhpJsonError {
    fn from(error: serde_json::Error) -> Self {
        Self::NotJson(error.to_string())
    }
}

impl From<io::Error> for PhpJsonError {
    fn from(error: io::Error) -> Self {
        Self::NotJson(error.to_string())
    }
}

/// PHP's notation, where it differs from `serde_json`'s.
struct Php;

impl Formatter for Php {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // `serde_json` has escaped quotes, backslashes and control characters, in the same form as PHP.
        let mut plain = 0;
        for (at, character) in fragment.char_indices() {
            if character.is_ascii() && character != '/' {
                continue;
            }
            writer.write_all(fragment.as_bytes().get(plain..at).unwrap_or_default())?;
            plain = at + character.len_utf8();
            if character == '/' {
                writer.write_all(b"\\/")?;
            } else {
                for unit in character.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
        }
        writer.write_all(fragment.as_bytes().get(plain..).unwrap_or_default())
    }

    fn write_f64<W: Write + ?Sized>(&mut self, writer: &mut W, value: f64) -> io::Result<()> {
        float::write(writer, value)
    }

    /// PHP's only float type has 64 bits.
    fn write_f32<W: Write + ?Sized>(&mut self, writer: &mut W, value: f32) -> io::Result<()> {
        float::write(writer, f64::from(value))
    }

    fn write_u64<W: Write + ?Sized>(&mut self, writer: &mut W, value: u64) -> io::Result<()> {
        self.write_u128(writer, u128::from(value))
    }

    fn write_u128<W: Write + ?Sized>(&mut self, writer: &mut W, value: u128) -> io::Result<()> {
        match i64::try_from(value) {
            Ok(integer) => self.write_i64(writer, integer),
            Err(_) => float::write(writer, value as f64),
        }
    }

    fn write_i128<W: Write + ?Sized>(&mut self, writer: &mut W, value: i128) -> io::Result<()> {
        match i64::try_from(value) {
            Ok(integer) => self.write_i64(writer, integer),
            Err(_) => float::write(writer, value as f64),
        }
    }

    /// A `RawValue` is rewritten in PHP's form.
    fn write_raw_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let json = reencode(fragment).map_err(io::Error::other)?;
        writer.write_all(json.as_bytes())
    }
}
