/**
 * A module of the crates alone: `pkcs8` opens the key and `rsa` signs, with 64-bit words and optimized for speed, as they
 * come. (`dist/wasm/baseline` has the `rsa` crate with 32-bit words, which suit wasm better, behind the package's own opening.)
 */
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { LOCKED, plainWasmEnvironment } from "../build/cargo.mjs";
import { buildIfChanged } from "../build/fingerprint.mjs";
import { WASM_OPT } from "../build/wasm-opt.mjs";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";

const PACKAGE = "alikassa-edge-bench";
const NAME = "bench-crates";
const TARGET = "wasm32-unknown-unknown";

// Where everything that can be made again lives.
export const CRATES_FOLDER = join(ROOT, "node_modules", ".cache", "alikassa-edge", NAME);

/**
 * Builds it if anything has changed.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @param {(detail: string) => void} report
 */
export function buildCrates(tools, report) {
  const folder = relative(ROOT, CRATES_FOLDER);
  const glue = ["alikassa_edge.js", "alikassa_edge_bg.wasm"].map((file) => join(folder, file));
  return buildIfChanged({
    name: NAME,
    inputs: ["scripts/bench/crates", "scripts/bench/crates.mjs", "scripts/build", "Cargo.toml", "Cargo.lock"],
    outputs: glue,
    build: async () => {
      const env = { ...plainWasmEnvironment(NAME), CARGO_PROFILE_RELEASE_OPT_LEVEL: "3" };
      const args = ["build", "--package", PACKAGE, "--release", "--target", TARGET, ...LOCKED];
      await check(run("cargo", args, { env, onLine: report }));
      await mkdir(CRATES_FOLDER, { recursive: true });
      const wasm = join(env.CARGO_TARGET_DIR, TARGET, "release", "alikassa_edge_bench.wasm");
      const named = ["--out-name", "alikassa_edge", "--out-dir", CRATES_FOLDER];
      await check(run(tools.wasmBindgen, [wasm, "--target", "web", "--omit-default-module-path", ...named]));
      const bound = join(CRATES_FOLDER, "alikassa_edge_bg.wasm");
      await check(run(WASM_OPT, [bound, "-O3", "--strip-debug", "--detect-features", "--output", bound]));
    },
  });
}

async function check(running) {
  const outcome = await running;
  if (!outcome.ok) throw new Failure("The module of the crates alone could not be built.", { output: outcome.output });
}
