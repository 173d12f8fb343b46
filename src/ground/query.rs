//! Which payout is asked for: the body of `v1/payout/status`.

use std::collections::BTreeMap;

use serde_json::value::RawValue;
use thiserror::Error;

use super::json_object::Fields;
use super::php_json::{self, PhpJsonError};

/// The most queries of a batch.
const MAX_BATCH: usize = 40;

/// The longest `id` or `order_id` in characters, as AliKassa's page has it.
const MAX_LENGTH: usize = 128;

/// A payout, named either by AliKassa's id or by the merchant's own.
///
/// ```
/// use alikassa_edge::PayoutQuery;
///
/// let query = PayoutQuery::id("100000536")?;
/// assert_eq!(query.body(), r#"{"id":"100000536"}"#);
/// assert_eq!(PayoutQuery::from_json(br#"{"id":100000536}"#)?, query);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PayoutQuery {
    key: Key,
    value: String,
    body: String,
}

/// The field by which a payout is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Key {
    Id,
    OrderId,
}

impl Key {
    fn as_str(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::OrderId => "order_id",
        }
    }

    fn from_name(name: &str) -> Option<Self> {
        [Self::Id, Self::OrderId].into_iter().find(|key| key.as_str() == name)
    }
}

impl PayoutQuery {
    /// By AliKassa's payment id: 1 to 128 characters.
    ///
    /// # Errors
    /// [`InvalidRequest`] for an empty or a longer one.
    ///
    /// ```
    /// use alikassa_edge::PayoutQuery;
    ///
    /// let query = PayoutQuery::id("100000536")?;
    /// assert_eq!((query.field(), query.value()), ("id", "100000536"));
    /// # Ok::<(), alikassa_edge::InvalidRequest>(())
    /// ```
    pub fn id(id: impl Into<String>) -> Result<Self, InvalidRequest> {
        Self::new(Key::Id, id.into())
    }

    /// By the merchant's own id, given when the payout was made: 1 to 128 characters.
    ///
    /// # Errors
    /// [`InvalidRequest`] for an empty or a longer one.
    ///
    /// ```
    /// use alikassa_edge::PayoutQuery;
    ///
    /// let query = PayoutQuery::order_id("заказ/1")?;
    /// assert_eq!(query.body(), r#"{"order_id":"\u0437\u0430\u043a\u0430\u0437\/1"}"#);
    /// # Ok::<(), alikassa_edge::InvalidRequest>(())
    /// ```
    pub fn order_id(order_id: impl Into<String>) -> Result<Self, InvalidRequest> {
        Self::new(Key::OrderId, order_id.into())
    }

    /// From the names and values of a query string: exactly one `id` or one `order_id`, and nothing else.
    ///
    /// # Errors
    /// [`InvalidRequest`] that says which field and why.
    ///
    /// ```
    /// use alikassa_edge::PayoutQuery;
    ///
    /// assert_eq!(PayoutQuery::from_pairs([("order_id", "6422494")]), PayoutQuery::order_id("6422494"));
    /// assert!(PayoutQuery::from_pairs([("id", "1"), ("id", "2")]).is_err());
    /// ```
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, InvalidRequest>
    where
        N: AsRef<str>,
        V: Into<String>,
    {
        Self::from_fields(pairs, |_, value| Ok(value.into()))
    }

    /// From a JSON body: an object with exactly one `id` (a string or an integer) or one `order_id` (a string), and
    /// nothing else. An integer keeps its digits, however many they are.
    ///
    /// # Errors
    /// [`InvalidRequest`] that says which field and why.
    ///
    /// ```
    /// use alikassa_edge::PayoutQuery;
    ///
    /// let error = PayoutQuery::from_json(br#"{"orderId":"6422494"}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "\"orderId\" is not a field of this request: it takes \"id\" or \"order_id\"");
    /// ```
    pub fn from_json(body: &[u8]) -> Result<Self, InvalidRequest> {
        let text = std::str::from_utf8(body).map_err(|_| InvalidRequest::NotUtf8)?;
        let fields: Fields = serde_json::from_str(text).map_err(|error| not_an_object(&error))?;
        Self::from_fields(fields.0, |key, value| text_of(key, &value))
    }

    /// From the JSON body of a batch, `{"payouts":[{"id":…},{"order_id":…}]}`: 1 to 40 queries, in order. What is wrong with
    /// one of them is its own affair.
    ///
    /// # Errors
    /// [`InvalidRequest`] where there is no such list.
    ///
    /// ```
    /// use alikassa_edge::{InvalidRequest, PayoutQuery};
    ///
    /// let queries = PayoutQuery::batch_from_json(br#"{"payouts":[{"id":1},{"id":""}]}"#)?;
    /// assert_eq!(queries[0], PayoutQuery::id("1"));
    /// assert_eq!(queries[1], Err(InvalidRequest::Empty { field: "id" }));
    /// # Ok::<(), InvalidRequest>(())
    /// ```
    pub fn batch_from_json(body: &[u8]) -> Result<Vec<Result<Self, InvalidRequest>>, InvalidRequest> {
        let text = std::str::from_utf8(body).map_err(|_| InvalidRequest::NotUtf8)?;
        let fields: Fields = serde_json::from_str(text).map_err(|error| match not_an_object(&error) {
            InvalidRequest::NotJson { line, column } => InvalidRequest::BatchNotJson { line, column },
            _ => InvalidRequest::NotABatch,
        })?;
        let [(name, list)] = fields.0.as_slice() else {
            return Err(InvalidRequest::NotABatch);
        };
        if name != "payouts" {
            return Err(InvalidRequest::NotABatch);
        }
        let list: Vec<&RawValue> = serde_json::from_str(list.get()).map_err(|_| InvalidRequest::NotABatch)?;
        if !(1..=MAX_BATCH).contains(&list.len()) {
            return Err(InvalidRequest::BatchSize { count: list.len(), limit: MAX_BATCH });
        }
        Ok(list.into_iter().map(|query| Self::from_json(query.get().as_bytes())).collect())
    }

