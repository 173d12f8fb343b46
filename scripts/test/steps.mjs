/** What `npm test` runs, in which order. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LOCKED, wasmEnvironment } from "../build/cargo.mjs";
import { buildPackage } from "../build/package.mjs";
import { buildWorker } from "../build/worker.mjs";
import { Failure } from "../failure.mjs";
import { ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { setUpOnDemand } from "../setup/on-demand.mjs";
import { findSchemathesis } from "../setup/schemathesis.mjs";
import { findChromium } from "./chromium.mjs";
import { checkConstantTime } from "./constant-time.mjs";
import { countCargo, countNode } from "./count.mjs";
import { checkWorkflows } from "./workflows.mjs";

/**
 * @typedef {import("../process.mjs").Outcome & { count?: import("./count.mjs").Count | undefined, note?: string }} Result
 *   `note` is for a person: that something could not be checked here.
 * @typedef {object} Step
 * @property {string} name
 * @property {readonly string[]} needs Names of steps that must have gone well before; they are run even if not asked for.
 * @property {boolean} counts Whether it runs tests that can be counted.
 * @property {() => Promise<Result>} run
 * @typedef {{ env: NodeJS.ProcessEnv } | { note: string }} Preparation What tests need of the machine besides Node: where it is,
 *   or that it is missing.
 */

/** By the folder of the tests. */
const PREPARATIONS = { chromium: findChromium, page: findChromium, schemathesis: findSchemathesis };

/** Folders of tests that need more than the devDependencies. */
const ON_DEMAND = new Set(["bundlers", "chromium", "docs", "package", "runtimes"]);

const WASM = ["--target", "wasm32-unknown-unknown"];
const DENY = ["--", "--deny", "warnings"];
// With relaxed SIMD, whose code is seen nowhere else.
const LINTED = wasmEnvironment("lint", { relaxedSimd: true });

/**
 * The steps in lanes, which run side by side. cargo lets only one of its runs into the target folder, so that all of them are in
 * one lane.
 *
 * @param {import("../setup/tools.mjs").Tools} tools
 * @returns {Promise<import("./schedule.mjs").Lane[]>}
 */
export async function testSteps(tools) {
  const cargo = [
    program("rustfmt", "cargo", ["fmt", "--all", "--check"]),
    program("clippy", "cargo", ["clippy", "--workspace", "--all-targets", ...LOCKED, ...DENY]),
    program("clippy-worker", "cargo", ["clippy", ...WASM, "--features", "worker", ...LOCKED, ...DENY], LINTED),
    program("clippy-js", "cargo", ["clippy", ...WASM, "--features", "js", ...LOCKED, ...DENY], LINTED),
    program("doc", "cargo", ["doc", "--no-deps", ...LOCKED], { RUSTDOCFLAGS: "--deny warnings" }),
    counted("cargo-test", countCargo, "cargo", ["test", ...LOCKED]),
    { name: "constant-time", needs: [], counts: false, run: checkConstantTime },
  ];
  const node = [
    program("biome", "biome", ["ci", "--diagnostic-level=warn", "--error-on-warnings", "--colors=off"]),
    { name: "workflows", needs: [], counts: false, run: checkWorkflows },
    building("build-worker", () => buildWorker(tools, () => {})),
    building("build-npm", () => buildPackage(tools, () => {})),
    building("on-demand", setUpOnDemand),
    // The types of js/src are checked by its build.
    program("types", "tsc", ["-p", "tests/tsconfig.json", "--pretty", "false"], {}, ["build-npm"]),
    program("publint", "publint", ["--strict"], {}, ["build-npm"]),
  ];
  return [
    { steps: cargo, width: 1 },
    { steps: node, width: 1 },
    // Half of their time the tests wait, for processes and for timers.
    { steps: await nodeTests(), width: 2 },
  ];
}

/**
 * A step for each folder of tests/ that has tests for Node, so that none can be forgotten here. The one with the most files comes
 * first, since nothing else would be left to run beside it at the end.
 */
async function nodeTests() {
  const files = await readdir(join(ROOT, "tests"), { recursive: true });
  const folders = files.filter((file) => file.endsWith(".test.ts")).map((file) => file.split(/[/\\]/)[0] ?? "");
  const byFolder = Map.groupBy(folders.sort(), (folder) => folder);
  const largestFirst = [...byFolder].sort(([, some], [, others]) => others.length - some.length);
  return largestFirst.map(([folder]) => {
    const args = ["--test", "--test-reporter=spec", `tests/${folder}/**/*.test.ts`];
    const needs = ["build-worker", "build-npm", ...(ON_DEMAND.has(folder) ? ["on-demand"] : [])];
    return counted(folder, countNode, "node", args, needs, PREPARATIONS[folder]);
  });
}

function program(name, file, args, env = {}, needs = []) {
  return { name, needs, counts: false, run: () => run(file, args, { env }) };
}

function counted(name, count, file, args, needs = [], prepare = async () => ({ env: {} })) {
  const runTests = async () => {
    const { env, note } = await prepare();
    if (note !== undefined) return { ok: true, stdout: "", output: "", missing: false, note };
    const outcome = await run(file, args, { env });
    const counts = count(outcome.stdout);
    if (counts !== undefined && counts.passed + counts.failed > 0) return { ...outcome, count: counts };
    // A runner that found nothing to run ends with status 0.
    return { ...outcome, ok: false, output: `${outcome.output}\nNo test ran, or the count could not be read.\n` };
  };
  return { name, needs, counts: true, run: runTests };
}

function building(name, build) {
  const runBuild = async () => {
    try {
      await build();
      return { ok: true, stdout: "", output: "", missing: false };
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      return { ok: false, stdout: "", output: `${error.output}\n${error.message}\n`, missing: false };
    }
  };
  return { name, needs: [], counts: false, run: runBuild };
}
