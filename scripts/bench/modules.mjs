/** The three wasm modules that are compared: this package's, and twice the same with the `rsa` crate alone. */
import { join } from "node:path";
import { ROOT } from "../paths.mjs";
import { CRATE_FOLDER } from "./crate.mjs";

export const WASM_FOLDERS = {
  edge: join(ROOT, "dist", "wasm", "relaxed-simd"),
  crate: join(ROOT, "dist", "wasm", "baseline"),
  "crate-as-it-comes": CRATE_FOLDER,
};
