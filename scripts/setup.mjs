/**
 * Installs what is missing: the npm packages, Rust's wasm target, and two tools. Every other script runs it first. It runs on
 * Node 20 and needs no package, since there is none yet on a fresh clone.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { NPM_PROGRAMS, pathWithoutPackages, ROOT } from "./paths.mjs";
import { Failure, run, runMain, step } from "./process.mjs";
import { setUpRust } from "./setup/rust.mjs";
import { setUpTools } from "./setup/tools.mjs";

// Inside node_modules, so that it goes when they go.
const STAMP = join(ROOT, "node_modules", ".alikassa-edge-packages");
const CI_ARGS = ["ci", "--no-audit", "--no-fund", "--loglevel=error"];

/** Installs the packages of package-lock.json, with the Node that all other scripts run on, unless they are there. */
async function setUpPackages() {
  const lock = await readFile(join(ROOT, "package-lock.json"));
  const wanted = createHash("sha256").update(lock).digest("hex");
  const installed = await readFile(STAMP, "utf8").catch(() => "");
  if (installed === wanted && hasNode()) return;
  await step("npm packages (npm ci)", async () => {
    const { ok, output, missing } = await run("npm", CI_ARGS, { env: { PATH: pathWithoutPackages() } });
    if (missing) throw new Failure("There is no npm.", "It comes with Node: install Node 20 or newer, with npm.");
    if (!ok) {
      process.stderr.write(output);
      throw new Failure("npm ci failed.", "Is the npm registry reachable? To start over: rm -rf node_modules");
    }
    if (!hasNode()) {
      const advice = "Allow npm to run install scripts: npm config set ignore-scripts false";
      throw new Failure("The npm package `node` has installed no Node.", advice);
    }
    await writeFile(STAMP, wanted);
  });
}

function hasNode() {
  return existsSync(join(NPM_PROGRAMS, "node"));
}

await runMain(async () => {
  await setUpRust();
  // Downloading beside compiling.
  const results = await Promise.allSettled([setUpPackages(), setUpTools()]);
  for (const result of results) if (result.status === "rejected") throw result.reason;
});
