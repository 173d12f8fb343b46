/** The npm package in `dist/`: the wasm with its glue, and the TypeScript around it. */
import { mkdir, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, wasmEnvironment } from "./cargo.mjs";
import { bundleCli, CLI_FILES, CLI_FOLDER } from "./cli.mjs";
import { buildIfChanged } from "./fingerprint.mjs";
import { shrink } from "./wasm-opt.mjs";

const CRATE = "alikassa_edge";
const DIST = join(ROOT, "dist");
const WASM = join(DIST, "wasm");

// One module for engines that know relaxed SIMD, one for all others; js/src/wasm chooses. The glue of each fits it alone.
const VARIANTS = [
  { name: "relaxed-simd", relaxedSimd: true },
  { name: "baseline", relaxedSimd: false },
];
const GLUE_FILES = VARIANTS.flatMap(({ name }) =>
  [`${CRATE}.js`, `${CRATE}.d.ts`, `${CRATE}_bg.wasm`].map((file) => `dist/wasm/${name}/${file}`),
);

/**
 * Builds the package's wasm, and then its TypeScript, if anything has changed.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @param {(detail: string) => void} report
 */
export async function buildPackage(tools, report) {
  const wasm = await buildIfChanged({
    name: "npm-wasm",
    inputs: [...RUST_INPUTS, ...SCRIPT_INPUTS],
    outputs: GLUE_FILES,
    build: async () => {
      for (const variant of VARIANTS) await buildWasm(variant, tools, report);
    },
  });
  const typescript = await buildIfChanged({
    name: "npm-typescript",
    inputs: ["js", "tsconfig.json", "package.json", ...GLUE_FILES, ...SCRIPT_INPUTS],
    outputs: ["dist"],
    build: () => buildTypescript(report),
  });
  return wasm || typescript;
}

async function buildWasm({ name, relaxedSimd }, tools, report) {
  const folder = join(WASM, name);
  const env = wasmEnvironment(`js-${name}`, { relaxedSimd });
  const target = "wasm32-unknown-unknown";
  const cargoArgs = ["build", "--lib", "--release", "--target", target, "--features", "js", ...LOCKED];
  await check(run("cargo", cargoArgs, { env, onLine: report }));
  report("wasm-bindgen");
  await mkdir(folder, { recursive: true });
  const wasm = join(env.CARGO_TARGET_DIR, target, "release", `${CRATE}.wasm`);
  // The glue is told where its wasm is by the runtime's own module; a default path would make bundlers look for a file.
  const bindgenArgs = [wasm, "--target", "web", "--omit-default-module-path", "--out-dir", folder];
  await check(run(tools.wasmBindgen, bindgenArgs));
  report("wasm-opt");
  await check(shrink(join(folder, `${CRATE}_bg.wasm`), { relaxedSimd }));
}

async function buildTypescript(report) {
  report("tsc");
  const { stdout } = await check(run("tsc", ["-p", "js/tsconfig.json", "--listEmittedFiles", "--pretty", "false"]));
  const emitted = [...stdout.matchAll(/^TSFILE:\s*(.+?)\s*$/gm)].map(([, path = ""]) => relative(ROOT, path));
  report("esbuild");
  await bundleCli();
  // What an earlier build left behind, under a name that is no more, would be published.
  const modules = emitted.filter((path) => !path.startsWith(CLI_FOLDER));
  const wanted = new Set([...GLUE_FILES, ...CLI_FILES, ...modules]);
  for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !wanted.has(relative(ROOT, path))) await rm(path);
  }
}

/** @param {Promise<import("../process.mjs").Outcome>} running */
async function check(running) {
  const outcome = await running;
  if (!outcome.ok) throw new Failure("The npm package could not be built.", { output: outcome.output });
  return outcome;
}
