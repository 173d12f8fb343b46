//! The edges: what knows its runtime (secrets, `fetch`, timers) and nothing of RSA.

mod fetch;
#[cfg(feature = "js")]
mod js;
mod promise;
mod stream;
mod timer;
#[cfg(feature = "worker")]
mod worker;
