/** `wasm-opt`, from the npm package binaryen. */
import { rename } from "node:fs/promises";
import { join } from "node:path";
import { NPM_PROGRAMS } from "../paths.mjs";
import { run } from "../process.mjs";

export const WASM_OPT = join(NPM_PROGRAMS, "wasm-opt");

// What rustc and wasm-bindgen use, and every runtime that we name has; named one by one, so that wasm-opt never emits
// anything newer.
const FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "exception-handling",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
];

// What is called from one place only would otherwise become part of its caller, however rarely it is needed: an engine
// compiles function by function when they are first called, and a fresh isolate should not compile what it does not call.
const INLINING = "--one-caller-inline-max-function-size=200";

/**
 * Makes a module smaller, in place. Names of functions go too: nobody reads them there.
 *
 * @param {string} file
 * @param {{ relaxedSimd: boolean }} features What the engine must know.
 */
export async function shrink(file, { relaxedSimd }) {
  const features = relaxedSimd ? [...FEATURES, "simd", "relaxed-simd"] : FEATURES;
  const smaller = `${file}.opt`;
  const enabled = features.map((feature) => `--enable-${feature}`);
  const outcome = await run(WASM_OPT, [file, "-Os", INLINING, "--strip-debug", ...enabled, "--output", smaller]);
  if (outcome.ok) await rename(smaller, file);
  return outcome;
}
