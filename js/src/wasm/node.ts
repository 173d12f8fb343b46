/**
 * The WebAssembly module in Node, as it stands in its file.
 *
 * @internal
 */
import { readFileSync } from "node:fs";
import * as baseline from "./baseline/alikassa_edge.js";
import * as relaxedSimd from "./relaxed-simd/alikassa_edge.js";
import { knowsRelaxedSimd } from "./relaxed-simd.js";

const [glue, file] = knowsRelaxedSimd()
  ? [relaxedSimd, new URL("./relaxed-simd/alikassa_edge_bg.wasm", import.meta.url)]
  : [baseline, new URL("./baseline/alikassa_edge_bg.wasm", import.meta.url)];

glue.initSync({ module: new WebAssembly.Module(readFileSync(file)) });

/** The class that wasm-bindgen makes of `src/edges/js.rs`, ready for use. */
export const Client: typeof relaxedSimd.Client = glue.Client;
export type Client = relaxedSimd.Client;

/** The function that wasm-bindgen makes of `src/edges/js/notification.rs`. */
export const verifyNotification: typeof relaxedSimd.verifyNotification = glue.verifyNotification;
