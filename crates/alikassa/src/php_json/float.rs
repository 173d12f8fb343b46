//! Floats as PHP writes them: `php_gcvt` of `main/snprintf.c` with 17 digits, on the fewest digits that parse to the same value.

use std::io::{self, Write};

/// PHP uses fixed notation from 10⁻⁴ to below 10¹⁷, and writes `1.0e+25` outside of it.
const FIXED: std::ops::RangeInclusive<i32> = -3..=17;

/// Writes a finite float. `serde_json` writes `null` for others.
pub(super) fn write<W: Write + ?Sized>(writer: &mut W, value: f64) -> io::Result<()> {
    let scientific = shortest(value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    if value.is_sign_negative() {
        writer.write_all(b"-")?;
    }
    // The position of the decimal point, in digits from the left.
    let point = exponent + 1;
    if value != 0.0 && !FIXED.contains(&point) {
        let (first, rest) = digits.split_at_checked(1).unwrap_or(("0", ""));
        let rest = if rest.is_empty() { "0" } else { rest };
        return write!(writer, "{first}.{rest}e{exponent:+}");
    }
    match usize::try_from(point) {
        Ok(point) if point >= digits.len() => write!(writer, "{digits:0<point$}"),
        Ok(point) if point > 0 => {
            let (whole, fraction) = digits.split_at_checked(point).unwrap_or((&digits, ""));
            write!(writer, "{whole}.{fraction}")
        }
        _ => write!(writer, "0.{:0>width$}", digits, width = digits.len() + point.unsigned_abs() as usize),
    }
}

/// The fewest digits that parse to the same value; the nearest of several, and the even one of two equally near, as in mode 0 of PHP's
/// `zend_dtoa`.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    // Rust breaks a tie differently: 2⁻²⁵ is 2.9802322387695313e-8 in Rust and 2.9802322387695312e-8 in PHP. Formatting to a given
    // number of digits rounds to even, but the result may parse to another value next to a power of two.
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits.saturating_sub(1));
    if nearest.parse() == Ok(value) { nearest } else { shortest }
}
