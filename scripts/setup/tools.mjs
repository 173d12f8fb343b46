/** The two programs that come as Rust source: wasm-bindgen, which must match the crate to the digit, and worker-build. */
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../failure.mjs";
import { ROOT, USER_CACHE } from "../paths.mjs";
import { run } from "../process.mjs";
import { say, step } from "../screen.mjs";

/**
 * @typedef {object} Tools
 * @property {string} wasmBindgen Path or name of wasm-bindgen.
 * @property {string} workerBuild Path or name of worker-build.
 */

const FOLDER = join(USER_CACHE, "tools");

// Both tools run for a second or two: half a minute less to build them is worth more than faster tools.
const QUICK_PROFILE = {
  CARGO_PROFILE_RELEASE_CODEGEN_UNITS: "16",
  CARGO_PROFILE_RELEASE_DEBUG: "false",
  CARGO_PROFILE_RELEASE_LTO: "off",
  CARGO_PROFILE_RELEASE_OPT_LEVEL: "1",
};

/**
 * Finds the tools on PATH or in the user's cache, or builds them.
 *
 * @returns {Promise<Tools>}
 */
export async function setUpTools() {
  const lock = await readFile(join(ROOT, "Cargo.lock"), "utf8");
  const wanted = [
    { crate: "wasm-bindgen-cli", program: "wasm-bindgen", version: lockedVersion(lock, "wasm-bindgen") },
    { crate: "worker-build", program: "worker-build", version: lockedVersion(lock, "worker") },
  ];
  const found = await Promise.all(wanted.map(find));
  const missing = wanted.filter((_, index) => found[index] === undefined);
  if (missing.length > 0) {
    const names = missing.map(({ program, version }) => `${program} ${version}`).join(" and ");
    say(`${names}: to be built from source, once for this user. It takes some minutes.`);
    // One after the other: each uses all cores, and the second finds what the first has compiled.
    for (const tool of missing) await install(tool);
    await rm(join(FOLDER, "target"), { recursive: true, force: true });
  }
  const [wasmBindgen = "", workerBuild = ""] = wanted.map((tool, index) => found[index] ?? cachePath(tool));
  return { wasmBindgen, workerBuild };
}

/**
 * The version of a crate in a Cargo.lock.
 *
 * @param {string} lock Text of the file.
 * @param {string} crate
 */
export function lockedVersion(lock, crate) {
  const version = new RegExp(`^name = "${crate}"\\r?\\nversion = "([^"]+)"`, "m").exec(lock)?.[1];
  if (version === undefined) throw new Failure(`Cargo.lock has no ${crate}.`);
  return version;
}

async function find(tool) {
  for (const path of [tool.program, cachePath(tool)]) {
    const { ok, stdout } = await run(path, ["--version"]);
    if (ok && stdout.trim().split(/\s+/).includes(tool.version)) return path;
  }
  return undefined;
}

function cachePath({ crate, program, version }) {
  return join(FOLDER, `${crate}-${version}`, "bin", program);
}

async function install({ crate, program, version }) {
  await step(`${program} ${version} (cargo install)`, async (report) => {
    // Not --locked: a lock file inside a published crate may name a version that has been withdrawn since.
    const args = ["install", crate, "--version", version, "--root", join(FOLDER, `${crate}-${version}`)];
    const env = { ...QUICK_PROFILE, CARGO_TARGET_DIR: join(FOLDER, "target") };
    const outcome = await run("cargo", args, { env, onLine: report });
    if (outcome.ok) return;
    throw new Failure(`Could not build ${program} ${version}.`, {
      output: outcome.output,
      advice: `If something is missing for it (a C linker, say), install that; then: cargo ${args.slice(0, 4).join(" ")}`,
    });
  });
}
