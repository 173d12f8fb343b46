//! Floats as PHP writes them: `php_gcvt` of `main/snprintf.c` with 17 digits, over the shortest digits that
//! read back as the same number.

use std::io::{self, Write};

/// Fixed notation goes from 10⁻⁴ to below 10¹⁷; beyond, PHP writes `1.0e+25`.
const FIXED: std::ops::RangeInclusive<i32> = -3..=17;

/// Writes a float. That it is finite is `serde_json`'s care, which writes `null` for what is not.
pub(super) fn write<W: Write + ?Sized>(writer: &mut W, value: f64) -> io::Result<()> {
    let scientific = shortest(value.abs());
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or_default();
    let digits = mantissa.replace('.', "");
    if value.is_sign_negative() {
        writer.write_all(b"-")?;
    }
    // Where the decimal point stands, counted in digits from the left.
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

/// The fewest digits that read back as the same number; of two such, the nearer one, and of two equally near the even
/// one, as PHP's `zend_dtoa` has it in mode 0.
fn shortest(value: f64) -> String {
    let shortest = format!("{value:e}");
    // Rust settles a tie otherwise: 2⁻²⁵ is 2.9802322387695313e-8 there, and 2.9802322387695312e-8 in PHP. Formatting to
    // a given number of digits rounds to even, but next to a power of two what is nearest may read back as another
    // number.
    let digits = shortest.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    let nearest = format!("{value:.*e}", digits.saturating_sub(1));
    if nearest.parse() == Ok(value) { nearest } else { shortest }
}
