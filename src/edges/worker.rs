//! The Cloudflare Worker.
//!
//! It reads a payout's status, for who asks with a token and for AliKassa's own notifications, and does nothing else: it can't move money.

mod authorization;
mod batch;
mod binding;
mod cache;
mod clock;
mod configuration;
mod file;
mod health;
mod log;
mod openapi;
mod page;
mod payouts;
mod problem;
mod rate_limit;
mod reply;
mod report;
mod request;
mod route;
mod status;
mod subrequests;
mod upstream;
mod webhook;

use wasm_bindgen::JsValue;
use wasm_bindgen::prelude::wasm_bindgen;
use worker::worker_sys::Context as JsContext;
use worker::{Context, Env, Error, event};

use self::clock::Moment;
use self::configuration::configuration;
use self::log::Line;
use self::problem::Problem;
use self::reply::Reply;
use self::request::{Method, Request};
use self::route::Route;
use self::webhook::MessageBatch;

#[wasm_bindgen(module = "cloudflare:workers")]
extern "C" {
    /// The same environment that comes with every request.
    #[wasm_bindgen(thread_local_v2, js_name = env)]
    static ENV: Env;
}

/// Opens the key while the isolate starts, where no request waits for it yet and Cloudflare counts the time on its own.
///
/// What is wrong with the configuration is kept for who asks: a Worker that did not start could not say it.
#[event(start)]
fn start() {
    ENV.with(|env| drop(configuration(env)));
}

/// Answers a request, and writes its line into the log: every failure is an answer too.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, context: Context) -> Result<web_sys::Response, Error> {
    let began = Moment::now();
    let request = Request::new(request);
    let answered = match &request {
        Ok(request) => answer(request, &env, &context).await,
        Err(problem) => Err(problem.clone()),
    };
    let request = request.as_ref().ok();
    let reply = answered.unwrap_or_else(Reply::from);
    match finish(request, &reply, began) {
        Ok(response) => Ok(response),
        // An answer that the runtime does not take.
        Err(error) => Ok(finish(request, &Problem::from(error).into(), began)?),
    }
}

/// Works on what comes out of the queue of notifications.
#[wasm_bindgen]
#[expect(unreachable_pub, reason = "what is not public is not exported to JavaScript")]
pub async fn queue(batch: MessageBatch, env: Env, context: JsContext) -> Result<(), JsValue> {
    webhook::consume(&batch, &env, &Context::new(context)).await
}

/// Makes the answer of a reply and, where that went well, writes the line.
fn finish(request: Option<&Request>, reply: &Reply, began: Moment) -> Result<web_sys::Response, JsValue> {
    let line = Line { request, reply, total: began.elapsed() };
    let response = reply.to_response(&line.server_timing())?;
    line.write();
    Ok(response)
}

async fn answer(request: &Request, env: &Env, context: &Context) -> Result<Reply, Problem> {
    match (request.route(), request.method()) {
        (Some(Route::Status), Method::Get | Method::Post) => status::answer(request, env, context).await,
        (Some(Route::Status), Method::Other) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (Some(Route::Batch), Method::Post) => batch::answer(request, env, context).await,
        (Some(Route::Batch), Method::Get | Method::Other) => Err(Problem::method_not_allowed("POST")),
        (Some(Route::Webhook), Method::Get | Method::Post) => webhook::answer(request, env, context).await,
        (Some(Route::Webhook), Method::Other) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        (Some(Route::Health), Method::Get) => health::answer(request, env),
        (Some(Route::Health), Method::Post | Method::Other) => Err(Problem::method_not_allowed("GET, HEAD")),
        (Some(Route::OpenApi), Method::Get) => Ok(openapi::answer(request)),
        (Some(Route::Page(file)), Method::Get) => Ok(file.answer(request)),
        (Some(Route::OpenApi | Route::Page(_)), Method::Post | Method::Other) => {
            Err(Problem::method_not_allowed("GET, HEAD"))
        }
        (None, _) => Err(Problem::not_found()),
    }
}
