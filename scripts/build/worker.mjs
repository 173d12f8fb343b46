/** Builds the Worker: `build/index.js` and `build/index_bg.wasm`. */
import { join } from "node:path";
import { NPM_PROGRAMS, ROOT } from "../paths.mjs";
import { mustRun, runMain } from "../process.mjs";
import { toolPath } from "../setup/tools.mjs";
import { shrink, WASM_OPT, wasmEnvironment } from "./wasm.mjs";

await runMain(async () => {
  await mustRun(toolPath("worker-build"), ["--release"], {
    env: {
      ...wasmEnvironment("worker", { relaxedSimd: true }),
      // Without these three, worker-build downloads the programs.
      ESBUILD_BIN: join(NPM_PROGRAMS, "esbuild"),
      WASM_BINDGEN_BIN: toolPath("wasm-bindgen"),
      WASM_OPT_BIN: WASM_OPT,
      // A request runs to its end although its caller has disconnected
      // (https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil).
      RUN_TO_COMPLETION: "1",
    },
  });
  // worker-build keeps the names of functions, a fifth of the module.
  await shrink(join(ROOT, "build", "index_bg.wasm"), { relaxedSimd: true });
});
