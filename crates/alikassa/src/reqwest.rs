//! A transport on reqwest, and a clock on tokio: feature `reqwest`.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use reqwest::header::RETRY_AFTER;
use reqwest::{redirect, retry};

use crate::{Clock, MAX_BODY, Response, SignedRequest, Transport, TransportError};

/// Sends requests with reqwest. Clones share their connections.
///
/// reqwest is built without a TLS provider, so that the program chooses one. Install it before [`ReqwestTransport::new`], for example
/// with `rustls::crypto::ring::default_provider().install_default()`.
///
/// ```no_run
/// use alikassa::reqwest::{ReqwestTransport, TokioClock};
/// use alikassa::{Client, Digest, PayoutQuery, PrivateKey, Settings, Signer};
///
/// # async fn run() -> Result<(), Box<dyn std::error::Error>> {
/// let pem = std::fs::read("cert/payout/private.pem")?;
/// let password = std::fs::read("cert/payout/password.txt")?;
/// let signer = Signer::new(PrivateKey::from_pem(pem, Some(&password))?, Digest::Sha1);
/// let account = "93d5df06-996c-48c3-9847-348d6b580b80".parse()?;
/// let client = Client::new(ReqwestTransport::new()?, TokioClock, signer, account, Settings::default());
/// let payout = client.payout_status(&PayoutQuery::id("100000536")?).await?;
/// println!("{}", payout.payment_status());
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct ReqwestTransport {
    client: reqwest::Client,
}

impl ReqwestTransport {
    /// A transport that follows no redirection and sends each request once.
    ///
    /// # Errors
    /// [`reqwest::Error`] if TLS can't be set up: no rustls provider is installed, or the system has no root certificates.
    pub fn new() -> reqwest::Result<Self> {
        Self::with_builder(reqwest::Client::builder())
    }

    /// The same with settings of the program, such as a proxy or more root certificates. Redirections and retries stay off.
    ///
    /// ```no_run
    /// use alikassa::reqwest::ReqwestTransport;
    ///
    /// # fn run() -> reqwest::Result<ReqwestTransport> {
    /// let proxy = reqwest::Proxy::https("http://proxy.example.com:3128")?;
    /// ReqwestTransport::with_builder(reqwest::Client::builder().proxy(proxy))
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`new`](Self::new), and for what the builder reports.
    pub fn with_builder(builder: reqwest::ClientBuilder) -> reqwest::Result<Self> {
        let client = builder
            // A signature must not reach another host.
            .redirect(redirect::Policy::none())
            // `Client` decides what is retried, and counts the attempts.
            .retry(retry::never())
            .build()?;
        Ok(Self { client })
    }
}

impl Transport for ReqwestTransport {
    async fn send(&self, request: &SignedRequest) -> Result<Response, TransportError> {
        let mut post = self.client.post(&request.url).body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let response = post.send().await.map_err(transport_error)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (body, truncated) = read_body(response).await.map_err(transport_error)?;
        Ok(Response { status, retry_after, body, truncated })
    }
}

/// The system's clock and tokio's timers. Its futures run on a tokio runtime with time enabled.
#[derive(Clone, Copy, Debug, Default)]
pub struct TokioClock;

impl Clock for TokioClock {
    fn now(&self) -> SystemTime {
        SystemTime::now()
    }

    // Async, since `tokio::time::sleep` panics outside of a runtime when it is called, not when it is awaited.
    async fn sleep(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }
}

/// The first chunks of the body, at most [`MAX_BODY`] bytes, and whether the body was longer.
async fn read_body(mut response: reqwest::Response) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > MAX_BODY - body.len() {
            return Ok((body, true));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, false))
}

/// Keeps the kind of the I/O error, like `ConnectionRefused`, and nothing else: the text of a reqwest error contains the URL.
fn transport_error(error: reqwest::Error) -> TransportError {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return TransportError { code: Some(format!("{:?}", error.kind())) };
        }
        cause = error.source();
    }
    TransportError::default()
}
