//! Asks AliKassa.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use futures_util::stream::{self, StreamExt};

use super::account::Account;
use super::budget::RequestBudget;
use super::clock::{Clock, timeout};
use super::payout_status_error::PayoutStatusError;
use super::progress::Progress;
use super::request::SignedRequest;
use super::request_error::{RequestError, RequestErrorKind};
use super::retry;
use super::settings::Settings;
use super::transport::{MAX_BODY, Response, Transport, TransportError};
use crate::payout::{DecodeError, Payout, PayoutQuery};
use crate::signing::{Signer, SigningError};

/// The method that reads a payout's status.
const PAYOUT_STATUS: &str = "v1/payout/status";

/// The number of requests that a batch has open at a time: a Worker may wait for 6 at most
/// (<https://developers.cloudflare.com/workers/platform/limits/#simultaneous-open-connections>).
const CONCURRENCY: usize = 6;

/// A client for one account and one key.
///
/// Cheap to clone if its transport and clock are: clones share the rest. Its futures are `Send` if those of the transport and the
/// clock are.
///
/// ```
/// # use std::{future::{Ready, ready}, time::{Duration, SystemTime}};
/// # use alikassa::{Clock, Response, SignedRequest, Transport, TransportError};
/// # struct Sandbox;
/// # impl Transport for Sandbox {
/// #     fn send(&self, _: &SignedRequest) -> impl Future<Output = Result<Response, TransportError>> {
/// #         let body = br#"{"id":100000536,"payment_status":"paid","amount":"300.00"}"#.to_vec();
/// #         ready(Ok(Response { status: 200, retry_after: None, body, truncated: false }))
/// #     }
/// # }
/// # struct Still;
/// # impl Clock for Still {
/// #     fn now(&self) -> SystemTime { SystemTime::UNIX_EPOCH }
/// #     fn sleep(&self, _: Duration) -> impl Future<Output = ()> { std::future::pending() }
/// # }
/// use alikassa::{Account, Client, Digest, PayoutQuery, PrivateKey, Settings, Signer};
///
/// let pem = include_str!("../../tests/vectors/keys/php-3des-2048.pem");
/// let signer = Signer::new(PrivateKey::from_pem(pem, Some(b"Secret-2048"))?, Digest::Sha1);
/// let account: Account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// let client = Client::new(Sandbox, Still, signer, account, Settings::default());
///
/// # pollster::block_on(async {
/// let payout = client.payout_status(&PayoutQuery::id("100000536")?).await?;
/// assert!(payout.is_final());
/// assert_eq!(payout.amount(), Some("300.00"));
/// # Ok::<(), Box<dyn std::error::Error>>(()) })?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct Client<T, C> {
    transport: T,
    clock: C,
    budget: Option<RequestBudget>,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    signer: Signer,
    account: Account,
    settings: Settings,
}

impl<T, C> Client<T, C> {
    /// A client over this transport and clock.
    pub fn new(transport: T, clock: C, signer: Signer, account: Account, settings: Settings) -> Self {
        Self { transport, clock, budget: None, shared: Arc::new(Shared { signer, account, settings }) }
    }

    /// The same client over another transport, such as one that measures each request.
    ///
    /// ```
    /// # use alikassa::{Client, Clock, Response, SignedRequest, Transport, TransportError};
    /// struct Logged<'a, T>(&'a T);
    ///
    /// impl<T: Transport> Transport for Logged<'_, T> {
    ///     async fn send(&self, request: &SignedRequest) -> Result<Response, TransportError> {
    ///         let outcome = self.0.send(request).await;
    ///         println!("{}: {:?}", request.url, outcome.as_ref().map(|response| response.status));
    ///         outcome
    ///     }
    /// }
    ///
    /// fn logged<'a, T, C: Clock + Clone>(client: &Client<T, C>, transport: &'a T) -> Client<Logged<'a, T>, C> {
    ///     client.with_transport(Logged(transport))
    /// }
    /// ```
    pub fn with_transport<U>(&self, transport: U) -> Client<U, C>
    where
        C: Clone,
    {
        let Self { clock, budget, shared, .. } = self;
        Client { transport, clock: clock.clone(), budget: budget.clone(), shared: Arc::clone(shared) }
    }

    /// The same client with a limit to its retries, besides [`Settings::retries`]. The first attempt of a call is always sent.
    ///
    /// ```
    /// # use alikassa::{Client, Clock, PayoutQuery, PayoutStatusError, Payout, RequestBudget, Transport};
    /// # async fn ask<T: Transport, C: Clock>(client: Client<T, C>, queries: &[PayoutQuery]) -> Vec<Result<Payout, PayoutStatusError>> {
    /// // Cloudflare allows 50 subrequests per invocation on its free plan.
    /// let retries = 50 - queries.len() as u32;
    /// client.with_budget(RequestBudget::new(retries)).payout_statuses(queries).await
    /// # }
    /// ```
    #[must_use]
    pub fn with_budget(self, budget: RequestBudget) -> Self {
        Self { budget: Some(budget), ..self }
    }

