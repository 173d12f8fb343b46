/**
 * The WebAssembly modules for Deno, Bun and bundles for Node. They are inlined in the JavaScript: reading a file takes a
 * permission in Deno, and a bundle is separated from its files.
 *
 * @internal
 */

import { fromBase64 } from "./base64.js";
import * as baseline from "./baseline/alikassa_edge.js";
import baselineModule from "./baseline/base64.js";
import * as relaxedSimd from "./relaxed-simd/alikassa_edge.js";
import relaxedSimdModule from "./relaxed-simd/base64.js";
import { hasRelaxedSimd } from "./relaxed-simd.js";

const [glue, module] = hasRelaxedSimd() ? [relaxedSimd, relaxedSimdModule] : [baseline, baselineModule];

glue.initSync({ module: fromBase64(module) });

/** The class of `js/bindings/src/lib.rs`, ready for use. */
export const Client: typeof relaxedSimd.Client = glue.Client;
export type Client = relaxedSimd.Client;

/** The function of `js/bindings/src/notification.rs`. */
export const verifyNotification: typeof relaxedSimd.verifyNotification = glue.verifyNotification;
