/** The warm figures in Node, in this very process. */
import * as nodeCrypto from "node:crypto";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { fromForge, fromGlue, fromNodeCrypto, repeat, webCrypto } from "./contenders.mjs";
import { WASM_FOLDERS } from "./modules.mjs";
import { measureWarm } from "./warm.mjs";

/**
 * @param {Readonly<Record<number, import("./contenders.mjs").Key>>} keys By their size.
 * @param {typeof import("./plan.mjs").FULL} plan
 */
export async function measureNode(keys, plan) {
  const contenders = {
    edge: await load("edge"),
    webcrypto: webCrypto,
    "node-crypto": fromNodeCrypto(nodeCrypto),
    baseline: await load("baseline"),
    crates: await load("crates"),
    "node-forge": fromForge(createRequire(import.meta.url)("node-forge")),
  };
  const signers = new Map();
  const signerOf = async (name, bits) => {
    const id = `${name} ${bits}`;
    if (!signers.has(id)) signers.set(id, await contenders[name].signer(keys[bits]));
    return signers.get(id);
  };
  return measureWarm({
    contenders: Object.keys(contenders),
    plan,
    keys,
    signed: async (name, bits, body) => (await signerOf(name, bits))(body),
    timed: async ({ name, bits, task, count }) => {
      const sign = task === "open" ? undefined : await signerOf(name, bits);
      const begin = performance.now();
      await repeat(contenders[name], { sign, key: keys[bits], task, count });
      return performance.now() - begin;
    },
  });
}

async function load(name) {
  const folder = WASM_FOLDERS[name];
  const glue = await import(pathToFileURL(join(folder, "alikassa_edge.js")).href);
  glue.initSync({ module: new WebAssembly.Module(await readFile(join(folder, "alikassa_edge_bg.wasm"))) });
  return fromGlue(glue);
}
