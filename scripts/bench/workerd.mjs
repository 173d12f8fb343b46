/** The warm figures in workerd, and what an isolate does first. */
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { ask } from "./http.mjs";
import { WASM_FOLDERS } from "./modules.mjs";
import { median, summarize } from "./statistics.mjs";
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
    // With Node's modules in sight, node-forge would want one that is not in its bundle for browsers.
    signers: { modules, env, flags: ["no_nodejs_compat"] },
    "node-crypto": { modules: { "index.js": await bundle("node-crypto.mjs") }, env, flags: ["nodejs_compat"] },
  });
  const tell = async (work) => {
    const url = urls[work.name === "node-crypto" ? "node-crypto" : "signers"];
    const { status, text, ms } = await ask(url, { body: JSON.stringify(work) });
    if (status !== 200) throw new Failure(`${work.name} failed in workerd.`, { output: text });
    return { text, ms };
  };
  try {
    return await measureWarm({
      contenders: ["edge", "webcrypto", "node-crypto", "baseline", "crates", "node-forge"],
      plan,
      keys,
      signed: async (name, bits, body) => {
        const { text } = await tell({ name, bits, body: new TextDecoder().decode(body) });
        return text;
      },
      timed: async (work) => (await tell(work)).ms,
    });
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
      for (let turn = 0; turn < MODULE_NAMES.length; turn++) {
        const name = MODULE_NAMES[(isolate + turn) % MODULE_NAMES.length];
        times[name].push(await firstRequest(name, urls[name]));
      }
    } finally {
      await stop();
    }
  }
  return Object.fromEntries(MODULE_NAMES.map((name) => [name, { sum: summarize(times[name]) }]));
}

async function firstRequest(name, url) {
  const empty = [];
  for (let i = 0; i < EMPTY_REQUESTS; i++) empty.push((await ask(url, { body: '{"task":"nothing"}' })).ms);
  const { status, text, ms } = await ask(url, { body: '{"task":"all"}' });
  if (status !== 200) throw new Failure(`${name} failed in a fresh isolate.`, { output: text });
  // The first of them load what has nothing to do with signing.
  return ms - median(empty.slice(EMPTY_REQUESTS / 2));
}
