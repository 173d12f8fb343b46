//! The edges: what knows its runtime (secrets, `fetch`, timers) and nothing of RSA.

mod fetch;
#[cfg(feature = "js")]
mod js;
mod promise;
mod stream;
mod timer;
#[cfg(feature = "worker")]
mod worker;

/// A quarter of the code of the standard library's allocator, all of which a fresh isolate compiles before it opens its key.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: talc::wasm::WasmDynamicTalc = talc::wasm::new_wasm_dynamic_allocator();
