/** schemathesis, which asks the Worker everything that its OpenAPI document allows: a Python package, in a folder of its own. */
import { join } from "node:path";
import { USER_CACHE } from "../paths.mjs";
import { run } from "../process.mjs";

const VERSION = "4.32.5";
const FOLDER = join(USER_CACHE, "tools", `schemathesis-${VERSION}`);
const PROGRAM = join(FOLDER, "bin", "schemathesis");

/**
 * Finds it in the user's cache, or installs it there, which takes some seconds, once.
 *
 * @returns {Promise<import("../test/steps.mjs").Preparation>}
 */
export async function findSchemathesis() {
  if (await isInstalled()) return { env: { SCHEMATHESIS: PROGRAM } };
  const folder = await run("python3", ["-m", "venv", "--clear", FOLDER]);
  if (folder.missing) return { note: "not checked: there is no python3" };
  if (!folder.ok) return { note: "not checked: python3 has no venv" };
  const install = ["install", "--quiet", "--disable-pip-version-check", `schemathesis==${VERSION}`];
  await run(join(FOLDER, "bin", "pip"), install);
  if (await isInstalled()) return { env: { SCHEMATHESIS: PROGRAM } };
  return { note: `not checked: schemathesis ${VERSION} could not be installed` };
}

async function isInstalled() {
  const { ok, stdout } = await run(PROGRAM, ["--version"]);
  return ok && stdout.trim().endsWith(VERSION);
}
