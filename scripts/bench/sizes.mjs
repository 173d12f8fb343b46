/** How large the modules are, and the JavaScript around them. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { ROOT } from "../paths.mjs";

const FILES = [
  "build/index_bg.wasm",
  "build/index.js",
  "dist/wasm/relaxed-simd/alikassa_edge_bg.wasm",
  "dist/wasm/relaxed-simd/alikassa_edge.js",
  "dist/wasm/baseline/alikassa_edge_bg.wasm",
  "dist/wasm/baseline/alikassa_edge.js",
];

/** @returns {Promise<Record<string, { raw: number, gzip: number }>>} Bytes, by file. */
export async function measureSizes() {
  const sizes = {};
  for (const file of FILES) {
    const content = await readFile(join(ROOT, file));
    sizes[file] = { raw: content.length, gzip: gzipSync(content, { level: 9 }).length };
  }
  return sizes;
}
