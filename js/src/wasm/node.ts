/**
 * The WebAssembly module where there is a file system: Node, Deno and Bun.
 *
 * @internal
 */
import { readFileSync } from "node:fs";

/** The compiled module. */
export const wasm: WebAssembly.Module = new WebAssembly.Module(
  readFileSync(new URL("./alikassa_edge_bg.wasm", import.meta.url)),
);
