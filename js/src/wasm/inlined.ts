/**
 * The WebAssembly modules in Deno, in Bun, and in bundles for Node. They stand in the JavaScript itself: reading a file takes a
 * permission in Deno, and a bundle leaves its files behind.
 *
 * @internal
 */

import { fromBase64 } from "./base64.js";
import * as baseline from "./baseline/alikassa_edge.js";
import baselineModule from "./baseline/base64.js";
import * as relaxedSimd from "./relaxed-simd/alikassa_edge.js";
import relaxedSimdModule from "./relaxed-simd/base64.js";
import { knowsRelaxedSimd } from "./relaxed-simd.js";

const [glue, module] = knowsRelaxedSimd() ? [relaxedSimd, relaxedSimdModule] : [baseline, baselineModule];

glue.initSync({ module: fromBase64(module) });

/** The class that wasm-bindgen makes of `src/edges/js.rs`, ready for use. */
export const Client: typeof relaxedSimd.Client = glue.Client;
export type Client = relaxedSimd.Client;

/** The function that wasm-bindgen makes of `src/edges/js/notification.rs`. */
export const verifyNotification: typeof relaxedSimd.verifyNotification = glue.verifyNotification;
