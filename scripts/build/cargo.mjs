/** What both wasm builds have in common. */
import { join, resolve } from "node:path";
import { NPM_PROGRAMS, ROOT } from "../paths.mjs";

/** What the Rust code is compiled from. */
export const RUST_INPUTS = ["src", "Cargo.toml", "Cargo.lock", ".cargo/config.toml", "README.md"];

/** What the scripts and the tools' versions depend on. */
export const SCRIPT_INPUTS = ["scripts/build", "package-lock.json"];

/** In CI a Cargo.lock that does not fit Cargo.toml is an error; at a desk it is put right. */
export const LOCKED = process.env.CI ? ["--locked"] : [];

/** `wasm-opt` from the npm package binaryen. */
export const WASM_OPT = join(NPM_PROGRAMS, "wasm-opt");

/**
 * The target folder of one build. Each has its own: both write `alikassa_edge.wasm`, of different features, and in one folder
 * cargo could take the one for the other; and apart, they run side by side.
 *
 * @param {string} name
 */
export function targetFolder(name) {
  return join(resolve(ROOT, process.env.CARGO_TARGET_DIR || "target"), name);
}

/**
 * The environment of a wasm build. Flags that somebody sets for native builds would replace those in .cargo/config.toml.
 *
 * @param {string} name
 */
export function wasmEnvironment(name) {
  return { CARGO_TARGET_DIR: targetFolder(name), RUSTFLAGS: undefined, CARGO_ENCODED_RUSTFLAGS: undefined };
}
