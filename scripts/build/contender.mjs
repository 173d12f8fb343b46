/**
 * Builds the module that the benchmark compares with: `pkcs8` opens the key and `rsa` signs, with 64-bit words and optimized for
 * speed, as they come.
 */
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { CONTENDER_FOLDER } from "../paths.mjs";
import { mustRun, runMain } from "../process.mjs";
import { toolPath } from "../setup/tools.mjs";
import { cargoBuild, WASM_OPT, wasmEnvironment } from "./wasm.mjs";

await runMain(async () => {
  const env = { ...wasmEnvironment("contender", { plain: true }), CARGO_PROFILE_RELEASE_OPT_LEVEL: "3" };
  const wasm = await cargoBuild({ name: "alikassa-edge-bench", wasm: "alikassa_edge_bench.wasm" }, env);
  await mkdir(CONTENDER_FOLDER, { recursive: true });
  const options = ["--target", "web", "--omit-default-module-path", "--out-name", "contender"];
  await mustRun(toolPath("wasm-bindgen"), [wasm, ...options, "--out-dir", CONTENDER_FOLDER]);
  const module = join(CONTENDER_FOLDER, "contender_bg.wasm");
  await mustRun(WASM_OPT, [module, "-O3", "--strip-debug", "--detect-features", "--output", module]);
});
