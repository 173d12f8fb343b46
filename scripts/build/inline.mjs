/** A wasm module as base64 in a JavaScript module, for runtimes that can't be relied on to find a file beside it. */
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";

const TYPES = `/** The wasm module beside this file, as base64. */
declare const base64: string;
export default base64;
`;

/** The files that {@link inline} writes. */
export const INLINED_FILES = ["base64.js", "base64.d.ts"];

/**
 * Writes `base64.js`, which exports the module, and its types.
 *
 * @param {string} folder Where the module is, and where they go.
 * @param {string} wasm Name of the module's file.
 */
export async function inline(folder, wasm) {
  const base64 = await readFile(join(folder, wasm), "base64");
  await writeFile(join(folder, "base64.js"), `export default "${base64}";\n`);
  await writeFile(join(folder, "base64.d.ts"), TYPES);
}
