/** A fresh Node process: from the module's bytes to the first signature, step by step. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.mjs";
import { WASM_FOLDERS } from "./modules.mjs";
import { STEPS } from "./names.mjs";
import { summarize, takeTurns } from "./statistics.mjs";

const PROGRAM = fileURLToPath(new URL("cold-process.mjs", import.meta.url));
const MODES = { node: [], "node-liftoff": ["--liftoff-only"] };

/**
 * @param {import("./contenders.mjs").Key} key
 * @param {typeof import("./plan.mjs").FULL} plan
 * @returns Milliseconds by mode, contender and step.
 */
export async function measureCold(key, plan) {
  const cases = Object.keys(MODES).flatMap((mode) => Object.keys(WASM_FOLDERS).map((name) => ({ mode, name })));
  const times = new Map(cases.map((one) => [one, []]));
  await takeTurns(cases, plan.processes, async (one) => {
    times.get(one).push(await runOnce(MODES[one.mode], WASM_FOLDERS[one.name], key));
  });
  const figures = { node: {}, "node-liftoff": {} };
  for (const [{ mode, name }, runs] of times) {
    const steps = STEPS.map((step) => [step, summarize(runs.map((run) => run[step]))]);
    const sum = summarize(runs.map((run) => STEPS.reduce((total, step) => total + run[step], 0)));
    figures[mode][name] = { ...Object.fromEntries(steps), sum };
  }
  return figures;
}

function runOnce(flags, folder, key) {
  return new Promise((resolve, reject) => {
    const files = [join(folder, "alikassa_edge.js"), join(folder, "alikassa_edge_bg.wasm")];
    const child = spawn(process.execPath, [...flags, PROGRAM, ...files], { stdio: ["pipe", "pipe", "inherit"] });
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text) => {
      output += text;
    });
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(output));
      else reject(new Failure("A fresh Node process could not sign."));
    });
    child.stdin.end(JSON.stringify(key));
  });
}
