/** The Worker: `build/index.js` and `build/index_bg.wasm`. */
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { NPM_PROGRAMS, ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, wasmEnvironment } from "./cargo.mjs";
import { buildIfChanged } from "./fingerprint.mjs";
import { shrink, WASM_OPT } from "./wasm-opt.mjs";

/** The build that is under way: the package, which holds the Worker, waits for the same one. */
let building;

/**
 * Builds the Worker if anything has changed.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @param {(detail: string) => void} report
 */
export function buildWorker(tools, report) {
  building ??= buildAlone(tools, report).finally(() => {
    building = undefined;
  });
  return building;
}

function buildAlone(tools, report) {
  return buildIfChanged({
    name: "worker",
    inputs: [...RUST_INPUTS, ...SCRIPT_INPUTS],
    outputs: ["build"],
    build: async () => {
      const built = await run(tools.workerBuild, ["--release", "--features", "worker", ...LOCKED], {
        // Without these three, worker-build downloads programs of its own choice.
        env: {
          ...wasmEnvironment("worker", { relaxedSimd: true }),
          ESBUILD_BIN: join(NPM_PROGRAMS, "esbuild"),
          WASM_BINDGEN_BIN: tools.wasmBindgen,
          WASM_OPT_BIN: WASM_OPT,
          // A caller who goes away must end nothing in the middle: the runtime keeps a request for as long as its answer is made, up
          // to 30 seconds more (https://developers.cloudflare.com/workers/runtime-apis/context/#waituntil).
          RUN_TO_COMPLETION: "1",
        },
        onLine: report,
      });
      // worker-build keeps the names of functions, a fifth of the module.
      const outcome = built.ok ? await shrink(join(ROOT, "build", "index_bg.wasm"), { relaxedSimd: true }) : built;
      if (!outcome.ok) throw new Failure("The Worker could not be built.", { output: outcome.output });
    },
  });
}
