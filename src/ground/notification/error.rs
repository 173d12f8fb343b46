//! Why a notification is not believed.

use thiserror::Error;

/// Why a notification is not believed. Nothing of it is to be used then.
///
/// ```
/// use alikassa_edge::SignatureError;
///
/// assert_eq!(SignatureError::NoSign.code(), "invalid_signature");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SignatureError {
    /// `sign` is missing or empty.
    #[error("it has no \"sign\": take the parameters as they came, with nothing left out")]
    NoSign,
    /// `sign` is no base64.
    #[error("its \"sign\" is not base64")]
    NotBase64,
    /// A field comes twice, so that it can't be told which value is meant.
    #[error("\"{field}\" stands in it twice")]
    Twice {
        /// The name of the field.
        field: &'static str,
    },
    /// A parameter has another name than the field that PHP takes it for: `id[]` for `id`, `order.id` for `order_id`.
    #[error("a parameter in it is \"{field}\" to PHP, and is spelled otherwise")]
    Alias {
        /// The name of the field.
        field: &'static str,
    },
    /// A field of a JSON object is an array or an object.
    #[error("\"{field}\" has the wrong type: it is a string, a number, a boolean or null")]
    WrongType {
        /// The name of the field.
        field: &'static str,
    },
    /// A field without which there is no notification is missing or empty.
    #[error("it has no \"{field}\"")]
    Missing {
        /// `type`, `id` or `payment_status`.
        field: &'static str,
    },
    /// `id` is no integer, or one that is not written as one is, or beyond 64 bits: the signature would not cover its text.
    #[error("its \"id\" is not an integer of at most 64 bits")]
    BadId,
    /// It is not UTF-8, which no text is that PHP's `json_encode` takes.
    #[error("it is not UTF-8")]
    NotUtf8,
    /// The body is no JSON.
    #[error("the body is not JSON (line {line}, column {column})")]
    NotJson {
        /// The line of the first character that does not fit, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// The body is JSON, but no object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// The signature is not one of these fields with this key.
    #[error(
        "its signature does not verify: a parameter was changed on the way, or the key is not the public.pem of \
         the «API certificate for notifications»"
    )]
    DoesNotVerify,
}

impl SignatureError {
    /// The machine-readable code, `invalid_signature`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "invalid_signature"
    }
}
