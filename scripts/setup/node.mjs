/** A Node that is new enough for everything, whatever the machine has. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { NPM_PROGRAMS, pathWithPackages } from "../paths.mjs";
import { whenOrphaned } from "../process.mjs";

const OLDEST = [22, 12];
const SIGNALS = /** @type {const} */ (["SIGINT", "SIGTERM", "SIGHUP"]);

/**
 * Whether a version of Node runs wrangler, and TypeScript's types.
 *
 * @param {string} version Such as "22.12.0".
 */
export function isCurrentNode(version) {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
  return major > oldestMajor || (major === oldestMajor && minor >= oldestMinor);
}

/** Starts this very script again under the Node of the npm package `node`, and ends as it ends, if ours is too old. */
export async function continueOnCurrentNode() {
  if (isCurrentNode(process.versions.node)) return;
  const child = spawn(join(NPM_PROGRAMS, "node"), process.argv.slice(1), {
    env: { ...process.env, PATH: pathWithPackages() },
    stdio: "inherit",
  });
  // The child decides how to end; without these, a signal would end only this process and leave the child behind.
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  whenOrphaned(() => child.kill("SIGTERM"));
  await new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => resolve(process.exit(code ?? 1)));
  });
}
