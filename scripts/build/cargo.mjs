/** What both wasm builds have in common. */
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { ROOT } from "../paths.mjs";

/** What the Rust code is compiled from. */
export const RUST_INPUTS = ["src", "Cargo.toml", "Cargo.lock", "README.md"];

/** What the scripts and the tools' versions depend on. */
export const SCRIPT_INPUTS = ["scripts/build", "package-lock.json"];

/** In CI a Cargo.lock that does not fit Cargo.toml is an error; at a desk it is put right. */
export const LOCKED = process.env.CI ? ["--locked"] : [];

/**
 * The target folder of one build. Each has its own: both write `alikassa_edge.wasm`, of different features, and in one folder
 * cargo could take the one for the other; and apart, they run side by side.
 *
 * @param {string} name
 */
export function targetFolder(name) {
  return join(resolve(ROOT, process.env.CARGO_TARGET_DIR || "target"), name);
}

// wasm32 has 64-bit integers but no 64×64→128-bit multiplication: the arithmetic of the `rsa` crate is faster with 32-bit words.
// AES decrypts two kilobytes once per isolate: the small form of its code will do.
const BASELINE = ["--cfg", 'cpubits="32"', "--cfg", 'aes_backend_soft="compact"'];
const RELAXED_SIMD = ["-C", "target-feature=+simd128,+relaxed-simd"];

/**
 * The environment of a wasm build, with the flags for rustc: here, and not in a .cargo/config.toml, which the flags that
 * somebody sets for native builds would replace.
 *
 * @param {string} name Of the build's target folder.
 * @param {{ relaxedSimd: boolean }} features What the engine must know.
 */
export function wasmEnvironment(name, { relaxedSimd }) {
  return environment(name, [...BASELINE, ...(relaxedSimd ? RELAXED_SIMD : [])]);
}

/**
 * The same with nothing set for any crate.
 *
 * @param {string} name Of the build's target folder.
 */
export function plainWasmEnvironment(name) {
  return environment(name, []);
}

function environment(name, flags) {
  // Where the sources of dependencies lie is nobody's business who gets the module.
  const cargoHome = process.env.CARGO_HOME || join(homedir(), ".cargo");
  return {
    CARGO_TARGET_DIR: targetFolder(name),
    CARGO_ENCODED_RUSTFLAGS: [...flags, "--remap-path-prefix", `${cargoHome}=cargo`].join("\x1f"),
    RUSTFLAGS: undefined,
  };
}
