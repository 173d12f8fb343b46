/**
 * The class that wasm-bindgen makes of `src/edges/js.rs`, ready for use.
 *
 * @internal
 */
import { wasm } from "#wasm";
import { Client, initSync } from "./alikassa_edge.js";

initSync({ module: wasm });

export { Client };
