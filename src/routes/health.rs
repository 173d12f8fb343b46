//! `GET /healthz`: whether the configuration is sound, and for a caller with a token, what it is and what the ledger says.

use serde::Serialize;
use serde_json::value::RawValue;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::http::request::Request;

/// What a caller without a token learns.
#[derive(Serialize)]
struct Status {
    status: &'static str,
}

/// What a caller with a token learns.
#[derive(Serialize)]
struct Health<'a> {
    status: &'static str,
    account: &'a str,
    accounts: Vec<&'a str>,
    host: &'a str,
    digest: &'a str,
    key_bits: u32,
    key_fingerprint: &'a str,
    notification_key_fingerprint: Option<&'a str>,
    forward_host: Option<&'a str>,
    /// `None` without the binding.
    ledger: Option<Box<RawValue>>,
}

pub(crate) async fn respond(app: &App, request: &Request) -> Result<Reply, Problem> {
    let tokens = app.tokens()?;
    let config = app.config()?;
    let notification_key = app.notification_key()?;
    let forwarding = app.forwarding()?;
    app.ledger_policy()?;
    if tokens.authorize(request).is_err() {
        return Ok(Reply::json(&Status { status: "ok" })?);
    }
    let client = config.client(request.header("Account").as_deref())?;
    let ledger = match config.ledger(client) {
        Some(ledger) => Some(RawValue::from_string(ledger.health().await?)?),
        None => None,
    };
    let (signer, key) = (client.signer(), client.signer().key());
    Ok(Reply::json(&Health {
        status: "ok",
        account: client.account().as_str(),
        accounts: config.clients().iter().map(|client| client.account().as_str()).collect(),
        host: client.settings().base_url.host(),
        digest: signer.digest().as_str(),
        key_bits: key.bits(),
        key_fingerprint: key.fingerprint(),
        notification_key_fingerprint: notification_key.map(|key| key.fingerprint()),
        forward_host: forwarding.map(|forwarding| forwarding.host()),
        ledger,
    })?)
}
