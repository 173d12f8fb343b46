//! JSON, byte for byte as PHP's `json_encode` writes it with its default flags.
//!
//! AliKassa signs and checks over PHP's text, so a body that is the same bytes leaves no doubt. The rules
//! ([PHP's manual](https://www.php.net/manual/en/function.json-encode.php)): no blanks; `/` as `\/`; every character
//! above U+007F as `\uxxxx` in lower-case hex, with surrogate pairs above U+FFFF; keys in the order in which they were
//! put in; floats with the fewest digits that read back the same (`serialize_precision` -1).

mod float;
mod reencode;

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};
use serde_json::value::RawValue;
use thiserror::Error;

/// `json_encode($value)`.
///
/// An integer beyond PHP's 64 bits is a float there and is written as one: send a large id as a string. A float that is
/// infinite or not a number becomes `null`, as Rust's and JavaScript's encoders have it.
///
/// # Errors
/// A [`PhpJsonError`] for a map with keys that JSON can't have, and for what the value's own `Serialize` refuses.
///
/// ```
/// use std::collections::BTreeMap;
///
/// let body = BTreeMap::from([("order_id", "a/b \"q\" é 😀")]);
/// let json = alikassa_edge::php_json::encode(&body)?;
/// assert_eq!(json, r#"{"order_id":"a\/b \"q\" \u00e9 \ud83d\ude00"}"#);
/// # Ok::<(), alikassa_edge::PhpJsonError>(())
/// ```
pub fn encode<T: Serialize + ?Sized>(value: &T) -> Result<String, PhpJsonError> {
    let mut json = Vec::with_capacity(64);
    value.serialize(&mut Serializer::with_formatter(&mut json, Php))?;
    finish(json)
}

/// `json_encode(json_decode($json))`: the same JSON as PHP would have written it.
///
/// Of a key that comes twice in an object the last value counts, in the place of the first. A number without fraction
/// and exponent is an integer if 64 bits hold it, and every other one a float. Nesting goes to 511 levels. All of that
/// is as in PHP.
///
/// # Errors
/// A [`PhpJsonError`] where PHP's `json_decode` or `json_encode` would refuse the text.
///
/// ```
/// let json = alikassa_edge::php_json::reencode(r#"{ "amount": 300.0, "desc": "Оплата/1" }"#)?;
/// assert_eq!(json, r#"{"amount":300,"desc":"\u041e\u043f\u043b\u0430\u0442\u0430\/1"}"#);
/// # Ok::<(), alikassa_edge::PhpJsonError>(())
/// ```
pub fn reencode(json: &str) -> Result<String, PhpJsonError> {
    let value: &RawValue = serde_json::from_str(json)?;
    let mut out = Vec::with_capacity(json.len());
    reencode::write(&mut out, value, 0)?;
    finish(out)
}

/// Appends a string in its quotes.
fn write_string(out: &mut Vec<u8>, string: &str) -> Result<(), PhpJsonError> {
    Ok(string.serialize(&mut Serializer::with_formatter(out, Php))?)
}

fn finish(json: Vec<u8>) -> Result<String, PhpJsonError> {
    String::from_utf8(json).map_err(|_| PhpJsonError::NotJson("the text is not UTF-8".to_owned()))
}

/// Why there is no JSON as PHP would write it.
///
/// ```
/// use alikassa_edge::{PhpJsonError, php_json};
///
/// let error = php_json::reencode(r#"{"amount":1e999}"#).unwrap_err();
/// assert_eq!(error, PhpJsonError::NotFinite);
/// assert_eq!(error.code(), "invalid_request");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum PhpJsonError {
    /// The text is not JSON, or the value can't be written as such.
    #[error("this is not JSON: {0}")]
    NotJson(String),
    /// Arrays and objects within each other, more than PHP takes.
    #[error("it is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is taken.
        limit: usize,
    },
    /// A number that is larger than any float.
    #[error("a number in it is too large: send it as a string")]
    NotFinite,
    /// A key that begins with U+0000, which no object of PHP's can have.
    #[error("a key in it begins with U+0000")]
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

/// PHP's style, where it differs from the one of `serde_json`.
struct Php;

impl Formatter for Php {
    fn write_string_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        // `serde_json` has dealt with quotes, backslashes and control characters, in the very form that PHP uses.
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

    /// PHP has one float type, and a narrower one widens into it.
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

    /// JSON that was kept as text is brought into PHP's form too.
    fn write_raw_fragment<W: Write + ?Sized>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()> {
        let json = reencode(fragment).map_err(io::Error::other)?;
        writer.write_all(json.as_bytes())
    }
}
