//! The interface to an HTTP client.

use thiserror::Error;

use super::request::SignedRequest;

/// The most bytes of a response's body that are read: 64 KiB. A payout has less than 1 KiB.
pub const MAX_BODY: usize = 64 << 10;

/// Sends requests to AliKassa.
///
/// A transport checks certificates, sends each request once, and follows no redirection, since a signature must not reach another
/// host. Dropping the future of [`send`](Self::send) aborts the request: timeouts rely on it.
///
/// ```
/// use std::future::ready;
/// use alikassa::{Response, SignedRequest, Transport, TransportError};
///
/// /// Answers every request with the same response.
/// struct Scripted(Response);
///
/// impl Transport for Scripted {
///     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Response, TransportError>> {
///         ready(Ok(self.0.clone()))
///     }
/// }
/// ```
pub trait Transport {
    /// Sends one request, and reads at most [`MAX_BODY`] bytes of the response's body.
    ///
    /// # Errors
    /// [`TransportError`] if there is no complete response.
    fn send(&self, request: &SignedRequest) -> impl Future<Output = Result<Response, TransportError>>;
}

/// An HTTP response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The HTTP status.
    pub status: u16,
    /// The `Retry-After` header.
    pub retry_after: Option<String>,
    /// The first [`MAX_BODY`] bytes of the body.
    pub body: Vec<u8>,
    /// Whether the body was longer than that. A truncated body is never decoded.
    pub truncated: bool,
}

/// There is no response, or it is incomplete.
///
/// ```
/// use alikassa::TransportError;
///
/// let refused = TransportError { code: Some("ECONNREFUSED".to_owned()) };
/// assert_eq!(refused.to_string(), "there is no response, or it is incomplete");
/// ```
#[derive(Clone, Debug, Default, Error, PartialEq, Eq)]
#[error("there is no response, or it is incomplete")]
pub struct TransportError {
    /// The platform's error code, like `ECONNREFUSED`, if it has one. Texts of foreign errors don't belong here: they may hold the URL.
    pub code: Option<String>,
}
