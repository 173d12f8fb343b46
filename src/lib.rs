//! The Cloudflare Worker.
//!
//! It reads the status of payouts, for callers with a token and for AliKassa's own notifications. It never moves money.

#![forbid(unsafe_code)]

mod app;
mod cache;
mod http;
mod instant;
mod notification;
mod payouts;
mod routes;
mod subrequests;
mod upstream;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::Context as JsContext;
use worker::{Context, Env, Error, event};

use self::app::App;
use self::http::access_log::AccessLogEntry;
use self::http::problem::Problem;
use self::http::reply::Reply;
use self::http::request::{Method, Request};
use self::http::route::Route;
use self::instant::Instant;
use self::notification::consumer::{MessageBatch, consume};
use self::routes::{batch, health, status, webhook};

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// The environment that comes with every request too.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    static ENV: Env;
}

/// Opens the key while the isolate starts, before a request waits for it.
///
/// An error in the configuration does not stop the start: the requests answer with it.
#[event(start)]
fn start() {
    ENV.with(|env| drop(App::get(env)));
}

/// Answers a request and logs it.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response, Error> {
    let started = Instant::now();
    let request = Request::new(request);
    let answer = match &request {
        Ok(request) => respond(&App::get(&env), request, &context).await,
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

/// Handles messages of the queue of notifications.
#[wasm_bindgen]
pub async fn queue(batch: MessageBatch, env: Env, context: JsContext) -> Result<(), JsValue> {
    consume(&batch, &App::get(&env), &Context::new(context)).await
}

async fn respond(app: &App, request: &Request, context: &Context) -> Result<Reply, Problem> {
    let Some(route) = request.route() else {
        return Err(Problem::not_found(&Route::paths()));
    };
    match (route, request.method()) {
        (Route::Status, Method::Get | Method::Post) => status::respond(app, request, context).await,
        (Route::Batch, Method::Post) => batch::respond(app, request, context).await,
        (Route::Webhook, Method::Get | Method::Post) => webhook::respond(app, request, context).await,
        (Route::Health, Method::Get) => health::respond(app, request),
        _ => Err(Problem::method_not_allowed(route.allow())),
    }
}

fn finish(request: Option<&Request>, reply: &Reply, started: Instant) -> Result<web_sys::Response, JsValue> {
    let entry = AccessLogEntry { request, reply, total: started.elapsed() };
    let response = reply.to_response(&entry.server_timing())?;
    entry.write();
    Ok(response)
}
