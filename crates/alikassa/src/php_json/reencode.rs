//! `json_encode(json_decode($json))`, value by value.

use std::collections::HashMap;

use serde_json::value::RawValue;

use super::{PhpJsonError, float, write_string};
use crate::json::Fields;

/// The deepest nesting of arrays and objects that `json_decode` accepts by default.
const MAX_DEPTH: usize = 511;

/// Appends a number in PHP's notation.
type WriteNumber = fn(&mut Vec<u8>, &str) -> Result<(), PhpJsonError>;

/// Appends `json` in PHP's notation, and its numbers by `number`.
pub(super) fn write(out: &mut Vec<u8>, json: &RawValue, depth: usize, number: WriteNumber) -> Result<(), PhpJsonError> {
    let text = json.get();
    match text.as_bytes() {
        [b'{' | b'[', ..] if depth == MAX_DEPTH => Err(PhpJsonError::TooDeep { limit: MAX_DEPTH }),
        [b'{', ..] => write_object(out, text, depth + 1, number),
        [b'[', ..] => write_array(out, text, depth + 1, number),
        [b'"', ..] => {
            let string: String = serde_json::from_str(text)?;
            write_string(out, &string)
        }
        [b'-' | b'0'..=b'9', ..] => number(out, text),
        // `true`, `false` and `null`.
        literal => {
            out.extend_from_slice(literal);
            Ok(())
        }
    }
}

fn write_object(out: &mut Vec<u8>, text: &str, depth: usize, number: WriteNumber) -> Result<(), PhpJsonError> {
    let Fields(sent) = serde_json::from_str(text)?;
    // The last value of a duplicate key counts, at the position of the first.
    let last: HashMap<&str, &RawValue> = sent.iter().map(|(key, value)| (key.as_str(), &**value)).collect();
    let mut unwritten = last.clone();
    out.push(b'{');
    for (key, _) in &sent {
        let Some(value) = unwritten.remove(key.as_str()) else {
            continue;
        };
        if key.starts_with('\0') {
            return Err(PhpJsonError::NulKey);
        }
        if unwritten.len() + 1 < last.len() {
            out.push(b',');
        }
        write_string(out, key)?;
        out.push(b':');
        write(out, value, depth, number)?;
    }
    out.push(b'}');
    Ok(())
}

fn write_array(out: &mut Vec<u8>, text: &str, depth: usize, number: WriteNumber) -> Result<(), PhpJsonError> {
    let values: Vec<Box<RawValue>> = serde_json::from_str(text)?;
    out.push(b'[');
    for (at, value) in values.iter().enumerate() {
        if at > 0 {
            out.push(b',');
        }
        write(out, value, depth, number)?;
    }
    out.push(b']');
    Ok(())
}

/// A number that PHP has written: its digits stay.
pub(super) fn keep_number(out: &mut Vec<u8>, text: &str) -> Result<(), PhpJsonError> {
    out.extend_from_slice(text.as_bytes());
    Ok(())
}

/// A number without fraction and exponent is an integer if it fits into 64 bits, and every other number a float.
pub(super) fn write_number(out: &mut Vec<u8>, text: &str) -> Result<(), PhpJsonError> {
    if let Ok(integer) = text.parse::<i64>() {
        out.extend_from_slice(integer.to_string().as_bytes());
        return Ok(());
    }
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(float::write(out, number)?),
        _ => Err(PhpJsonError::NotFinite),
    }
}
