/** Warm signatures, cached ones, and the opening of the archive, in Node and in workerd. */
import * as nodeCrypto from "node:crypto";
import { readFile } from "node:fs/promises";
import { pathToFileURL } from "node:url";
import { body, createBench } from "./contenders.mjs";
import { measureInTurns, median, post, summarize } from "./measure.mjs";
import { bundle, FILES, MODULES, startWorkers, wasm } from "./workers.mjs";

export const SIZES = [2048, 3072, 4096];
const OPENERS = [...MODULES, "node-crypto"];
const CONTENDERS = [...OPENERS, "webcrypto"];

/** How many pieces of work one measurement does: some ten milliseconds' work, against which a request and the clock are small. */
function countOf({ name, bits, task }) {
  if (task === "again") return 2_000;
  if (task === "open") return 3;
  const isSlow = name === "baseline" || name === "crates";
  return Math.max(1, Math.round((isSlow ? 2 : 20) / (bits / 2048) ** 3));
}

export async function measureNode(keys, plan) {
  const modules = {};
  for (const name of MODULES) {
    modules[name] = await import(pathToFileURL(FILES[name].glue).href);
    modules[name].initSync({ module: new WebAssembly.Module(await readFile(FILES[name].wasm)) });
  }
  const bench = createBench(modules, nodeCrypto);
  return measureRuntime((work) => bench(work, keys[work.bits]), keys, plan);
}

export async function measureWorkerd(keys, plan) {
  const alias = Object.fromEntries(MODULES.map((name) => [`bench-${name}`, FILES[name].glue]));
  const modules = { "index.js": await bundle("workerd/signers.mjs", alias) };
  for (const name of MODULES) modules[`${name}.wasm`] = await wasm(FILES[name].wasm);
  const { urls, stop } = await startWorkers({ signers: { modules, env: { KEYS: keys }, flags: ["nodejs_compat"] } });
  try {
    // A Worker's clock stands still while it computes: the time is taken outside.
    return await measureRuntime((work) => post(urls.signers, JSON.stringify(work)), keys, plan);
  } finally {
    await stop();
  }
}

async function measureRuntime(runtime, keys, plan) {
  const series = async (names, bits, task) => {
    const cases = names.map((name) => ({ name, bits, task }));
    const empty = await measureInTurns(cases, { ...plan, ms: plan.ms / 10 }, (one) => runtime({ ...one, count: 0 }));
    const full = await measureInTurns(cases, plan, (one) => runtime({ ...one, count: countOf(one) }));
    const perPiece = (one) => full.get(one).map((time) => (time - median(empty.get(one))) / countOf(one));
    return Object.fromEntries(cases.map((one) => [one.name, summarize(perPiece(one))]));
  };
  const signature = {};
  for (const bits of SIZES) {
    for (const name of CONTENDERS) await assertRight(runtime, name, bits, keys[bits]);
    signature[bits] = await series(CONTENDERS, bits, "sign");
  }
  const { edge: again } = await series(["edge"], 2048, "again");
  return { signature, again, open: await series(OPENERS, 2048, "open") };
}

/** What is fast and wrong must not win. */
async function assertRight(runtime, name, bits, { pkcs8 }) {
  const key = nodeCrypto.createPrivateKey({ key: Buffer.from(pkcs8, "base64"), format: "der", type: "pkcs8" });
  const signature = Buffer.from(await runtime({ name, bits, text: "right" }), "base64");
  if (nodeCrypto.verify("sha1", body("right"), nodeCrypto.createPublicKey(key), signature)) return;
  throw new Error(`A signature of ${name} is wrong.`);
}
