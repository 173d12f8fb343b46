/**
 * `npm run bench`: how fast it is, in Node and in workerd, beside everything else that signs. Writes docs/bench.json,
 * docs/bench.svg and the README's part. `-- --quick` measures little and writes nothing; `-- --render` measures nothing, and
 * writes again what is made from docs/bench.json.
 */
import { createPrivateKey } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { buildCrates } from "./bench/crates.mjs";
import { toGoals } from "./bench/goals.mjs";
import { FULL, QUICK, SIZES } from "./bench/plan.mjs";
import { toSvg } from "./bench/plot.mjs";
import { benchMarkdown, withBench } from "./bench/readme.mjs";
import { toTables, toText } from "./bench/tables.mjs";
import { build } from "./build.mjs";
import { Failure, runMain } from "./failure.mjs";
import { ROOT } from "./paths.mjs";
import { bold, dim, green, red, say, step, yellow } from "./screen.mjs";
import { setUp } from "./setup.mjs";

const JSON_FILE = join(ROOT, "docs", "bench.json");
const SVG_FILE = join(ROOT, "docs", "bench.svg");
const README_FILE = join(ROOT, "README.md");

const COLOURS = { aim: green, least: green, missed: red };
const REACHED = { aim: "aim", least: "yes", missed: "missed" };

await runMain(async () => {
  const { quick, render } = readOptions(process.argv.slice(2));
  if (render) return writeRendered(JSON.parse(await readFile(JSON_FILE, "utf8")));
  const tools = await setUp();
  await build(tools);
  await step("the crates alone, for comparison", (report) => buildCrates(tools, report));
  const figures = await measure(quick ? QUICK : FULL);
  show(figures);
  if (quick) return say(yellow("A quick run: nothing was written."));
  await writeFile(JSON_FILE, `${JSON.stringify(figures, null, 2)}\n`);
  await writeRendered(figures);
});

function readOptions(args) {
  const options = /** @type {const} */ ({ quick: { type: "boolean" }, render: { type: "boolean" } });
  try {
    return parseArgs({ args, options }).values;
  } catch (error) {
    throw new Failure(error.message, { advice: "There are: --quick, --render." });
  }
}

/** @param {typeof FULL} plan */
async function measure(plan) {
  // After set-up and build: these, or what they import, may not have been there.
  const { measureCold } = await import("./bench/cold.mjs");
  const { closeConnections } = await import("./bench/http.mjs");
  const { describeMachine } = await import("./bench/machine.mjs");
  const { measureNode } = await import("./bench/node.mjs");
  const { measureRequests } = await import("./bench/request.mjs");
  const { measureSizes } = await import("./bench/sizes.mjs");
  const { measureFreshIsolates, measureWorkerd } = await import("./bench/workerd.mjs");
  const keys = await makeKeys();
  const key = keys[2048];
  try {
    const workerd = await step("warm, in workerd", () => measureWorkerd(keys, plan));
    const node = await step("warm, in Node", () => measureNode(keys, plan));
    const processes = await step("fresh Node processes", () => measureCold(key, plan));
    const isolates = await step("fresh isolates in workerd", () => measureFreshIsolates(key, plan));
    const requests = await step("whole requests", () => measureRequests(key, plan));
    return {
      date: new Date().toISOString().slice(0, 10),
      machine: await describeMachine(),
      unit: "milliseconds, requests per second for throughput, bytes for sizes",
      warm: { workerd, node },
      cold: { ...processes, workerd: isolates },
      requests,
      sizes: await measureSizes(),
    };
  } finally {
    closeConnections();
  }
}

/** Throw-away keys in archives as the cabinet makes them, and the same in the clear. */
async function makeKeys() {
  const { makeArchive } = await import("../dist/sandbox/index.js");
  const keys = {};
  for (const bits of SIZES) {
    const { privatePem, password } = makeArchive({ bits });
    const der = createPrivateKey({ key: privatePem, passphrase: password }).export({ type: "pkcs8", format: "der" });
    keys[bits] = { privatePem, password, pkcs8: der.toString("base64") };
  }
  return keys;
}

function show(figures) {
  for (const table of toTables(figures)) say(`\n${bold(table.title)}\n${toText(table)}`);
  const goals = toGoals(figures);
  const rows = goals.map(({ name, least, aim, measured, reached }) => [name, least, aim, measured, REACHED[reached]]);
  const [head = "", ...lines] = toText({ title: "", head: ["", "at least", "aim", "measured", ""], rows }).split("\n");
  say(`\n${bold("What it must reach")}\n${head}`);
  for (const [index, line] of lines.entries()) say(COLOURS[goals[index].reached](line));
  say();
}

async function writeRendered(figures) {
  await writeFile(SVG_FILE, toSvg(figures));
  const markdown = benchMarkdown(figures);
  const readme = withBench(await readFile(README_FILE, "utf8"), markdown);
  if (readme === undefined) {
    say(`README.md has no place for it:\n\n${markdown}`);
  } else {
    await writeFile(README_FILE, readme);
  }
  say(dim("docs/bench.json, docs/bench.svg"));
}