    /// The signer of its requests.
    #[must_use]
    pub fn signer(&self) -> &Signer {
        &self.shared.signer
    }

    /// The merchant's account that it asks for.
    #[must_use]
    pub fn account(&self) -> &Account {
        &self.shared.account
    }

    /// Where requests go, and how long they may take.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.shared.settings
    }

    /// The request that [`Self::request`] would send, for another HTTP client.
    ///
    /// `method` is AliKassa's path, like `v1/account/balance`; `body` is JSON and is signed byte for byte.
    ///
    /// # Errors
    /// [`SigningError`] if the body can't be signed.
    ///
    /// ```
    /// # use alikassa::{Client, SignedRequest, SigningError};
    /// fn balance<T, C>(client: &Client<T, C>) -> Result<SignedRequest, SigningError> {
    ///     client.signed_request("v1/account/balance", "[]".to_owned())
    /// }
    /// ```
    pub fn signed_request(&self, method: &str, body: String) -> Result<SignedRequest, SigningError> {
        let Shared { signer, account, settings } = &*self.shared;
        SignedRequest::new(&settings.base_url, method, account, body, signer)
    }
}

impl<T: Transport, C: Clock> Client<T, C> {
    /// Asks for the status of one payout.
    ///
    /// Reading a status changes nothing, so the request is retried after a broken connection, a 429, 502, 503 or 504, up to
    /// [`Settings::retries`] times: after a full-jitter back-off from 200 ms, or after `Retry-After` if that is longer. All attempts
    /// together take at most [`Settings::timeout`]. Dropping the future ends the request.
    ///
    /// # Errors
    /// [`PayoutStatusError`] for anything but HTTP 200 with this payout in it: the payout's state is then unknown.
    ///
    /// ```
    /// # use alikassa::{ADVICE, Client, Clock, PayoutQuery, Transport};
    /// async fn print<T: Transport, C: Clock>(client: &Client<T, C>, query: &PayoutQuery) {
    ///     match client.payout_status(query).await {
    ///         Ok(payout) if payout.is_final() => println!("{}", payout.payment_status()),
    ///         Ok(payout) => println!("{}: ask again later", payout.payment_status()),
    ///         Err(error) => println!("{error}. {ADVICE}"),
    ///     }
    /// }
    /// ```
    pub async fn payout_status(&self, query: &PayoutQuery) -> Result<Payout, PayoutStatusError> {
        let progress = Progress::default();
        let payout = self.ask_status(query, self.deadline(), &progress);
        self.within_timeout(payout).await.unwrap_or_else(|| Err(self.timed_out(&progress).into()))
    }

    /// Asks for the status of each of these payouts, and answers in the same order.
    ///
    /// At most 6 requests are open at a time. [`Settings::timeout`] is the limit for all of them together; a payout without an answer
    /// by then is a [`Timeout`](RequestErrorKind::Timeout) of its own.
    ///
    /// ```
    /// # use alikassa::{Client, Clock, PayoutQuery, Transport};
    /// async fn print<T: Transport, C: Clock>(client: &Client<T, C>, queries: &[PayoutQuery]) {
    ///     for (query, answer) in queries.iter().zip(client.payout_statuses(queries).await) {
    ///         match answer {
    ///             Ok(payout) => println!("{}: {}", query.value(), payout.payment_status()),
    ///             Err(error) => println!("{}: {error}", query.value()), // unknown
    ///         }
    ///     }
    /// }
    /// ```
    pub async fn payout_statuses(&self, queries: &[PayoutQuery]) -> Vec<Result<Payout, PayoutStatusError>> {
        let deadline = self.deadline();
        let progress: Vec<Progress> = queries.iter().map(|_| Progress::default()).collect();
        let mut answers: Vec<Option<Result<Payout, PayoutStatusError>>> = queries.iter().map(|_| None).collect();
        // One timer for the whole batch, so that `progress` outlives the requests that it ends.
        let calls = queries.iter().zip(&progress).zip(&mut answers);
        let ask_all = stream::iter(calls).for_each_concurrent(CONCURRENCY, async |((query, progress), answer)| {
            *answer = Some(self.ask_status(query, deadline, progress).await);
        });
        let _: Option<()> = self.within_timeout(ask_all).await;
        let timed_out = |progress| Err(self.timed_out(progress).into());
        answers
            .into_iter()
            .zip(&progress)
            .map(|(answer, progress)| answer.unwrap_or_else(|| timed_out(progress)))
            .collect()
    }

