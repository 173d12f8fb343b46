/**
 * The WebAssembly module for Cloudflare Workers. They import it compiled; compiling from bytes is forbidden there. All of them
 * have relaxed SIMD.
 *
 * @internal
 */
import { Client, initSync, verifyNotification } from "./relaxed-simd/alikassa_edge.js";
import module from "./relaxed-simd/alikassa_edge_bg.wasm";

initSync({ module });

export { Client, verifyNotification };
