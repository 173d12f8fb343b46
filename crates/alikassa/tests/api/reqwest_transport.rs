//! The transport on reqwest, against servers on this machine.

use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::{Arc, LazyLock};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use alikassa::reqwest::{ReqwestTransport, TokioClock};
use alikassa::{
    Client, Clock, MAX_BODY, RequestErrorKind, Response, Settings, SignedRequest, Transport, TransportError,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::http_server::{Connection, HttpServer};
use crate::vectors::{SIGNER, account, sample_query};

const PAYOUT: &str = r#"{"id":"100000536","payment_status":"paid"}"#;

/// A certificate for 127.0.0.1 and its authority, valid until 2120; the authority's key was thrown away.
const AUTHORITY: &str = include_str!("tls/authority.pem");
const CERTIFICATE: &str = include_str!("tls/certificate.pem");
const CERTIFICATE_KEY: &str = include_str!("tls/key.pem");

/// Installs a TLS provider, and ignores the machine's proxy.
fn builder() -> reqwest::ClientBuilder {
    static PROVIDER: LazyLock<()> = LazyLock::new(|| {
        rustls::crypto::ring::default_provider().install_default().unwrap();
    });
    LazyLock::force(&PROVIDER);
    reqwest::Client::builder().no_proxy()
}

fn transport() -> ReqwestTransport {
    ReqwestTransport::with_builder(builder()).unwrap()
}

fn client(url: &str, change: impl FnOnce(&mut Settings)) -> Client<ReqwestTransport, TokioClock> {
    let mut settings = Settings::default();
    settings.base_url = url.parse().unwrap();
    change(&mut settings);
    Client::new(transport(), TokioClock, SIGNER.clone(), account(), settings)
}

fn request(url: &str) -> SignedRequest {
    client(url, |_| {}).signed_request("v1/payout/status", sample_query().body().to_owned()).unwrap()
}

fn run<F: Future>(future: F) -> F::Output {
    tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build().unwrap().block_on(future)
}

fn send(server: &HttpServer) -> Result<Response, TransportError> {
    run(transport().send(&request(&server.url)))
}

#[test]
fn futures_are_send() {
    fn assert_send<T: Send>(_: T) {}
    let client = client("http://127.0.0.1", |_| {});
    let query = sample_query();
    assert_send(client.payout_status(&query));
    assert_send(client.payout_statuses(std::slice::from_ref(&query)));
    assert_send(client.request("v1/account/balance", "[]".to_owned()));
    assert_send(&client);
}

/// Only builds it, since a request may go through the proxy of the machine.
#[test]
fn builds_with_the_defaults_of_reqwest() {
    drop(builder());
    assert!(ReqwestTransport::new().is_ok());
}

#[test]
fn sends_method_headers_and_body_as_signed() {
    let server = HttpServer::start([Connection::respond("200 OK", "", PAYOUT)]);
    let request = request(&server.url);
    let response = run(transport().send(&request)).unwrap();
    assert_eq!(
        response,
        Response { status: 200, retry_after: None, body: PAYOUT.as_bytes().to_vec(), truncated: false }
    );
    let [received] = server.requests().try_into().unwrap();
    assert!(received.starts_with("post /v1/payout/status http/1.1\r\n"), "{received}");
    assert!(received.ends_with(&format!("\r\n\r\n{}", request.body)), "{received}");
    for (name, value) in &request.headers {
        let header = format!("\r\n{name}: {value}\r\n").to_ascii_lowercase();
        assert_eq!(received.matches(&header).count(), 1, "{header}");
    }
}

#[test]
fn returns_status_and_retry_after() {
    let server = HttpServer::start([Connection::respond("503 Service Unavailable", "Retry-After: 7\r\n", "busy")]);
    let response = send(&server).unwrap();
    assert_eq!((response.status, response.retry_after.as_deref()), (503, Some("7")));
    assert_eq!(response.body, b"busy");
}

#[test]
fn does_not_follow_redirections() {
    let other = HttpServer::start([Connection::respond("200 OK", "", PAYOUT)]);
    for status in ["301 Moved Permanently", "302 Found", "307 Temporary Redirect", "308 Permanent Redirect"] {
        let location = format!("Location: {}/v1/payout/status\r\n", other.url);
        let server = HttpServer::start([Connection::respond(status, &location, "")]);
        let response = send(&server).unwrap();
        assert_eq!(response.status.to_string(), status[..3]);
    }
    assert!(other.requests().is_empty());
}

#[test]
fn reads_at_most_64_kib() {
    for (length, truncated) in [(MAX_BODY, false), (MAX_BODY + 1, true), (10 * MAX_BODY, true)] {
        let server = HttpServer::start([Connection::respond("200 OK", "", &" ".repeat(length))]);
        let response = send(&server).unwrap();
        assert_eq!((response.truncated, response.body.len() <= MAX_BODY), (truncated, true), "{length}");
        assert!(truncated || response.body.len() == length);
    }
    let response = send(&HttpServer::start([Connection::Endless])).unwrap();
    assert!(response.truncated && response.body.len() <= MAX_BODY);
}

#[test]
fn reports_an_incomplete_response() {
    for response in [
        "",
        "HTTP/1.1 200 OK\r\nContent-Le",
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2a\r\n{\"id\":\"100000536\",\"payment_status\":\"paid\"}\r\n",
        "garbage\r\n\r\n",
    ] {
        let server =
            HttpServer::start([Connection::Respond(response.into()), Connection::respond("200 OK", "", PAYOUT)]);
        assert!(send(&server).is_err(), "{response:?}");
        assert_eq!(server.requests().len(), 1, "the transport sends a request once");
    }
}

#[test]
fn reports_the_code_of_an_io_error() {
    let server = HttpServer::start([Connection::Reset]);
    assert_eq!(send(&server), Err(TransportError { code: Some("ConnectionReset".to_owned()) }));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let refused = run(transport().send(&request(&format!("http://{closed}"))));
    assert_eq!(refused, Err(TransportError { code: Some("ConnectionRefused".to_owned()) }));
}

#[test]
fn answers_after_retries() {
    let server = HttpServer::start([
        Connection::Reset,
        Connection::respond("503 Service Unavailable", "Retry-After: 1\r\n", ""),
        Connection::respond("200 OK", "", PAYOUT),
    ]);
    let begin = Instant::now();
    let payout = run(client(&server.url, |_| {}).payout_status(&sample_query())).unwrap();
    assert!(payout.is_final());
    assert_eq!(server.requests().len(), 3);
    assert!(begin.elapsed() >= Duration::from_secs(1), "{:?}", begin.elapsed());
}

#[test]
fn times_out_a_server_that_hangs_or_drips() {
    for connection in [Connection::Hang, Connection::Drip] {
        let server = HttpServer::start([connection]);
        let begin = Instant::now();
        let client = client(&server.url, |settings| settings.timeout = Duration::from_millis(300));
        let error = run(client.payout_status(&sample_query())).unwrap_err();
        assert!(matches!(error.request_error().kind(), RequestErrorKind::Timeout { .. }), "{error}");
        assert!(begin.elapsed() < Duration::from_secs(20), "{:?}", begin.elapsed());
    }
}

#[test]
fn checks_certificates() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", listener.local_addr().unwrap());
    let (untrusting, authority) = (transport(), reqwest::Certificate::from_pem(AUTHORITY.as_bytes()).unwrap());
    let trusting = ReqwestTransport::with_builder(builder().tls_certs_merge([authority])).unwrap();
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(CERTIFICATE_KEY.as_bytes()).unwrap();
    let config =
        rustls::ServerConfig::builder().with_no_client_auth().with_single_cert(vec![certificate], key).unwrap();
    let config = Arc::new(config);
    let server = thread::spawn(move || {
        // How many bytes of a request arrive on each of two connections.
        [(); 2].map(|()| {
            let (stream, _) = listener.accept().unwrap();
            let mut tls = rustls::StreamOwned::new(rustls::ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let length = tls.read(&mut [0; 4096]).unwrap_or_default();
            let _ = write!(tls, "HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{PAYOUT}", PAYOUT.len());
            length
        })
    });
    assert!(run(untrusting.send(&request(&url))).is_err());
    assert_eq!(run(trusting.send(&request(&url))).unwrap().body, PAYOUT.as_bytes());
    let [to_untrusted, to_trusted] = server.join().unwrap();
    assert!(to_untrusted == 0 && to_trusted > 0, "{to_untrusted}, {to_trusted}");
}

#[test]
fn reads_the_time_and_sleeps() {
    let before = SystemTime::now();
    let now = TokioClock.now();
    assert!(before <= now && now <= SystemTime::now());
    let begin = Instant::now();
    run(TokioClock.sleep(Duration::from_millis(20)));
    assert!(begin.elapsed() >= Duration::from_millis(20));
}
