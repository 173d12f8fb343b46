//! A [`Transport`] on reqwest and tokio: some sixty lines, to be copied.

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime};

use alikassa_edge::{Answer, MAX_BODY, SignedRequest, Transport, Unreachable};
use reqwest::header::RETRY_AFTER;
use reqwest::{Client, Response, redirect, retry};

/// Sends requests with reqwest. Cheap to clone: all clones share their connections.
#[derive(Clone, Debug)]
pub(crate) struct Reqwest {
    client: Client,
}

impl Reqwest {
    /// A client that does what a `Transport` promises, and nothing else.
    ///
    /// # Errors
    /// Where TLS can't be set up: no provider of cryptography is installed, or the system has no certificates.
    pub(crate) fn new() -> reqwest::Result<Self> {
        let client = Client::builder()
            // A signature goes where it was meant to go, or nowhere.
            .redirect(redirect::Policy::none())
            // The gateway retries what may be sent again, and counts the attempts. Nobody else does.
            .retry(retry::never())
            .build()?;
        Ok(Self { client })
    }
}

impl Transport for Reqwest {
    async fn send(&self, request: &SignedRequest) -> Result<Answer, Unreachable> {
        let mut post = self.client.post(&request.url).body(request.body.clone());
        for (name, value) in &request.headers {
            post = post.header(*name, value);
        }
        let response = post.send().await.map_err(unreachable)?;
        let status = response.status().as_u16();
        let retry_after = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()).map(str::to_owned);
        let (body, is_whole) = read(response).await.map_err(unreachable)?;
        Ok(Answer { status, retry_after, body, is_whole })
    }

    async fn wait(&self, time: Duration) {
        tokio::time::sleep(time).await;
    }

    fn now(&self) -> SystemTime {
        SystemTime::now()
    }
}

/// At most [`MAX_BODY`] bytes of a body, and whether that is all of it. What is longer is dropped there, and its connection too.
async fn read(mut response: Response) -> reqwest::Result<(Vec<u8>, bool)> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if chunk.len() > MAX_BODY - body.len() {
            return Ok((body, false));
        }
        body.extend_from_slice(&chunk);
    }
    Ok((body, true))
}

/// Keeps the operating system's word, like `ConnectionRefused`, and no more: the text of an error holds the URL and may hold
/// anything else.
fn unreachable(error: reqwest::Error) -> Unreachable {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<io::Error>() {
            return Unreachable { code: Some(format!("{:?}", error.kind())) };
        }
        cause = error.source();
    }
    Unreachable::default()
}
