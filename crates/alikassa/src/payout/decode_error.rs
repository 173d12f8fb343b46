//! Why the body of an answer was not accepted.

use thiserror::Error;

/// Why the body of an answer with HTTP status 200 was not accepted: it is not what was asked for. A payout's state is then unknown.
///
/// ```
/// use alikassa::{DecodeError, Payout, PayoutQuery};
///
/// let query = PayoutQuery::id("100000536")?;
/// let error = Payout::from_answer(br#"{"payment_status":"paid","id":"1"}"#, &query).unwrap_err();
/// assert_eq!(error, DecodeError::IdMismatch { field: "id" });
/// # Ok::<(), alikassa::InvalidRequest>(())
/// ```
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum DecodeError {
    /// The body is not UTF-8.
    #[error("the body is not UTF-8")]
    NotUtf8,
    /// The body is not JSON.
    #[error("the body is not JSON")]
    NotJson,
    /// The body is JSON, but not an object.
    #[error("the body is not a JSON object")]
    NotAnObject,
    /// An undocumented field is nested too deeply.
    #[error("a field of the body is nested deeper than {limit} levels")]
    TooDeep {
        /// The deepest nesting that is accepted.
        limit: usize,
    },
    /// The body is longer than what is read of it.
    #[error("the body is longer than {limit} bytes")]
    TooLong {
        /// The most bytes that are read.
        limit: usize,
    },
    /// `payment_status` is missing, null or empty.
    #[error("the body has no \"payment_status\"")]
    MissingStatus,
    /// A field is there twice, so it is ambiguous which value counts.
    #[error("the body has a field twice")]
    DuplicateField,
    /// A documented field has another type than AliKassa documents.
    #[error("the body's \"{field}\" has an unexpected type")]
    WrongType {
        /// The name of the field.
        field: &'static str,
    },
    /// The payout has no value in the field that the query was by.
    #[error("the body has no \"{field}\", which the query was by")]
    MissingId {
        /// `id` or `order_id`.
        field: &'static str,
    },
    /// It is the status of another payout.
    #[error("the body's \"{field}\" is not the one of the query")]
    IdMismatch {
        /// `id` or `order_id`.
        field: &'static str,
    },
}
