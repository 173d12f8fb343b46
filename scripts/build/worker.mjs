/** The Worker: `build/index.js` and `build/index_bg.wasm`. */
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { NPM_PROGRAMS } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, WASM_OPT, wasmEnvironment } from "./cargo.mjs";
import { buildIfChanged } from "./fingerprint.mjs";

/**
 * Builds the Worker if anything has changed.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @param {(detail: string) => void} report
 */
export function buildWorker(tools, report) {
  return buildIfChanged({
    name: "worker",
    inputs: [...RUST_INPUTS, ...SCRIPT_INPUTS],
    outputs: ["build"],
    build: async () => {
      const outcome = await run(tools.workerBuild, ["--release", "--features", "worker", ...LOCKED], {
        // Without these three, worker-build downloads programs of its own choice.
        env: {
          ...wasmEnvironment("worker"),
          ESBUILD_BIN: join(NPM_PROGRAMS, "esbuild"),
          WASM_BINDGEN_BIN: tools.wasmBindgen,
          WASM_OPT_BIN: WASM_OPT,
        },
        onLine: report,
      });
      if (!outcome.ok) throw new Failure("The Worker could not be built.", { output: outcome.output });
    },
  });
}
