/**
 * The WebAssembly module in Cloudflare Workers, which compile it before they start: from bytes they must not. All of them
 * know relaxed SIMD.
 *
 * @internal
 */
import { Client, initSync, verifyNotification } from "./relaxed-simd/alikassa_edge.js";
import module from "./relaxed-simd/alikassa_edge_bg.wasm";

initSync({ module });

export { Client, verifyNotification };
