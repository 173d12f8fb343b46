/** The three wasm modules that are compared: the package's two, with the lanes and with the `rsa` crate, and the crates alone. */
import { join } from "node:path";
import { ROOT } from "../paths.mjs";
import { CRATES_FOLDER } from "./crates.mjs";

export const WASM_FOLDERS = {
  edge: join(ROOT, "dist", "wasm", "relaxed-simd"),
  baseline: join(ROOT, "dist", "wasm", "baseline"),
  crates: CRATES_FOLDER,
};
