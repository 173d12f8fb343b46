//! The one client of AliKassa's API.

use std::cell::Cell;
use std::time::{Duration, SystemTime};

use super::endpoint::{Account, Settings};
use super::error::{Failure, GatewayError};
use super::request::SignedRequest;
use super::retry;
use super::transport::{Answer, MAX_BODY, Transport, Unreachable, within};
use crate::ground::payout::{NotAPayout, Payout};
use crate::ground::query::PayoutQuery;
use crate::ground::signature::{SignError, Signer};

/// AliKassa's name for the method that reads a payout's status.
const PAYOUT_STATUS: &str = "v1/payout/status";

/// Asks AliKassa, in the name of one account, signed with one key.
///
/// It owns nothing but its transport, so that it costs nothing to make one for each request.
///
/// ```
/// # use std::{future::ready, time::{Duration, SystemTime}};
/// # use alikassa_edge::{Answer, SignedRequest, Transport, Unreachable};
/// # struct Sandbox;
/// # impl Transport for Sandbox {
/// #     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Answer, Unreachable>> {
/// #         let body = br#"{"id":100000536,"payment_status":"paid","amount":"300.00"}"#.to_vec();
/// #         ready(Ok(Answer { status: 200, retry_after: None, body, is_whole: true }))
/// #     }
/// #     fn wait(&self, _: Duration) -> impl Future<Output = ()> { std::future::pending() }
/// #     fn now(&self) -> SystemTime { SystemTime::UNIX_EPOCH }
/// # }
/// use alikassa_edge::{Account, Digest, Gateway, PayoutQuery, PrivateKey, Settings, Signer};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let signer = Signer::new(PrivateKey::from_pem(pem, Some(b"Secret-2048"))?, Digest::Sha1);
/// let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// let settings = Settings::default();
/// let gateway = Gateway::new(Sandbox, &signer, &account, &settings);
///
/// # pollster::block_on(async {
/// let payout = gateway.payout_status(&PayoutQuery::id("100000536")?).await?;
/// assert!(payout.is_final());
/// assert_eq!(payout.amount(), Some("300.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Gateway<'a, T> {
    pub(super) transport: T,
    signer: &'a Signer,
    account: &'a Account,
    pub(super) settings: &'a Settings,
}

impl<'a, T: Transport> Gateway<'a, T> {
    /// A client over this transport.
    pub fn new(transport: T, signer: &'a Signer, account: &'a Account, settings: &'a Settings) -> Self {
        Self { transport, signer, account, settings }
    }

    /// What became of a payout.
    ///
    /// Asked again after a broken connection, a 429, 502, 503 or 504: with full-jitter back-off from 200 ms, or
    /// after as long as `Retry-After` says; all within [`Settings::timeout`].
    ///
    /// # Errors
    /// [`GatewayError`] for anything but HTTP 200 with this payout in it: the payout's state is unknown then.
    pub async fn payout_status(&self, query: &PayoutQuery) -> Result<Payout, GatewayError> {
        let progress = Progress::default();
        self.in_time(&progress, self.ask_status(query, self.deadline(), &progress)).await
    }

    /// The same without a time limit, which is the caller's to keep; nothing is retried that would begin past the deadline.
    pub(super) async fn ask_status(
        &self,
        query: &PayoutQuery,
        deadline: SystemTime,
        progress: &Progress,
    ) -> Result<Payout, GatewayError> {
        let body = query.body().to_owned();
        let read = |answer: &Answer| Payout::from_answer(&answer.body, query);
        self.ask(PAYOUT_STATUS, body, self.settings.retries, read, deadline, progress).await
    }

