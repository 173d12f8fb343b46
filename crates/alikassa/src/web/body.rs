//! Reads the body of a request or a response up to a limit.

use js_sys::Uint8Array;
use wasm_bindgen::prelude::wasm_bindgen;
use wasm_bindgen::{JsCast, JsValue};

use super::promise::{await_promise, detach};

// The objects may come from a caller's code, so each access and each call may throw. An exception that is not caught aborts the
// module.
#[wasm_bindgen]
extern "C" {
    type Stream;

    // Throws if the stream is locked.
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

/// The bytes of a body up to a limit.
#[derive(Debug)]
pub struct Body {
    /// The bytes, at most as many as the limit.
    pub bytes: Vec<u8>,
    /// Whether the body was longer than the limit.
    pub truncated: bool,
}

/// Reads at most `limit` bytes of a `ReadableStream`, and cancels the rest. `undefined` and `null` are an empty body.
///
/// # Errors
/// The error of the stream, if the body is incomplete.
pub async fn read_body(stream: &JsValue, limit: usize) -> Result<Body, JsValue> {
    let mut bytes = Vec::new();
    if stream.is_undefined() || stream.is_null() {
        return Ok(Body { bytes, truncated: false });
    }
    let reader = stream.unchecked_ref::<Stream>().reader()?;
    // Bounded, since a stream that yields empty chunks for ever would let no timer fire.
    for _ in 0..=limit {
        let piece: Piece = await_promise(reader.read()).await?.unchecked_into();
        if piece.done()?.is_truthy() {
            return Ok(Body { bytes, truncated: false });
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
    detach(reader.cancel());
    Ok(Body { bytes, truncated: true })
}
