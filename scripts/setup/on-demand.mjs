/**
 * The runtimes in which the npm package is tested (Deno, older and newer Nodes and Buns) and the tools that need a TypeScript of
 * their own. They take 850 MB, so that they are no devDependencies: `npm start` does without them.
 */
import { createHash } from "node:crypto";
import { copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Failure } from "../failure.mjs";
import { pathWithoutPackages, USER_CACHE } from "../paths.mjs";
import { run } from "../process.mjs";
import { step } from "../screen.mjs";

const PROJECT = fileURLToPath(new URL("on-demand", import.meta.url));
const FILES = ["package.json", "package-lock.json", ".npmrc"];
const CACHE = join(USER_CACHE, "on-demand");
const UNUSED_FOR_MS = 30 * 24 * 3600 * 1000;

/**
 * Installs them, once for this user and lock file.
 *
 * @returns {Promise<string>} The folder in whose `node_modules` they are.
 */
export async function setUpOnDemand() {
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(await readFile(join(PROJECT, file)));
  const folder = join(CACHE, hash.digest("hex").slice(0, 16));
  const now = new Date();
  // The time of the last use.
  if (
    await utimes(folder, now, now).then(
      () => true,
      () => false,
    )
  )
    return folder;
  await step("runtimes and tools for the tests of the package (npm ci)", (report) => install(folder, report));
  await removeUnused();
  return folder;
}

async function install(folder, report) {
  await mkdir(CACHE, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  for (const file of FILES) await copyFile(join(PROJECT, file), join(unfinished, file));
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", unfinished];
  const outcome = await run("npm", args, { env: { PATH: pathWithoutPackages() }, onLine: report });
  if (!outcome.ok) {
    await rm(unfinished, { recursive: true, force: true });
    throw new Failure("npm ci failed.", { output: outcome.output, advice: "Is the npm registry reachable?" });
  }
  try {
    await rename(unfinished, folder);
  } catch {
    // Another process was faster.
    await rm(unfinished, { recursive: true, force: true });
  }
}

async function removeUnused() {
  for (const name of await readdir(CACHE)) {
    const folder = join(CACHE, name);
    const { mtimeMs } = await stat(folder);
    if (Date.now() - mtimeMs > UNUSED_FOR_MS) await rm(folder, { recursive: true, force: true });
  }
}
