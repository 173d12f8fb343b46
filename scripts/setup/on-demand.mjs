/**
 * The packages of on-demand/package.json: linters, and the runtimes in which the npm package is tested. They take 900 MB, so that
 * `npm start` does without them. `node on-demand.mjs` installs them, `node on-demand.mjs PROGRAM ARGS…` runs one of their programs;
 * ON_DEMAND in an argument is the folder of the packages.
 */
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, mkdtemp, readFile, rename, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { pathWithoutPackages, USER_CACHE } from "../paths.mjs";
import { Failure, run, runMain, step } from "../process.mjs";

const PROJECT = fileURLToPath(new URL("on-demand", import.meta.url));
const FILES = ["package.json", "package-lock.json", ".npmrc"];
const FOLDER = join(USER_CACHE, "on-demand");

/** Installs them, once for this user and lock file. Returns the folder in whose `node_modules` they are. */
export async function setUpOnDemand() {
  const hash = createHash("sha256");
  for (const file of FILES) hash.update(await readFile(join(PROJECT, file)));
  const folder = join(FOLDER, hash.digest("hex").slice(0, 16));
  if (!existsSync(folder)) await step("linters and runtimes for the tests (npm ci)", () => install(folder));
  return folder;
}

async function install(folder) {
  await mkdir(FOLDER, { recursive: true });
  const unfinished = await mkdtemp(`${folder}-`);
  for (const file of FILES) await copyFile(join(PROJECT, file), join(unfinished, file));
  const args = ["ci", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", unfinished];
  const { ok, output } = await run("npm", args, { env: { PATH: pathWithoutPackages() } });
  // Where another process was faster, its folder stays.
  if (ok) await rename(unfinished, folder).catch(() => {});
  await rm(unfinished, { recursive: true, force: true });
  if (ok) return;
  process.stderr.write(output);
  throw new Failure("npm ci failed.", "Is the npm registry reachable?");
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  await runMain(async () => {
    const [program, ...args] = process.argv.slice(2);
    const packages = join(await setUpOnDemand(), "node_modules");
    if (program === undefined) return;
    const given = args.map((argument) => argument.replace("ON_DEMAND", packages));
    const { status } = spawnSync(join(packages, ".bin", program), given, { stdio: "inherit" });
    process.exitCode = status ?? 1;
  });
}
