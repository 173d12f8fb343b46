/**
 * The WebAssembly module for Node, read from its file.
 *
 * @internal
 */
import { readFileSync } from "node:fs";
import * as baseline from "./baseline/alikassa_edge.js";
import * as relaxedSimd from "./relaxed-simd/alikassa_edge.js";
import { hasRelaxedSimd } from "./relaxed-simd.js";

const [glue, file] = hasRelaxedSimd()
  ? [relaxedSimd, new URL("./relaxed-simd/alikassa_edge_bg.wasm", import.meta.url)]
  : [baseline, new URL("./baseline/alikassa_edge_bg.wasm", import.meta.url)];

glue.initSync({ module: new WebAssembly.Module(readFileSync(file)) });

/** The class of `js/bindings/src/lib.rs`, ready for use. */
export const Client: typeof relaxedSimd.Client = glue.Client;
export type Client = relaxedSimd.Client;

/** The function of `js/bindings/src/notification.rs`. */
export const verifyNotification: typeof relaxedSimd.verifyNotification = glue.verifyNotification;
