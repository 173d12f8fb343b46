//! The Cloudflare Worker.
//!
//! It reads the status of payouts, for callers with a token and for AliKassa's own notifications, follows payouts to their end, and tells
//! the merchant. It never moves money.

#![forbid(unsafe_code)]

mod app;
mod http;
mod instant;
mod ledger;
mod notification;
mod operation;
mod payouts;
mod routes;
pub mod rpc;
mod runtime;
mod upstream;

use wasm_bindgen::JsValue;
use worker::{Context, Env, Error, event};

use self::app::App;
use self::http::access_log::AccessLogEntry;
use self::http::problem::Problem;
use self::http::reply::Reply;
use self::http::request::{Method, Request};
use self::http::route::Route;
use self::instant::Instant;
use self::operation::{Input, Operation};
use self::routes::{health, webhook};
use self::runtime::ENV;

/// Opens the key while the isolate starts, before a request waits for it.
///
/// An error in the configuration does not stop the start: the requests answer with it.
#[event(start)]
fn start() {
    ENV.with(|env| drop(App::get(env)));
}

/// Answers a request and logs it.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _: Context) -> Result<web_sys::Response, Error> {
    let started = Instant::now();
    let request = Request::new(request);
    let answer = match &request {
        Ok(request) => respond(&App::get(&env), request).await,
        Err(_) => Err(Problem::not_found(&Route::paths())),
    };
    let request = request.as_ref().ok();
    let reply = answer.unwrap_or_else(Reply::from);
    finish(request, &reply, started).or_else(|error| {
        // The runtime does not take the answer.
        let problem = Problem::from(error);
        let is_about_payout = reply.metrics().upstream.is_some() || reply.metrics().cache.is_some();
        let problem = if is_about_payout { problem.about_payout() } else { problem };
        Ok(finish(request, &problem.into(), started)?)
    })
}

async fn respond(app: &App, request: &Request) -> Result<Reply, Problem> {
    let Some(route) = request.route() else {
        return Err(Problem::not_found(&Route::paths()));
    };
    match (route, request.method()) {
        (Route::Webhook, Method::Get | Method::Post) => return webhook::respond(app, request).await,
        (Route::Health, Method::Get) => return health::respond(app, request).await,
        (Route::Status, Method::Get | Method::Post)
        | (Route::Batch | Route::Follow | Route::Redeliver | Route::RedeliverRange, Method::Post)
        | (Route::History | Route::Payouts | Route::Events, Method::Get) => {}
        _ => return Err(Problem::method_not_allowed(route.allow())),
    }
    let client = app.authorized_client(request).await?;
    let input = Input::read(request).await?;
    let operation = Operation { app, client, input, is_bypassed: request.has_no_cache(), ray: request.ray() };
    routes::perform(route, &operation).await
}

fn finish(request: Option<&Request>, reply: &Reply, started: Instant) -> Result<web_sys::Response, JsValue> {
    let entry = AccessLogEntry {
        route: request.map_or("none", Request::route_name),
        method: request.map_or("OTHER", Request::method_name),
        ray: request.and_then(Request::ray),
        reply,
        total: started.elapsed(),
    };
    let response = reply.to_response(&entry.server_timing())?;
    entry.write();
    Ok(response)
}
