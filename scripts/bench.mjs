/**
 * `npm run bench`: how fast it is, in Node and in workerd, beside everything else that signs. Writes docs/benchmarks.json, and from
 * it docs/benchmarks.svg and the tables of docs/benchmarks.md. `-- --quick` measures little and writes nothing; `-- --render`
 * measures nothing.
 */
import { createPrivateKey } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { cpus } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { gzipSync } from "node:zlib";
import { makeArchive } from "../dist/sandbox/index.js";
import { measureIsolates, measureProcesses } from "./bench/cold.mjs";
import { toSvg } from "./bench/plot.mjs";
import { toMarkdown } from "./bench/report.mjs";
import { measureRequests } from "./bench/requests.mjs";
import { measureNode, measureWorkerd, SIZES } from "./bench/signatures.mjs";
import { FILES } from "./bench/workers.mjs";
import { ROOT } from "./paths.mjs";
import { runMain, step } from "./process.mjs";
import { lockedVersion } from "./setup/tools.mjs";

const FULL = { rounds: 3, ms: 400, windows: 4, seconds: 2, processes: 40, isolates: 20 };
const QUICK = { rounds: 1, ms: 40, windows: 1, seconds: 1, processes: 2, isolates: 1 };

const JSON_FILE = join(ROOT, "docs", "benchmarks.json");
const PAGE = join(ROOT, "docs", "benchmarks.md");
const MARKED = /(<!-- figures -->\n)[\s\S]*(\n<!-- \/figures -->)/;

await runMain(async () => {
  const { quick, render } = parseArgs({ options: { quick: { type: "boolean" }, render: { type: "boolean" } } }).values;
  const figures = render ? JSON.parse(await readFile(JSON_FILE, "utf8")) : await measureAll(quick ? QUICK : FULL);
  const markdown = toMarkdown(figures);
  console.log(`\n${markdown}`);
  if (quick) return;
  await writeFile(JSON_FILE, `${JSON.stringify(figures, null, 2)}\n`);
  await writeFile(join(ROOT, "docs", "benchmarks.svg"), toSvg(figures));
  await writeFile(
    PAGE,
    (await readFile(PAGE, "utf8")).replace(MARKED, (_, begin, end) => `${begin}\n${markdown}\n${end}`),
  );
});

async function measureAll(plan) {
  const keys = makeKeys();
  const workerd = await step("warm, in workerd", () => measureWorkerd(keys, plan));
  const node = await step("warm, in Node", () => measureNode(keys, plan));
  const processes = await step("fresh Node processes", () => measureProcesses(keys[2048], plan.processes));
  const isolates = await step("fresh isolates in workerd", () => measureIsolates(keys[2048], plan.isolates));
  const requests = await step("whole requests", () => measureRequests(keys[2048], plan));
  return {
    date: new Date().toISOString().slice(0, 10),
    machine: describeMachine(),
    unit: "milliseconds, requests per second for throughput, bytes for sizes",
    warm: { workerd, node },
    cold: { ...processes, workerd: isolates },
    requests,
    sizes: await measureSizes(),
  };
}

/** Throw-away keys in archives as the cabinet makes them, and the same in the clear. */
function makeKeys() {
  const keys = {};
  for (const bits of SIZES) {
    const { privatePem, password } = makeArchive({ bits });
    const der = createPrivateKey({ key: privatePem, passphrase: password }).export({ type: "pkcs8", format: "der" });
    keys[bits] = { privatePem, password, pkcs8: der.toString("base64") };
  }
  return keys;
}

/** No names and no paths: this goes into the repository. */
function describeMachine() {
  const require = createRequire(import.meta.url);
  const { node, v8, openssl } = process.versions;
  const { version: workerd } = require("workerd/package.json");
  return { cpu: cpus()[0].model.trim(), cores: cpus().length, node, v8, openssl, workerd, rsa: lockedVersion("rsa") };
}

async function measureSizes() {
  const worker = ["index_bg.wasm", "index.js"].map((file) => join(ROOT, "build", file));
  const sizes = {};
  for (const file of [...worker, ...[FILES.edge, FILES.baseline].flatMap(({ wasm, glue }) => [wasm, glue])]) {
    const content = await readFile(file);
    sizes[file.slice(ROOT.length + 1)] = { raw: content.length, gzip: gzipSync(content, { level: 9 }).length };
  }
  return sizes;
}
