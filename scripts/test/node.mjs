/** Runs the tests of some folders of tests/, or of all of them, in Node, and counts them: `npm run test:node [-- FOLDER…]`. */
import { spawnSync } from "node:child_process";
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { CACHE, ROOT } from "../paths.mjs";

/** Folders whose tests need a program that the machine may not have. Its variable is empty where it is missing. */
const NEEDS = { chromium: "CHROMIUM", page: "CHROMIUM", schemathesis: "SCHEMATHESIS" };

const chosen = process.argv.slice(2);
const files = globSync("tests/**/*.test.ts", { cwd: ROOT }).filter((file) => {
  const folder = file.split(/[/\\]/)[1] ?? "";
  return (chosen.length === 0 || chosen.includes(folder)) && process.env[NEEDS[folder]] !== "";
});
const result = join(process.env.RESULTS ?? CACHE, "test-node.json");
const reporters = {
  // Says what failed, and no more than a dot of what passed.
  dot: "stdout",
  [new URL("count.mjs", import.meta.url).href]: result,
};
const options = Object.entries(reporters).flatMap(([reporter, destination]) => [
  `--test-reporter=${reporter}`,
  `--test-reporter-destination=${destination}`,
]);
const args = ["--test", "--test-concurrency=2", ...options, ...files.sort()];
const { status } = spawnSync(process.execPath, args, { cwd: ROOT, stdio: "inherit" });
process.exitCode = files.length > 0 && existsSync(result) ? (status ?? 1) : 1;
