//! `GET /healthz`: whether the configuration is sound, and for who has a token what it is.

use serde_json::json;
use worker::Env;

use super::configuration::{configuration, tokens};
use super::problem::Problem;
use super::reply::Reply;
use super::request::Request;
use super::webhook;

pub(super) fn answer(request: &Request, env: &Env) -> Result<Reply, Problem> {
    let tokens = tokens(env)?;
    let configuration = configuration(env)?;
    let webhook = webhook::Health::new(env)?;
    if tokens.authorize(request).is_err() {
        return Reply::json(&json!({ "status": "ok" }));
    }
    let key = configuration.signer.key();
    let accounts: Vec<_> = configuration.accounts.iter().map(|account| account.as_str()).collect();
    Reply::json(&json!({
        "status": "ok",
        "account": accounts.first(),
        "accounts": accounts,
        "host": configuration.settings.base_url.host(),
        "digest": configuration.signer.digest().as_str(),
        "key_bits": key.bits(),
        "key_fingerprint": key.fingerprint(),
        "notification_key_fingerprint": webhook.notification_key.as_ref().map(|key| key.fingerprint()),
        "forward_host": webhook.forwarding.as_ref().map(|forwarding| forwarding.host()),
        "forward_through": webhook.forwards_through(),
    }))
}
