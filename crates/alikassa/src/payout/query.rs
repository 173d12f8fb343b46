//! The query for a payout's status: the body of `v1/payout/status`.

use serde_json::value::RawValue;

use super::invalid_request::InvalidRequest;
use crate::json::Fields;
use crate::php_json;

/// The most queries of a batch.
const MAX_BATCH: usize = 40;

/// The longest `id` or `order_id` in characters, by AliKassa's page.
const MAX_LENGTH: usize = 128;

/// A query for the status of one payout, by AliKassa's id or by the merchant's own.
///
/// ```
/// use alikassa::PayoutQuery;
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

/// The field that identifies the payout.
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
    /// By AliKassa's id of the payout: 1 to 128 characters.
    ///
    /// # Errors
    /// [`InvalidRequest`] if it is empty or longer.
    ///
    /// ```
    /// use alikassa::PayoutQuery;
    ///
    /// let query = PayoutQuery::id("100000536")?;
    /// assert_eq!((query.field(), query.value()), ("id", "100000536"));
    /// # Ok::<(), alikassa::InvalidRequest>(())
    /// ```
    pub fn id(id: impl Into<String>) -> Result<Self, InvalidRequest> {
        Self::new(Key::Id, id.into())
    }

    /// By the merchant's own id, given when the payout was created: 1 to 128 characters.
    ///
    /// # Errors
    /// [`InvalidRequest`] if it is empty or longer.
    ///
    /// ```
    /// use alikassa::PayoutQuery;
    ///
    /// let query = PayoutQuery::order_id("заказ/1")?;
    /// assert_eq!(query.body(), r#"{"order_id":"\u0437\u0430\u043a\u0430\u0437\/1"}"#);
    /// # Ok::<(), alikassa::InvalidRequest>(())
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
    /// use alikassa::PayoutQuery;
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
    /// use alikassa::PayoutQuery;
    ///
    /// let error = PayoutQuery::from_json(br#"{"orderId":"6422494"}"#).unwrap_err();
    /// assert_eq!(error.to_string(), "\"orderId\" is not a field of this request: give \"id\" or \"order_id\"");
    /// ```
    pub fn from_json(body: &[u8]) -> Result<Self, InvalidRequest> {
        let text = std::str::from_utf8(body).map_err(|_| InvalidRequest::NotUtf8)?;
        let fields: Fields = serde_json::from_str(text).map_err(|error| not_an_object(&error))?;
        Self::from_fields(fields.0, |key, value| text_of(key, &value))
    }

    /// From the JSON body of a batch, `{"payouts":[{"id":…},{"order_id":…}]}`: 1 to 40 queries, in order. An invalid query does not
    /// invalidate the others.
    ///
    /// # Errors
    /// [`InvalidRequest`] if the body is not such a list.
    ///
    /// ```
    /// use alikassa::{InvalidRequest, PayoutQuery};
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
        // AliKassa counts characters, and a character has at least one byte.
        if value.len() > MAX_LENGTH {
            let length = value.chars().count();
            if length > MAX_LENGTH {
                return Err(InvalidRequest::TooLong { field, length, limit: MAX_LENGTH });
            }
        }
        let body = php_json::encode(&value).map_err(InvalidRequest::Unwritable)?;
        let body = format!("{{\"{field}\":{body}}}");
        Ok(Self { key, value, body })
    }

    /// The field that identifies the payout: `id` or `order_id`.
    #[must_use]
    pub fn field(&self) -> &'static str {
        self.key.as_str()
    }

    /// The id.
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

/// The id in a JSON value.
fn text_of(key: Key, value: &RawValue) -> Result<String, InvalidRequest> {
    let json = value.get();
    let wrong_type = InvalidRequest::WrongType { field: key.as_str() };
    match json.as_bytes() {
        [b'"', ..] => serde_json::from_str(json).map_err(|_| wrong_type),
        digits if key == Key::Id && digits.iter().all(u8::is_ascii_digit) => Ok(json.to_owned()),
        _ => Err(wrong_type),
    }
}

/// A caller's field name, made safe for an error message.
fn shortened(name: &str) -> String {
    name.chars().filter(|character| !character.is_control()).take(40).collect()
}
