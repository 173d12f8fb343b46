//! A transport on `fetch`, and a clock on the timers of JavaScript runtimes: feature `web`, on `wasm32-unknown-unknown`.

mod body;
mod fetch;
mod promise;
mod timer;

pub use self::body::{Body, read_body};
pub use self::fetch::{Fetch, Receipt};
pub use self::promise::{await_promise, detach};
pub use self::timer::WebClock;
