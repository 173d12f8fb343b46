//! Why a notification was rejected.

use thiserror::Error;

/// Why a notification was rejected. None of its fields can be trusted.
///
/// ```
/// use alikassa::VerificationError;
///
/// assert_eq!(VerificationError::NoSign.code(), "invalid_signature");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerificationError {
    /// `sign` is missing or empty.
    #[error("the notification has no \"sign\": pass on all received parameters")]
    NoSign,
    /// `sign` is not base64.
    #[error("the notification's \"sign\" is not base64")]
    NotBase64,
    /// A field is there twice, so it is ambiguous which value counts.
    #[error("the notification has \"{field}\" twice")]
    DuplicateField {
        /// The name of the field.
        field: &'static str,
    },
    /// A parameter has another name than the field that PHP reads it as: `id[]` for `id`, `order.id` for `order_id`.
    #[error("the notification has a parameter that PHP reads as \"{field}\", spelled differently")]
    Alias {
        /// The name of the field.
        field: &'static str,
    },
    /// A field of a JSON object is an array or an object.
    #[error("the notification's \"{field}\" has the wrong type: give a string, a number, a boolean or null")]
    WrongType {
        /// The name of the field.
        field: &'static str,
    },
    /// A required field is missing or empty.
    #[error("the notification has no \"{field}\"")]
    Missing {
        /// `type`, `id` or `payment_status`.
        field: &'static str,
    },
    /// `id` is not an integer of at most 64 bits in its usual notation, so the signature would not cover its text.
    #[error("the notification's \"id\" is not an integer of at most 64 bits")]
    BadId,
    /// The notification is not UTF-8, and PHP's `json_encode` accepts nothing else.
    #[error("the notification is not UTF-8")]
    NotUtf8,
    /// The body is not JSON.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error, from 1.
        column: usize,
    },
    /// The body is JSON, but not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// The signature is not over these fields, or not made with this key.
    #[error(
        "the notification's signature does not verify: a parameter was changed, or the key is not the public.pem of the \
         «API certificate for notifications»"
    )]
    DoesNotVerify,
}

impl VerificationError {
    /// The machine-readable code, `invalid_signature`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "invalid_signature"
    }
}
