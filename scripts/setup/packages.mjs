/** The npm packages of package-lock.json. */
import { createHash } from "node:crypto";
import { access, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { NPM_PROGRAMS, pathWithoutPackages, ROOT } from "../paths.mjs";
import { run } from "../process.mjs";
import { step } from "../screen.mjs";

const LOCK = join(ROOT, "package-lock.json");
// Inside node_modules, so that it goes when they go: `npm ci` by hand only makes us do it once more.
const STAMP = join(ROOT, "node_modules", ".alikassa-edge-packages");

/** Installs the packages unless just these have been installed. */
export async function setUpPackages() {
  const wanted = createHash("sha256")
    .update(await readFile(LOCK))
    .digest("hex");
  if ((await readStamp()) === wanted && (await hasNode())) return;
  await step("npm packages (npm ci)", async (report) => {
    // The old Node that may run here is told off by many packages; the scripts run on it only until these are installed.
    const outcome = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
      env: { PATH: pathWithoutPackages() },
      onLine: report,
    });
    const advice = outcome.missing
      ? "npm comes with Node: install Node 20 or newer, with npm."
      : "Is the npm registry reachable? To start over: rm -rf node_modules, then this command again.";
    if (!outcome.ok) throw new Failure("npm ci failed.", { output: outcome.output, advice });
    if (!(await hasNode())) {
      const advice =
        "npm must be allowed to run install scripts for it: npm config get ignore-scripts should say false.";
      throw new Failure("The npm package `node` has installed no Node.", { output: outcome.output, advice });
    }
    await writeFile(STAMP, wanted);
  });
}

async function readStamp() {
  try {
    return await readFile(STAMP, "utf8");
  } catch {
    return "";
  }
}

async function hasNode() {
  try {
    await access(join(NPM_PROGRAMS, "node"));
    return true;
  } catch {
    return false;
  }
}
