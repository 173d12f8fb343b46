//! The Cloudflare Worker.
//!
//! It reads a payout's status and does nothing else: it can't move money, and it answers nobody without a token.

mod authorization;
mod batch;
mod configuration;
mod health;
mod problem;
mod request;
mod response;
mod status;

use wasm_bindgen::prelude::wasm_bindgen;
use worker::{Context, Env, Error, event};

use self::configuration::configuration;
use self::problem::Problem;
use self::request::{Method, Request};

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

/// Answers a request: every failure is an answer too.
#[event(fetch)]
async fn fetch(request: web_sys::Request, env: Env, _context: Context) -> Result<web_sys::Response, Error> {
    let answered = match Request::new(request) {
        Ok(request) => route(&request, &env).await,
        Err(problem) => Err(problem),
    };
    Ok(answered.or_else(|problem| problem.into_response())?)
}

async fn route(request: &Request, env: &Env) -> Result<web_sys::Response, Problem> {
    match (request.path(), request.method()) {
        ("/v1/payout/status", Method::Get | Method::Post) => status::answer(request, env).await,
        ("/v1/payout/status", Method::Other) => Err(Problem::method_not_allowed("GET, HEAD, POST")),
        ("/v1/payout/status/batch", Method::Post) => batch::answer(request, env).await,
        ("/v1/payout/status/batch", Method::Get | Method::Other) => Err(Problem::method_not_allowed("POST")),
        ("/healthz", Method::Get) => health::answer(request, env),
        ("/healthz", Method::Post | Method::Other) => Err(Problem::method_not_allowed("GET, HEAD")),
        _ => Err(Problem::not_found()),
    }
}
