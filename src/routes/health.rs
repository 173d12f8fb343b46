//! `GET /healthz`: whether the configuration is sound, and for a caller with a token, what it is.

use serde_json::json;

use crate::app::App;
use crate::http::problem::Problem;
use crate::http::reply::Reply;
use crate::http::request::Request;

pub(crate) fn respond(app: &App, request: &Request) -> Result<Reply, Problem> {
    let tokens = app.tokens()?;
    let config = app.config()?;
    let notification_key = app.notification_key()?;
    let forwarding = app.forwarding()?;
    let queue = app.queue()?;
    if tokens.authorize(request).is_err() {
        return Ok(Reply::json(&json!({ "status": "ok" }))?);
    }
    let client = config.client(None)?;
    let (signer, key) = (client.signer(), client.signer().key());
    let accounts: Vec<&str> = config.clients().iter().map(|client| client.account().as_str()).collect();
    Ok(Reply::json(&json!({
        "status": "ok",
        "account": client.account().as_str(),
        "accounts": accounts,
        "host": client.settings().base_url.host(),
        "digest": signer.digest().as_str(),
        "key_bits": key.bits(),
        "key_fingerprint": key.fingerprint(),
        "notification_key_fingerprint": notification_key.map(|key| key.fingerprint()),
        "forward_host": forwarding.map(|forwarding| forwarding.host()),
        "forward_through": forwarding.map(|_| if queue.is_some() { "queue" } else { "request" }),
    }))?)
}
