/** Cold starts: a fresh Node process and a fresh isolate in workerd, from the module to the first signature. */
import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { median, post, summarize, takeTurns } from "./measure.mjs";
import { bundle, FILES, MODULES, startWorkers, wasm } from "./workers.mjs";

const PROGRAM = fileURLToPath(new URL("cold-process.mjs", import.meta.url));
const MODES = { node: [], "node-liftoff": ["--liftoff-only"] };
const EMPTY_REQUESTS = 20;

export const STEPS = ["instantiate", "open", "sign"];

/** Fresh processes, so many of each: milliseconds by mode, contender and step. */
export async function measureProcesses(key, processes) {
  const cases = Object.keys(MODES).flatMap((mode) => MODULES.map((name) => ({ mode, name, runs: [] })));
  await takeTurns(cases, processes, async ({ mode, name, runs }) => {
    const args = [...MODES[mode], PROGRAM, FILES[name].glue, FILES[name].wasm];
    runs.push(JSON.parse(execFileSync(process.execPath, args, { input: JSON.stringify(key), encoding: "utf8" })));
  });
  const figures = { node: {}, "node-liftoff": {} };
  for (const { mode, name, runs } of cases) {
    const steps = STEPS.map((step) => [step, summarize(runs.map((run) => run[step]))]);
    const sum = summarize(runs.map((run) => STEPS.reduce((total, step) => total + run[step], 0)));
    figures[mode][name] = { ...Object.fromEntries(steps), sum };
  }
  return figures;
}

/**
 * A fresh isolate that instantiates, opens the archive and signs within its first real request, in a fresh workerd: one that has
 * run the module before has its code compiled. What workerd compiles before the first request is not in the figure.
 */
export async function measureIsolates(key, isolates) {
  const sources = {};
  for (const name of MODULES) {
    const main = await bundle("workerd/fresh.mjs", { "bench-glue": FILES[name].glue });
    sources[name] = { modules: { "index.js": main, "module.wasm": await wasm(FILES[name].wasm) }, env: { KEY: key } };
  }
  const times = Object.fromEntries(MODULES.map((name) => [name, []]));
  for (let isolate = 0; isolate < isolates; isolate++) {
    const { urls, stop } = await startWorkers(sources);
    try {
      await takeTurns(MODULES, 1, async (name) => times[name].push(await firstRequest(urls[name])));
    } finally {
      await stop();
    }
  }
  return Object.fromEntries(MODULES.map((name) => [name, { sum: summarize(times[name]) }]));
}

async function firstRequest(url) {
  const timed = async (text) => {
    const begin = performance.now();
    await post(url, text);
    return performance.now() - begin;
  };
  const empty = [];
  for (let i = 0; i < EMPTY_REQUESTS; i++) empty.push(await timed("nothing"));
  // The first of them load what has nothing to do with signing.
  return (await timed("everything")) - median(empty.slice(EMPTY_REQUESTS / 2));
}
