/**
 * The WebAssembly module where nobody knows whether there is a file beside this one, or a relaxed SIMD: browsers, bundles for
 * them, and runtimes that are not named. It stands in the JavaScript itself, which every bundler takes along as it is, and
 * it is there without waiting, so that it needs no `await` at the top of anybody's module.
 *
 * One module alone, since a page has to load it: that of the engines without relaxed SIMD. It verifies as fast as the other
 * one, and signs slower.
 *
 * @internal
 */

import { fromBase64 } from "./base64.js";
import * as glue from "./baseline/alikassa_edge.js";
import module from "./baseline/base64.js";

glue.initSync({ module: fromBase64(module) });

/** The class that wasm-bindgen makes of `src/edges/js.rs`, ready for use. */
export const Client: typeof glue.Client = glue.Client;
export type Client = glue.Client;

/** The function that wasm-bindgen makes of `src/edges/js/notification.rs`. */
export const verifyNotification: typeof glue.verifyNotification = glue.verifyNotification;
