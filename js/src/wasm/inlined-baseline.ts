/**
 * The WebAssembly module for browsers, their bundles and unknown runtimes, which may have neither files nor relaxed SIMD. It is
 * inlined in the JavaScript: every bundler takes it along, and no top-level `await` is needed.
 *
 * Only the module without relaxed SIMD is included, since a page has to load it. It verifies as fast as the other one and signs
 * more slowly.
 *
 * @internal
 */

import { fromBase64 } from "./base64.js";
import * as glue from "./baseline/alikassa_edge.js";
import module from "./baseline/base64.js";

glue.initSync({ module: fromBase64(module) });

/** The class of `js/bindings/src/lib.rs`, ready for use. */
export const Client: typeof glue.Client = glue.Client;
export type Client = glue.Client;

/** The function of `js/bindings/src/notification.rs`. */
export const verifyNotification: typeof glue.verifyNotification = glue.verifyNotification;
