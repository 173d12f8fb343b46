/** Where things are: folders, and the Rust packages that the builds compile. */
import { homedir } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

/** The top folder of the project. */
export const ROOT = fileURLToPath(new URL("..", import.meta.url)).replace(/[/\\]$/, "");

/** Programs of the npm packages. */
export const NPM_PROGRAMS = join(ROOT, "node_modules", ".bin");

/** Files that can be made again. They go with `node_modules`. */
export const CACHE = join(ROOT, "node_modules", ".cache", "alikassa-edge");

/** What outlives `node_modules` and serves every clone: tools that take minutes to install. */
export const USER_CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), ".cache"), "alikassa-edge");

/** cargo's target folder. */
export const TARGET = resolve(ROOT, process.env.CARGO_TARGET_DIR || "target");

/** The package behind the npm package, and the name of cargo's output. */
export const BINDINGS = { name: "alikassa-bindings", wasm: "alikassa_bindings.wasm" };

/** The name of the bindings' glue and module in `dist/wasm/`, as js/src/wasm imports them. */
export const GLUE = "alikassa_edge";

/** Where the contender's module is built. */
export const CONTENDER_FOLDER = join(CACHE, "contender");

/** PATH without any `node_modules/.bin`. npm must not run on the Node in there while it replaces that folder. */
export function pathWithoutPackages() {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.filter((folder) => !/node_modules[/\\]\.bin$/.test(folder)).join(delimiter);
}