    /// Calls any method of AliKassa's API (`requestPayment` in its sample), and returns the JSON of the answer as text.
    ///
    /// `method` is AliKassa's path, like `v1/account/balance`. `body` is JSON and is sent byte for byte; make it with
    /// [`php_json::encode`](crate::php_json::encode). The request is never retried, since a method may move money.
    ///
    /// # Errors
    /// [`RequestError`] for anything but HTTP 200 with JSON in it. After a failed `v1/payout` the payout may exist: ask for its status by
    /// its `order_id`.
    ///
    /// ```
    /// # use alikassa::{Client, Clock, RequestError, Transport};
    /// async fn balance<T: Transport, C: Clock>(client: &Client<T, C>) -> Result<String, RequestError> {
    ///     client.request("v1/account/balance", "[]".to_owned()).await
    /// }
    /// ```
    pub async fn request(&self, method: &str, body: String) -> Result<String, RequestError> {
        let progress = Progress::default();
        let decode = |body: &[u8]| {
            let text = std::str::from_utf8(body).map_err(|_| DecodeError::NotUtf8)?;
            match serde_json::from_str::<serde::de::IgnoredAny>(text) {
                Ok(_) => Ok(text.to_owned()),
                Err(_) => Err(DecodeError::NotJson),
            }
        };
        let answer = self.ask(method, body, 0, decode, self.deadline(), &progress);
        self.within_timeout(answer).await.unwrap_or_else(|| Err(self.timed_out(&progress)))
    }

    async fn ask_status(
        &self,
        query: &PayoutQuery,
        deadline: SystemTime,
        progress: &Progress,
    ) -> Result<Payout, PayoutStatusError> {
        let decode = |body: &[u8]| Payout::from_answer(body, query);
        let retries = self.settings().retries;
        Ok(self.ask(PAYOUT_STATUS, query.body().to_owned(), retries, decode, deadline, progress).await?)
    }

    /// The output of `work`, or `None` after [`Settings::timeout`]. A timer counts, since the wall clock may be put back.
    async fn within_timeout<A>(&self, work: impl Future<Output = A>) -> Option<A> {
        timeout(self.clock.sleep(self.settings().timeout), work).await
    }

    fn timed_out(&self, progress: &Progress) -> RequestError {
        let kind = RequestErrorKind::Timeout { limit: self.settings().timeout, last_status: progress.last_status() };
        RequestError::new(kind, progress.attempts())
    }

    /// When the timeout of a call that begins now ends.
    fn deadline(&self) -> SystemTime {
        let now = self.clock.now();
        // A timeout beyond the calendar ends in a century.
        now.checked_add(self.settings().timeout).unwrap_or_else(|| now + Duration::from_secs(u32::MAX.into()))
    }

    /// Signs a request, and sends it until there is an answer or it is not to be retried.
    async fn ask<A>(
        &self,
        method: &str,
        body: String,
        retries: u32,
        decode: impl Fn(&[u8]) -> Result<A, DecodeError>,
        deadline: SystemTime,
        progress: &Progress,
    ) -> Result<A, RequestError> {
        let request = self.signed_request(method, body);
        let request = request.map_err(|error| RequestError::new(RequestErrorKind::Signing(error), 0))?;
        loop {
            progress.start_attempt();
            let (kind, retry_after) = match self.transport.send(&request).await {
                Ok(response) => match decode_response(&response, &decode) {
                    Ok(answer) => return Ok(answer),
                    Err(kind) => (kind, response.retry_after),
                },
                Err(TransportError { code }) => (RequestErrorKind::Unreachable { code }, None),
            };
            let attempts = progress.attempts();
            if attempts > retries || !retry::should_retry(&kind) {
                return Err(RequestError::new(kind, attempts));
            }
            let now = self.clock.now();
            let delay = retry::delay(attempts, retry_after.as_deref(), now);
            // The answer at hand says more than a timeout would.
            let has_time = delay < deadline.duration_since(now).unwrap_or_default();
            if !has_time || !self.budget.as_ref().is_none_or(RequestBudget::try_consume) {
                return Err(RequestError::new(kind, attempts));
            }
            progress.set_last_status(&kind);
            self.clock.sleep(delay).await;
        }
    }
}

/// The answer in a response: HTTP 200 with what was asked for, and nothing else.
fn decode_response<A>(
    response: &Response,
    decode: impl Fn(&[u8]) -> Result<A, DecodeError>,
) -> Result<A, RequestErrorKind> {
    if response.status != 200 {
        return Err(RequestErrorKind::from_response(response));
    }
    if response.truncated {
        return Err(RequestErrorKind::Decode(DecodeError::TooLong { limit: MAX_BODY }));
    }
    decode(&response.body).map_err(RequestErrorKind::Decode)
}
