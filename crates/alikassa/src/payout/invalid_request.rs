//! Why a request for a status is invalid.

use thiserror::Error;

use crate::php_json::PhpJsonError;

/// Why a request for the status of a payout is invalid.
///
/// ```
/// use alikassa::{InvalidRequest, PayoutQuery};
///
/// let error = PayoutQuery::id("9".repeat(129)).unwrap_err();
/// assert_eq!(error, InvalidRequest::TooLong { field: "id", length: 129, limit: 128 });
/// assert_eq!(error.code(), "invalid_request");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// Neither `id` nor `order_id`.
    #[error("the query names no payout: give \"id\" or \"order_id\"")]
    NoQuery,
    /// `id` and `order_id`, or one of them twice.
    #[error("the query names more than one payout: give one \"id\" or one \"order_id\"")]
    TwoQueries,
    /// A field that the request does not have.
    #[error("\"{field}\" is not a field of this request: give \"id\" or \"order_id\"")]
    UnknownField {
        /// Its name, at most 40 characters of it.
        field: String,
    },
    /// An empty string.
    #[error("\"{field}\" is empty: give 1 to 128 characters")]
    Empty {
        /// `id` or `order_id`.
        field: &'static str,
    },
    /// More characters than AliKassa accepts.
    #[error("\"{field}\" has {length} characters: give 1 to {limit}")]
    TooLong {
        /// `id` or `order_id`.
        field: &'static str,
        /// Its length in characters.
        length: usize,
        /// The most that AliKassa accepts.
        limit: usize,
    },
    /// A value of another type.
    #[error(
        "\"{field}\" has the wrong type: \"id\" is a string or an integer that is not negative, \"order_id\" a string"
    )]
    WrongType {
        /// `id` or `order_id`.
        field: &'static str,
    },
    /// The body is JSON, but not an object.
    #[error("the query is not a JSON object: send {{\"id\":\"…\"}} or {{\"order_id\":\"…\"}}")]
    NotAnObject,
    /// The body is not JSON.
    #[error("the query is not JSON (line {line}, column {column}): send {{\"id\":\"…\"}} or {{\"order_id\":\"…\"}}")]
    NotJson {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error, from 1.
        column: usize,
    },
    /// The body or the query string is not UTF-8.
    #[error("the request is not UTF-8")]
    NotUtf8,
    /// The body of a batch is not an object with a list of queries, or has another field.
    #[error("the body is not a batch: send {{\"payouts\":[{{\"id\":\"…\"}},{{\"order_id\":\"…\"}}]}}")]
    NotABatch,
    /// The body of a batch is not JSON.
    #[error(
        "the body is not JSON (line {line}, column {column}): send {{\"payouts\":[{{\"id\":\"…\"}},{{\"order_id\":\"…\"}}]}}"
    )]
    BatchNotJson {
        /// The line of the error, from 1.
        line: usize,
        /// The column of the error, from 1.
        column: usize,
    },
    /// No query in a batch, or too many.
    #[error("\"payouts\" has {count} queries: give 1 to {limit}")]
    BatchSize {
        /// How many there are.
        count: usize,
        /// The most that are accepted.
        limit: usize,
    },
    /// The query can't be written as JSON.
    #[error(transparent)]
    Unwritable(PhpJsonError),
}

impl InvalidRequest {
    /// The machine-readable code, `invalid_request`.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "invalid_request"
    }
}
