//! Reading a body without letting it grow without bound.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::promise;

// All of them may be of a caller's making, and so each look and each call may throw: what throws past Rust ends the module.
#[wasm_bindgen]
extern "C" {
    type Stream;

    // A stream that is locked throws.
    #[wasm_bindgen(method, catch, js_name = getReader)]
    fn reader(this: &Stream) -> Result<Reader, JsValue>;

    type Reader;

    #[wasm_bindgen(method, catch)]
    fn read(this: &Reader) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, catch)]
    fn cancel(this: &Reader) -> Result<JsValue, JsValue>;

    type Piece;

    #[wasm_bindgen(method, getter, catch)]
    fn done(this: &Piece) -> Result<JsValue, JsValue>;

    #[wasm_bindgen(method, getter, catch)]
    fn value(this: &Piece) -> Result<JsValue, JsValue>;

    type Chunk;

    #[wasm_bindgen(method, getter, catch)]
    fn length(this: &Chunk) -> Result<JsValue, JsValue>;

    // Not `Uint8Array::copy_to`, which a chunk whose buffer was transferred makes throw.
    #[wasm_bindgen(js_namespace = ["Uint8Array", "prototype", "set"], js_name = call, catch)]
    fn copy(to: &mut [u8], chunk: &Chunk) -> Result<(), JsValue>;
}

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
    let reader = stream.unchecked_ref::<Stream>().reader()?;
    // Counted, since a stream that gives no byte at a time, at once and for ever, would leave no timer its turn.
    for _ in 0..=limit {
        let piece: Piece = promise::settled(reader.read()).await?.unchecked_into();
        if piece.done()?.is_truthy() {
            return Ok(Body { bytes, is_whole: true });
        }
        let chunk = piece.value()?;
        if !chunk.is_instance_of::<Uint8Array>() {
            return Err(JsValue::UNDEFINED);
        }
        let chunk: Chunk = chunk.unchecked_into();
        let length = chunk.length()?.as_f64().ok_or(JsValue::UNDEFINED)? as usize;
        let start = bytes.len();
        if length > limit - start {
            break;
        }
        bytes.resize(start + length, 0);
        if let Some(end) = bytes.get_mut(start..) {
            copy(end, &chunk)?;
        }
    }
    promise::unheeded(reader.cancel());
    Ok(Body { bytes, is_whole: false })
}
