//! A decimal number of any length.

/// A decimal number by its significant digits. Amounts never pass through a float.
#[derive(PartialEq, Eq)]
pub(super) struct Decimal<'a> {
    is_negative: bool,
    whole: &'a str,
    fraction: &'a str,
}

impl<'a> Decimal<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, "0"));
        let is_number =
            [whole, fraction].iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
        let (whole, fraction) = (whole.trim_start_matches('0'), fraction.trim_end_matches('0'));
        // -0 is 0.
        let is_negative = digits.len() < text.len() && !(whole.is_empty() && fraction.is_empty());
        is_number.then_some(Self { is_negative, whole, fraction })
    }
}
