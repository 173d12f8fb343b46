/** `npm test`: all steps of `check` in package.json, which wireit runs. One alone: `npm run STEP`. */
import { spawnSync } from "node:child_process";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { CACHE, ROOT } from "./paths.mjs";
import { Failure, runMain } from "./process.mjs";
import { findPrograms } from "./test/programs.mjs";

const RESULTS = join(CACHE, "results");
const LOG = join(RESULTS, "wireit.log");

/** Each step that runs tests leaves `{ passed, failed }` in a file of its name. wireit never skips such a step. */
async function readResults() {
  const files = (await readdir(RESULTS)).filter((file) => file.endsWith(".json"));
  const read = async (file) => ({
    step: file.replace(".json", ""),
    ...JSON.parse(await readFile(join(RESULTS, file), "utf8")),
  });
  return Promise.all(files.map(read));
}

/** The steps whose command failed, from what wireit wrote. */
async function failedSteps() {
  const log = await readFile(LOG, "utf8");
  return [...new Set([...log.matchAll(/^❌ \[(\S+)\] (?:failed|killed)/gim)].map(([, name]) => name))];
}

await runMain(async () => {
  if (process.argv.length > 2) {
    throw new Failure(
      "npm test takes no arguments.",
      "npm run STEP runs a step, npm run test:node -- FOLDER… some folders of tests/.",
    );
  }
  await rm(RESULTS, { recursive: true, force: true });
  await mkdir(RESULTS, { recursive: true });
  const { env: programs, notes } = await findPrograms();
  const env = {
    ...process.env,
    ...programs,
    RESULTS,
    WIREIT_CACHE: "none",
    WIREIT_DEBUG_LOG_FILE: LOG,
    WIREIT_FAILURES: "continue",
    // Half of the time a step waits: for cargo's lock, for processes, for timers.
    WIREIT_PARALLEL: "4",
  };
  const { status } = spawnSync("npm", ["run", "--silent", "check"], { cwd: ROOT, env, stdio: "inherit" });
  const results = await readResults();
  const tested = results.filter(({ failed }) => failed > 0).map(({ step }) => step);
  const broken = (await failedSteps()).filter((name) => !tested.includes(name.replace(":", "-")));
  const [passed, failed] = ["passed", "failed"].map((key) => results.reduce((sum, result) => sum + result[key], 0));
  for (const note of notes) console.log(`Not checked: ${note}.`);
  if (broken.length > 0) console.log(`Failed: ${broken.join(", ")}.`);
  // A step that failed without a failed test, such as a linter, counts as one failure.
  const failures = failed + broken.length || Number(status !== 0);
  console.log(`\n${passed} passed, ${failures} failed`);
  if (failures > 0) process.exitCode = 1;
});
