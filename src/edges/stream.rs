//! Reading a body without letting it grow without bound.

use js_sys::{Function, Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::ReadableStreamDefaultReader;

/// What was read of a body.
pub(super) struct Body {
    pub(super) bytes: Vec<u8>,
    /// Whether the body ended within the limit.
    pub(super) is_whole: bool,
}

/// Reads at most `limit` bytes; what is longer is cancelled there.
///
/// # Errors
/// What the stream threw, for a body that broke off.
pub(super) async fn read(stream: &JsValue, limit: usize) -> Result<Body, JsValue> {
    let mut bytes = Vec::new();
    if stream.is_undefined() || stream.is_null() {
        return Ok(Body { bytes, is_whole: true });
    }
    // A stream that is locked throws.
    let get_reader: Function = Reflect::get(stream, &"getReader".into())?.dyn_into()?;
    let reader: ReadableStreamDefaultReader = get_reader.call0(stream)?.unchecked_into();
    loop {
        let read = JsFuture::from(reader.read()).await?;
        if Reflect::get(&read, &"done".into())?.is_truthy() {
            return Ok(Body { bytes, is_whole: true });
        }
        let chunk: Uint8Array = Reflect::get(&read, &"value".into())?.dyn_into()?;
        let start = bytes.len();
        let room = limit - start;
        let length = chunk.length() as usize;
        if length > room {
            // Nobody waits for the end of the cancelling, and nobody minds how it goes.
            let _ = reader.cancel();
            return Ok(Body { bytes, is_whole: false });
        }
        bytes.resize(start + length, 0);
        if let Some(end) = bytes.get_mut(start..) {
            chunk.copy_to(end);
        }
    }
}
