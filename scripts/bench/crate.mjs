/**
 * The package's module as it would be with the `rsa` crate as it comes: 64-bit words, optimized for speed. It is only
 * measured. (`dist/wasm/baseline` has the crate with 32-bit words, which suit wasm better.)
 */
import { mkdir } from "node:fs/promises";
import { join, relative } from "node:path";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, wasmEnvironment } from "../build/cargo.mjs";
import { buildIfChanged } from "../build/fingerprint.mjs";
import { WASM_OPT } from "../build/wasm-opt.mjs";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";

const NAME = "bench-crate";
const TARGET = "wasm32-unknown-unknown";

// Where everything that can be made again lives.
export const CRATE_FOLDER = join(ROOT, "node_modules", ".cache", "alikassa-edge", NAME);

/**
 * Builds it if anything has changed.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @param {(detail: string) => void} report
 */
export function buildCrate(tools, report) {
  const folder = relative(ROOT, CRATE_FOLDER);
  const glue = ["alikassa_edge.js", "alikassa_edge_bg.wasm"].map((file) => join(folder, file));
  return buildIfChanged({
    name: NAME,
    inputs: [...RUST_INPUTS, ...SCRIPT_INPUTS, "scripts/bench/crate.mjs"],
    outputs: glue,
    build: async () => {
      const env = { ...wasmEnvironment(NAME, { relaxedSimd: false }), CARGO_PROFILE_RELEASE_OPT_LEVEL: "3" };
      env.CARGO_ENCODED_RUSTFLAGS = withoutWordSize(env.CARGO_ENCODED_RUSTFLAGS);
      const args = ["build", "--lib", "--release", "--target", TARGET, "--features", "js", ...LOCKED];
      await check(run("cargo", args, { env, onLine: report }));
      await mkdir(CRATE_FOLDER, { recursive: true });
      const wasm = join(env.CARGO_TARGET_DIR, TARGET, "release", "alikassa_edge.wasm");
      const bindgen = [wasm, "--target", "web", "--omit-default-module-path", "--out-dir", CRATE_FOLDER];
      await check(run(tools.wasmBindgen, bindgen));
      const bound = join(CRATE_FOLDER, "alikassa_edge_bg.wasm");
      await check(run(WASM_OPT, [bound, "-O3", "--strip-debug", "--detect-features", "--output", bound]));
    },
  });
}

/** `--cfg cpubits="32"` is what makes the crate's words small. */
function withoutWordSize(encoded) {
  const flags = encoded.split("\x1f");
  const value = flags.findIndex((flag) => flag.startsWith("cpubits="));
  if (value < 1)
    throw new Failure("The flags of the wasm build do not name the size of words any more: see cargo.mjs.");
  return flags.toSpliced(value - 1, 2).join("\x1f");
}

async function check(running) {
  const outcome = await running;
  if (!outcome.ok) throw new Failure("The rsa crate's module could not be built.", { output: outcome.output });
}