    /// Any method of AliKassa's API (`requestPayment` of its sample): the JSON that it answers, as text.
    ///
    /// Sent once and never again by itself, since a method may move money. `body` is JSON, sent as it is; make it with
    /// [`php_json::encode`](crate::php_json::encode).
    ///
    /// # Errors
    /// [`GatewayError`] for anything but HTTP 200 with JSON in it. Of a method that makes a payout this means that
    /// nobody knows whether it was made.
    ///
    /// ```
    /// # use alikassa_edge::{Gateway, GatewayError, Transport};
    /// async fn balance<T: Transport>(gateway: &Gateway<'_, T>) -> Result<String, GatewayError> {
    ///     gateway.request("v1/account/balance", "[]".to_owned()).await
    /// }
    /// ```
    pub async fn request(&self, method: &str, body: String) -> Result<String, GatewayError> {
        let progress = Progress::default();
        let read = |answer: &Answer| {
            let text = std::str::from_utf8(&answer.body).map_err(|_| NotAPayout::NotUtf8)?;
            match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err(NotAPayout::NotJson),
            }
        };
        self.in_time(&progress, self.ask(method, body, 0, read, self.deadline(), &progress)).await
    }

    /// The request that [`Self::request`] would send, for a client of one's own.
    ///
    /// # Errors
    /// [`SignError`] where there is no signature.
    ///
    /// ```
    /// # use alikassa_edge::{Gateway, SignError, SignedRequest, Transport};
    /// fn balance<T: Transport>(gateway: &Gateway<'_, T>) -> Result<SignedRequest, SignError> {
    ///     gateway.signed_request("v1/account/balance", "[]".to_owned())
    /// }
    /// ```
    pub fn signed_request(&self, method: &str, body: String) -> Result<SignedRequest, SignError> {
        SignedRequest::new(&self.settings.base_url, method, self.account, body, self.signer)
    }

    /// What `answered` yields within the time limit. One timer over all attempts and the pauses between them: it holds whatever
    /// the clock does meanwhile.
    async fn in_time<A>(
        &self,
        progress: &Progress,
        answered: impl Future<Output = Result<A, GatewayError>>,
    ) -> Result<A, GatewayError> {
        let limit = self.settings.timeout;
        within(self.transport.wait(limit), answered).await.unwrap_or_else(|| Err(progress.time_is_over(limit)))
    }

    /// When the time of a call that begins now will be over.
    pub(super) fn deadline(&self) -> SystemTime {
        // A time that goes beyond all calendars ends in a century or so.
        let now = self.transport.now();
        now.checked_add(self.settings.timeout).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
    }

    /// Signs and sends a request until there is an answer or the retries are used up.
    async fn ask<A>(
        &self,
        method: &str,
        body: String,
        retries: u32,
        read: impl Fn(&Answer) -> Result<A, NotAPayout>,
        deadline: SystemTime,
        progress: &Progress,
    ) -> Result<A, GatewayError> {
        let request = self.transport.sign(|| self.signed_request(method, body));
        let request = request.map_err(|error| GatewayError::new(Failure::Signing(error), 0))?;
        let answered = self.attempt(&request, retries, read, deadline, progress).await;
        answered.map_err(|failure| GatewayError::new(failure, progress.attempts.get()))
    }

    async fn attempt<A>(
        &self,
        request: &SignedRequest,
        retries: u32,
        read: impl Fn(&Answer) -> Result<A, NotAPayout>,
        deadline: SystemTime,
        progress: &Progress,
    ) -> Result<A, Failure> {
        let mut retry = 0;
        loop {
            progress.attempts.set(retry + 1);
            let (failure, retry_after) = match self.transport.send(request).await {
                Ok(answer) => match judge(&answer, &read) {
                    Ok(read) => return Ok(read),
                    Err(failure) => (failure, answer.retry_after),
                },
                Err(Unreachable { code }) => (Failure::Unreachable { code }, None),
            };
            if retry == retries || !retry::is_worth_it(&failure) {
                return Err(failure);
            }
            let now = self.transport.now();
            let delay = retry::delay(retry, retry_after.and_then(|value| retry::parse_retry_after(&value, now)));
            // An answer in hand says more than a time limit would.
            if delay >= deadline.duration_since(now).unwrap_or_default() || !self.transport.may_retry() {
                return Err(failure);
            }
            if let Failure::Status { status, .. } = failure {
                progress.last_status.set(Some(status));
            }
            self.transport.wait(delay).await;
            retry += 1;
        }
    }
}

/// How far a call came, for the case that its time ends it.
#[derive(Default)]
pub(super) struct Progress {
    attempts: Cell<u32>,
    last_status: Cell<Option<u16>>,
}

impl Progress {
    /// What a call becomes whose time is over; one that was never begun has no attempts.
    pub(super) fn time_is_over(&self, limit: Duration) -> GatewayError {
        GatewayError::new(Failure::Timeout { limit, last_status: self.last_status.get() }, self.attempts.get())
    }
}

/// The one place where it is decided what an answer means: HTTP 200 and what was asked for, or nothing known.
fn judge<A>(answer: &Answer, read: impl Fn(&Answer) -> Result<A, NotAPayout>) -> Result<A, Failure> {
    if answer.status != 200 {
        return Err(Failure::status(answer.status, &answer.body));
    }
    if !answer.is_whole {
        return Err(Failure::Invalid(NotAPayout::TooLong { limit: MAX_BODY }));
    }
    read(answer).map_err(Failure::Invalid)
}
