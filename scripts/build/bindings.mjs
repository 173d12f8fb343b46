/**
 * Builds the npm package's WebAssembly with its glue into `dist/wasm/`: one module for engines with relaxed SIMD, one for all
 * others. js/src/wasm chooses between them.
 */
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { BINDINGS, GLUE, ROOT } from "../paths.mjs";
import { mustRun, runMain } from "../process.mjs";
import { toolPath } from "../setup/tools.mjs";
import { cargoBuild, shrink, wasmEnvironment } from "./wasm.mjs";

const VARIANTS = { "relaxed-simd": true, baseline: false };
const TYPES = `/** The wasm module beside this file, as base64. */
declare const base64: string;
export default base64;
`;

async function buildVariant(name, relaxedSimd) {
  const folder = join(ROOT, "dist", "wasm", name);
  const wasm = await cargoBuild(BINDINGS, wasmEnvironment(`js-${name}`, { relaxedSimd }));
  await mkdir(folder, { recursive: true });
  // The runtime's own module of js/src/wasm says where the wasm is. A default path would make bundlers look for a file.
  const options = ["--target", "web", "--omit-default-module-path", "--out-name", GLUE, "--out-dir", folder];
  await mustRun(toolPath("wasm-bindgen"), [wasm, ...options]);
  const module = join(folder, `${GLUE}_bg.wasm`);
  // Types of the module's own exports, which only the glue uses.
  await rm(`${module}.d.ts`);
  await shrink(module, { relaxedSimd });
  // For runtimes that can't be relied on to find a file beside a module.
  await writeFile(join(folder, "base64.js"), `export default "${await readFile(module, "base64")}";\n`);
  await writeFile(join(folder, "base64.d.ts"), TYPES);
}

await runMain(async () => {
  for (const [name, relaxedSimd] of Object.entries(VARIANTS)) await buildVariant(name, relaxedSimd);
});
