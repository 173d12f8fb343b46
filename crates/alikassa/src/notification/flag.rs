//! A boolean in a query string.

/// The boolean that PHP or JSON writes as this text.
pub(super) fn flag(text: &str) -> Option<bool> {
    match text {
        "1" | "true" => Some(true),
        "0" | "false" => Some(false),
        _ => None,
    }
}
