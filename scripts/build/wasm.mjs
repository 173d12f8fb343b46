/** Compiles a Rust package to WebAssembly, and makes the module smaller. */
import { rename } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { NPM_PROGRAMS, TARGET } from "../paths.mjs";
import { mustRun } from "../process.mjs";

const TRIPLE = "wasm32-unknown-unknown";

/** Of the npm package binaryen. */
export const WASM_OPT = join(NPM_PROGRAMS, "wasm-opt");

// wasm32 has 64-bit integers but no 64×64→128-bit multiplication: the `rsa` crate is faster with 32-bit words. AES decrypts two
// kilobytes once per isolate: the small form of its code will do.
const BASELINE = ["--cfg", 'cpubits="32"', "--cfg", 'aes_backend_soft="compact"'];
const RELAXED_SIMD = ["-C", "target-feature=+simd128,+relaxed-simd"];

// What rustc and wasm-bindgen use and every supported runtime has, one by one, so that wasm-opt emits nothing newer.
const FEATURES =
  "bulk-memory bulk-memory-opt exception-handling multivalue mutable-globals nontrapping-float-to-int reference-types sign-ext";

// An engine compiles a function when it is first called. What is rarely called must not become part of its caller.
const INLINING = "--one-caller-inline-max-function-size=200";

/**
 * The environment of cargo for a wasm build. The flags are here and not in .cargo/config.toml, where a RUSTFLAGS of the user's
 * would replace them; `plain` sets none. Each build has a target folder of its own, so that they run side by side.
 */
export function wasmEnvironment(name, { relaxedSimd = false, plain = false } = {}) {
  const flags = [...(plain ? [] : BASELINE), ...(relaxedSimd ? RELAXED_SIMD : [])];
  // The module must not tell where the sources of the dependencies lie.
  const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");
  return {
    CARGO_TARGET_DIR: join(TARGET, name),
    CARGO_ENCODED_RUSTFLAGS: [...flags, "--remap-path-prefix", `${cargoHome}=cargo`].join("\x1f"),
    RUSTFLAGS: undefined,
  };
}

/** Builds a package with the release profile, and returns the path of its module. */
export async function cargoBuild({ name, wasm }, env) {
  await mustRun("cargo", ["build", "--release", "--target", TRIPLE, "--package", name], { env });
  return join(env.CARGO_TARGET_DIR, TRIPLE, "release", wasm);
}

/** Makes a module smaller, in place, also by removing the names of functions. */
export async function shrink(file, { relaxedSimd }) {
  const features = `${FEATURES}${relaxedSimd ? " simd relaxed-simd" : ""}`.split(" ");
  const smaller = `${file}.opt`;
  const enabled = features.map((feature) => `--enable-${feature}`);
  await mustRun(WASM_OPT, [file, "-Os", INLINING, "--strip-debug", ...enabled, "--output", smaller]);
  await rename(smaller, file);
}
