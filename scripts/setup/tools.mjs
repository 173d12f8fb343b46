/** The two tools that come as Rust source: wasm-bindgen, whose version must be that of the crate, and worker-build. */
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { ROOT, USER_CACHE } from "../paths.mjs";
import { Failure, run, step } from "../process.mjs";

const FOLDER = join(USER_CACHE, "tools");

/** Crates and programs, and the dependency in Cargo.lock whose version is theirs. */
const TOOLS = {
  "wasm-bindgen": { crate: "wasm-bindgen-cli", versionOf: "wasm-bindgen" },
  "worker-build": { crate: "worker-build", versionOf: "worker" },
};

// Each runs for seconds: compiling it faster is worth more than a faster tool.
const PROFILE = {
  CARGO_INCREMENTAL: "0",
  CARGO_PROFILE_DEV_DEBUG: "false",
  CARGO_TARGET_DIR: join(FOLDER, "target"),
};

/** The path of a tool in the user's cache. */
export function toolPath(program) {
  const { crate, versionOf } = TOOLS[program];
  return join(FOLDER, `${crate}-${lockedVersion(versionOf)}`, "bin", program);
}

/** Builds the tools that are missing, once for this user and version. */
export async function setUpTools() {
  const programs = Object.keys(TOOLS);
  const outcomes = await Promise.all(programs.map((program) => run(toolPath(program), ["--version"])));
  const missing = programs.filter((_, index) => !outcomes[index].ok);
  // One after the other: each uses all cores, and the second uses what the first has compiled.
  for (const program of missing) await install(program);
  if (missing.length > 0) await rm(PROFILE.CARGO_TARGET_DIR, { recursive: true, force: true });
}

/** The version of a crate in Cargo.lock. */
export function lockedVersion(crate) {
  const lock = readFileSync(join(ROOT, "Cargo.lock"), "utf8");
  const version = new RegExp(`^name = "${crate}"\\r?\\nversion = "([^"]+)"`, "m").exec(lock)?.[1];
  if (version === undefined) throw new Failure(`Cargo.lock has no ${crate}.`);
  return version;
}

async function install(program) {
  const { crate, versionOf } = TOOLS[program];
  const version = lockedVersion(versionOf);
  await step(`${program} ${version} (cargo install, once for this user, a minute or two)`, async () => {
    // Not --locked: a lock file inside a published crate may name a version that has been withdrawn since.
    const folder = join(FOLDER, `${crate}-${version}`);
    const args = ["install", "--debug", `${crate}@${version}`, "--bin", program, "--root", folder];
    const { ok, output } = await run("cargo", args, { env: PROFILE });
    if (ok) return;
    process.stderr.write(output);
    throw new Failure(`${program} ${version} could not be built.`, "If a C linker is missing, install one.");
  });
}
