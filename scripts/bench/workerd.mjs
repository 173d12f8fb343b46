/** The warm figures in workerd, and what an isolate does first. */
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { ask } from "./http.mjs";
import { WASM_FOLDERS } from "./modules.mjs";
import { median, summarize, takeTurns } from "./statistics.mjs";
import { measureWarm } from "./warm.mjs";
import { bundle, startWorkers, wasm } from "./workerd/start.mjs";

const MODULE_NAMES = Object.keys(WASM_FOLDERS);
const EMPTY_REQUESTS = 20;

const glueOf = (name) => join(WASM_FOLDERS[name], "alikassa_edge.js");
const wasmOf = (name) => wasm(join(WASM_FOLDERS[name], "alikassa_edge_bg.wasm"));

/**
 * @param {Readonly<Record<number, import("./contenders.mjs").Key>>} keys By their size.
 * @param {typeof import("./plan.mjs").FULL} plan
 */
export async function measureWorkerd(keys, plan) {
  const alias = Object.fromEntries(MODULE_NAMES.map((name) => [`bench-${name}`, glueOf(name)]));
  const modules = { "index.js": await bundle("signers.mjs", alias) };
  for (const name of MODULE_NAMES) modules[`${name}.wasm`] = await wasmOf(name);
  const env = { KEYS: keys };
  const { urls, stop } = await startWorkers({
    signers: { modules, env },
    // Apart: the flag changes what other libraries find.
    "node-crypto": { modules: { "index.js": await bundle("node-crypto.mjs") }, env, flags: ["nodejs_compat"] },
  });
  const tell = async (work) => {
    const url = urls[work.name === "node-crypto" ? "node-crypto" : "signers"];
    const { status, text, ms } = await ask(url, { body: JSON.stringify(work) });
    if (status !== 200) throw new Failure(`${work.name} failed in workerd.`, { output: text });
    return { text, ms };
  };
  try {
    const versions = JSON.parse((await ask(urls["node-crypto"], { method: "GET" })).text);
    const warm = await measureWarm({
      contenders: ["edge", "webcrypto", "node-crypto", "crate", "crate-as-it-comes", "node-forge"],
      plan,
      keys,
      signed: async (name, bits, body) => {
        const { text } = await tell({ name, bits, body: new TextDecoder().decode(body) });
        return text;
      },
      timed: async (work) => (await tell(work)).ms,
    });
    return { ...warm, versions };
  } finally {
    await stop();
  }
}

/**
 * A fresh isolate that instantiates, opens the archive and signs, within one request, in a fresh workerd: in one that has
 * run the module before, V8 would find its code compiled. workerd compiles, or leaves for later, before the first request;
 * that is not in the figure.
 *
 * @param {import("./contenders.mjs").Key} key
 * @param {typeof import("./plan.mjs").FULL} plan
 */
export async function measureFreshIsolates(key, plan) {
  const sources = {};
  for (const name of MODULE_NAMES) {
    const main = await bundle("fresh.mjs", { "bench-glue": glueOf(name) });
    sources[name] = { modules: { "index.js": main, "module.wasm": await wasmOf(name) }, env: { KEY: key } };
  }
  const times = Object.fromEntries(MODULE_NAMES.map((name) => [name, []]));
  for (let isolate = 0; isolate < plan.isolates; isolate++) {
    const { urls, stop } = await startWorkers(sources);
    try {
      const rotated = MODULE_NAMES.map((_, index) => MODULE_NAMES[(index + isolate) % MODULE_NAMES.length]);
      await takeTurns(rotated, 1, async (name) => {
        const empty = [];
        for (let i = 0; i < EMPTY_REQUESTS; i++) empty.push((await ask(urls[name], { body: '{"task":"nothing"}' })).ms);
        const { status, text, ms } = await ask(urls[name], { body: '{"task":"all"}' });
        if (status !== 200) throw new Failure(`${name} failed in a fresh isolate.`, { output: text });
        times[name].push(ms - median(empty.slice(EMPTY_REQUESTS / 2)));
      });
    } finally {
      await stop();
    }
  }
  return Object.fromEntries(MODULE_NAMES.map((name) => [name, { sum: summarize(times[name]) }]));
}
