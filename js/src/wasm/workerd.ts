/**
 * The WebAssembly module in Cloudflare Workers, which compile it before they start: from bytes they must not.
 *
 * @internal
 */
import module from "./alikassa_edge_bg.wasm";

/** The compiled module. */
export const wasm: WebAssembly.Module = module;
