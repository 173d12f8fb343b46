/** The npm package in `dist/`: the wasm with its glue, the TypeScript around it, the built Worker, and the crates' licences. */
import { copyFile, mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, wasmEnvironment } from "./cargo.mjs";
import { bundleCli, CLI_FILES, CLI_FOLDER } from "./cli.mjs";
import { buildIfChanged } from "./fingerprint.mjs";
import { INLINED_FILES, inline } from "./inline.mjs";
import { thirdPartyLicences } from "./licences.mjs";
import { shrink } from "./wasm-opt.mjs";
import { buildWorker } from "./worker.mjs";

const CRATE = "alikassa_edge";
const DIST = join(ROOT, "dist");
const WASM = join(DIST, "wasm");

// One module for engines that know relaxed SIMD, one for all others; js/src/wasm chooses. The glue of each fits it alone.
const VARIANTS = [
  { name: "relaxed-simd", relaxedSimd: true },
  { name: "baseline", relaxedSimd: false },
];
const GLUE_FILES = VARIANTS.flatMap(({ name }) =>
  [`${CRATE}.js`, `${CRATE}.d.ts`, `${CRATE}_bg.wasm`, ...INLINED_FILES].map((file) => `dist/wasm/${name}/${file}`),
);

/** Where the built Worker, and the types that it has none of, go in the package. */
const WORKER_FILES = {
  "build/index.js": "dist/worker/index.js",
  "build/index_bg.wasm": "dist/worker/index_bg.wasm",
  "js/src/worker.d.ts": "dist/worker/index.d.ts",
};
const LICENCES = "dist/THIRD-PARTY-LICENSES.txt";

/**
 * Builds the package's wasm and the Worker, and then the rest, if anything has changed.
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
  const worker = await buildWorker(tools, report);
  const rest = await buildIfChanged({
    name: "npm-package",
    inputs: [
      "js",
      "tsconfig.json",
      "package.json",
      "LICENSE-MIT",
      ...GLUE_FILES,
      "build",
      ...RUST_INPUTS,
      ...SCRIPT_INPUTS,
    ],
    outputs: ["dist"],
    build: async () => {
      const modules = await buildTypescript(report);
      await mkdir(join(DIST, "worker"), { recursive: true });
      for (const [from, to] of Object.entries(WORKER_FILES)) await copyFile(join(ROOT, from), join(ROOT, to));
      await writeFile(join(ROOT, LICENCES), await thirdPartyLicences());
      await removeAllBut([...GLUE_FILES, ...modules, ...Object.values(WORKER_FILES), LICENCES]);
    },
  });
  return wasm || worker || rest;
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
  await inline(folder, `${CRATE}_bg.wasm`);
}

/** @returns {Promise<string[]>} The files that are to be published, of those that it wrote. */
async function buildTypescript(report) {
  report("tsc");
  const { stdout } = await check(run("tsc", ["-p", "js/tsconfig.json", "--listEmittedFiles", "--pretty", "false"]));
  const emitted = [...stdout.matchAll(/^TSFILE:\s*(.+?)\s*$/gm)].map(([, path = ""]) => slashed(relative(ROOT, path)));
  report("esbuild");
  await bundleCli();
  return [...CLI_FILES, ...emitted.filter((path) => !path.startsWith(CLI_FOLDER))];
}

/** What an earlier build left behind, under a name that is no more, would be published. */
async function removeAllBut(wanted) {
  const kept = new Set(wanted);
  for (const entry of await readdir(DIST, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    if (entry.isFile() && !kept.has(slashed(relative(ROOT, path)))) await rm(path);
  }
}

function slashed(path) {
  return path.split(sep).join("/");
}

/** @param {Promise<import("../process.mjs").Outcome>} running */
async function check(running) {
  const outcome = await running;
  if (!outcome.ok) throw new Failure("The npm package could not be built.", { output: outcome.output });
  return outcome;
}
