/** The npm package in `dist/`: the wasm with its glue, and the TypeScript around it. */
import { mkdir, readdir, rename, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { LOCKED, RUST_INPUTS, SCRIPT_INPUTS, targetFolder, WASM_OPT, wasmEnvironment } from "./cargo.mjs";
import { buildIfChanged } from "./fingerprint.mjs";

const CRATE = "alikassa_edge";
const DIST = join(ROOT, "dist");
const GLUE = join(DIST, "wasm");
const GLUE_FILES = [`${CRATE}.js`, `${CRATE}.d.ts`, `${CRATE}_bg.wasm`].map((file) => `dist/wasm/${file}`);

// What rustc and wasm-bindgen use, and every runtime that we name has; named one by one, so that wasm-opt never emits
// anything newer.
const WASM_FEATURES = [
  "bulk-memory",
  "bulk-memory-opt",
  "multivalue",
  "mutable-globals",
  "nontrapping-float-to-int",
  "reference-types",
  "sign-ext",
].map((feature) => `--enable-${feature}`);

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
    build: () => buildWasm(tools, report),
  });
  const typescript = await buildIfChanged({
    name: "npm-typescript",
    inputs: ["js", "tsconfig.json", "package.json", ...GLUE_FILES, ...SCRIPT_INPUTS],
    outputs: ["dist"],
    build: () => buildTypescript(report),
  });
  return wasm || typescript;
}

async function buildWasm(tools, report) {
  const env = wasmEnvironment("js");
  const target = "wasm32-unknown-unknown";
  const cargoArgs = ["build", "--lib", "--release", "--target", target, "--features", "js", ...LOCKED];
  await check(run("cargo", cargoArgs, { env, onLine: report }));
  report("wasm-bindgen");
  await mkdir(GLUE, { recursive: true });
  const wasm = join(targetFolder("js"), target, "release", `${CRATE}.wasm`);
  // The glue is told where its wasm is by the runtime's own module; a default path would make bundlers look for a file.
  const bindgenArgs = [wasm, "--target", "web", "--omit-default-module-path", "--out-dir", GLUE];
  await check(run(tools.wasmBindgen, bindgenArgs));
  report("wasm-opt");
  const built = join(GLUE, `${CRATE}_bg.wasm`);
  const smaller = `${built}.opt`;
  await check(run(WASM_OPT, [built, "-Os", ...WASM_FEATURES, "--output", smaller]));
  await rename(smaller, built);
}

async function buildTypescript(report) {
  report("tsc");
  const { stdout } = await check(run("tsc", ["-p", "js/tsconfig.json", "--listEmittedFiles", "--pretty", "false"]));
  const emitted = stdout.matchAll(/^TSFILE:\s*(.+?)\s*$/gm);
  // What an earlier build left behind, under a name that is no more, would be published.
  const wanted = new Set([...GLUE_FILES, ...[...emitted].map(([, path = ""]) => relative(ROOT, path))]);
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
