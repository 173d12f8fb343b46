//! A payout whose state is unknown.

use thiserror::Error;

use super::request_error::RequestError;

/// The rule that guards money, in one sentence, for everybody who sees a [`PayoutStatusError`].
///
/// ```
/// use alikassa::{ADVICE, PayoutStatusError};
///
/// fn explain(error: &PayoutStatusError) -> String {
///     format!("{error}. {ADVICE}")
/// }
/// assert!(ADVICE.starts_with("The state of this payout is unknown"));
/// ```
pub const ADVICE: &str = "The state of this payout is unknown: do not cancel or repeat it on your side; \
                          ask again later, or check it with AliKassa's support.";

/// AliKassa did not answer with the payout, so **the payout's state is unknown**: neither failed nor cancelled nor paid.
///
/// AliKassa's page: «If you received another status code (not 200) - do not cancel such payments on your side.» The same goes for a
/// timeout, a broken connection and an unreadable answer. This type has no payment status.
///
/// ```
/// # use std::{future::ready, time::{Duration, SystemTime}};
/// # use alikassa::{Account, Client, Clock, Digest, PayoutQuery, PrivateKey, Response, Settings, SignedRequest, Signer, Transport};
/// # use alikassa::TransportError;
/// # struct Sandbox;
/// # impl Transport for Sandbox {
/// #     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Response, TransportError>> {
/// #         let body = br#"{"message":"Unauthenticated."}"#.to_vec();
/// #         ready(Ok(Response { status: 401, retry_after: None, body, truncated: false }))
/// #     }
/// # }
/// # struct Still;
/// # impl Clock for Still {
/// #     fn now(&self) -> SystemTime { SystemTime::UNIX_EPOCH }
/// #     fn sleep(&self, _: Duration) -> impl Future<Output = ()> { std::future::pending() }
/// # }
/// # let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// # let signer = Signer::new(PrivateKey::from_pem(pem, Some(b"Secret-2048"))?, Digest::Sha1);
/// # let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// # let client = Client::new(Sandbox, Still, signer, account, Settings::default());
/// # let query = PayoutQuery::id("100000536")?;
/// use alikassa::PayoutStatusError;
///
/// // AliKassa answers 401 here.
/// let error: PayoutStatusError = pollster::block_on(client.payout_status(&query)).unwrap_err();
/// assert_eq!(error.to_string(), "the payout's state is unknown: AliKassa answered with HTTP status 401: Unauthenticated.");
/// assert_eq!(error.request_error().code(), "upstream_status");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("the payout's state is unknown: {0}")]
pub struct PayoutStatusError(#[from] RequestError);

impl PayoutStatusError {
    /// What went wrong with the request. It is also the [`source`](std::error::Error::source).
    #[must_use]
    pub fn request_error(&self) -> &RequestError {
        &self.0
    }
}