    fn from_fields<N: AsRef<str>, V>(
        fields: impl IntoIterator<Item = (N, V)>,
        text: impl Fn(Key, V) -> Result<String, InvalidRequest>,
    ) -> Result<Self, InvalidRequest> {
        let mut query = None;
        for (name, value) in fields {
            let name = name.as_ref();
            let key = Key::from_name(name).ok_or_else(|| InvalidRequest::UnknownField { field: shortened(name) })?;
            if query.is_some() {
                return Err(InvalidRequest::TwoQueries);
            }
            query = Some(Self::new(key, text(key, value)?)?);
        }
        query.ok_or(InvalidRequest::NoQuery)
    }

    fn new(key: Key, value: String) -> Result<Self, InvalidRequest> {
        let field = key.as_str();
        if value.is_empty() {
            return Err(InvalidRequest::Empty { field });
        }
        // PHP's side counts characters, not bytes; no character has fewer bytes than one.
        if value.len() > MAX_LENGTH {
            let length = value.chars().count();
            if length > MAX_LENGTH {
                return Err(InvalidRequest::TooLong { field, length, limit: MAX_LENGTH });
            }
        }
        let body = php_json::encode(&BTreeMap::from([(field, &value)])).map_err(InvalidRequest::Unwritable)?;
        Ok(Self { key, value, body })
    }

    /// `"id"` or `"order_id"`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.key.as_str()
    }

    /// What the payout is called there.
    #[must_use]
    pub fn value(&self) -> &str {
        &self.value
    }

    /// The body of the request, in PHP's JSON: `{"id":"…"}` or `{"order_id":"…"}`, always with a string.
    #[must_use]
    pub fn body(&self) -> &str {
        &self.body
    }
}

fn not_an_object(error: &serde_json::Error) -> InvalidRequest {
    if error.is_data() {
        InvalidRequest::NotAnObject
    } else {
        InvalidRequest::NotJson { line: error.line(), column: error.column() }
    }
}

/// The text of a JSON value that names a payout.
fn text_of(key: Key, value: &RawValue) -> Result<String, InvalidRequest> {
    let json = value.get();
    let wrong_type = InvalidRequest::WrongType { field: key.as_str() };
    match json.as_bytes() {
        [b'"', ..] => serde_json::from_str(json).map_err(|_| wrong_type),
        digits if key == Key::Id && digits.iter().all(u8::is_ascii_digit) => Ok(json.to_owned()),
        _ => Err(wrong_type),
    }
}

/// A name that came from outside, fit to be said back.
fn shortened(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(40).collect()
}

/// Why a request names no payout.
///
/// ```
/// use alikassa_edge::{InvalidRequest, PayoutQuery};
///
/// let error = PayoutQuery::id("9".repeat(129)).unwrap_err();
/// assert_eq!(error, InvalidRequest::TooLong { field: "id", length: 129, limit: 128 });
/// assert_eq!(error.code(), "invalid_request");
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum InvalidRequest {
    /// Neither `id` nor `order_id`.
    #[error("it names no payout: give \"id\" or \"order_id\"")]
    NoQuery,
    /// `id` and `order_id`, or one of them twice.
    #[error("it names more than one payout: give one \"id\" or one \"order_id\"")]
    TwoQueries,
    /// A field that means nothing here, which is more often a slip than a wish.
    #[error("\"{field}\" is not a field of this request: it takes \"id\" or \"order_id\"")]
    UnknownField {
        /// Its name, shortened to 40 characters.
        field: String,
    },
    /// An empty string.
    #[error("\"{field}\" is empty: it takes 1 to 128 characters")]
    Empty {
        /// `id` or `order_id`.
        field: &'static str,
    },
    /// More characters than AliKassa takes.
    #[error("\"{field}\" has {length} characters: it takes 1 to {limit}")]
    TooLong {
        /// `id` or `order_id`.
        field: &'static str,
        /// Its length in characters.
        length: usize,
        /// The most that AliKassa takes.
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
    /// The body is JSON, but no object.
    #[error("it is not a JSON object: send {{\"id\":\"…\"}} or {{\"order_id\":\"…\"}}")]
    NotAnObject,
    /// The body is no JSON.
    #[error("it is not JSON (line {line}, column {column}): send {{\"id\":\"…\"}} or {{\"order_id\":\"…\"}}")]
    NotJson {
        /// The line of the first character that does not fit, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// The body or the query string is not UTF-8.
    #[error("the request is not UTF-8")]
    NotUtf8,
    /// The body of a batch has no list of queries, or something besides.
    #[error("the body is not a batch: send {{\"payouts\":[{{\"id\":\"…\"}},{{\"order_id\":\"…\"}}]}}")]
    NotABatch,
    /// The body of a batch is no JSON.
    #[error(
        "the body is not JSON (line {line}, column {column}): send {{\"payouts\":[{{\"id\":\"…\"}},{{\"order_id\":\"…\"}}]}}"
    )]
    BatchNotJson {
        /// The line of the first character that does not fit, from 1.
        line: usize,
        /// Its column, from 1.
        column: usize,
    },
    /// No query in a batch, or too many.
    #[error("\"payouts\" has {count} queries: it takes 1 to {limit}")]
    BatchSize {
        /// How many there are.
        count: usize,
        /// The most that are taken.
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
