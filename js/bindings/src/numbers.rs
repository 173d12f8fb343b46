//! Numbers of an answer as strings, since a number of JavaScript's does not keep the digits of an amount.

/// Valid JSON with each number in quotation marks, digit for digit.
pub(super) fn quote(json: &str) -> String {
    let mut quoted = String::with_capacity(json.len() + 16);
    let (mut in_string, mut escaped, mut in_number) = (false, false, false);
    for character in json.chars() {
        let is_number =
            !in_string && matches!(character, '-' | '+' | '.' | '0'..='9' | 'E') || in_number && character == 'e';
        if is_number != in_number {
            quoted.push('"');
            in_number = is_number;
        }
        quoted.push(character);
        match character {
            _ if escaped => escaped = false,
            '\\' => escaped = in_string,
            '"' => in_string = !in_string,
            _ => {}
        }
    }
    if in_number {
        quoted.push('"');
    }
    quoted
}
