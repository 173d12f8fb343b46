/** Rust with what rust-toolchain.toml names: the wasm target, the linter and the formatter. */
import { readdir } from "node:fs/promises";
import { Failure, mustRun, run, step } from "../process.mjs";

const TARGET = "wasm32-unknown-unknown";

/**
 * Adds what is missing. rustup does that by itself because of rust-toolchain.toml, unless automatic installation is off. A Rust
 * that is not from rustup must bring it along.
 */
export async function setUpRust() {
  if (!(await run("rustc", ["--version"])).ok) {
    const advice = "Install Rust with rustup (https://rustup.rs), open a new terminal, and try again.";
    throw new Failure("Rust is not installed: rustc does not run.", advice);
  }
  const programs = await Promise.all(["cargo-clippy", "rustfmt"].map((name) => run(name, ["--version"])));
  if (!(await hasTarget())) await add(["target", "add", TARGET]);
  if (!programs.every(({ ok }) => ok)) await add(["component", "add", "clippy", "rustfmt"]);
  // In CI a Cargo.lock that does not fit the manifests is an error. Elsewhere cargo updates it.
  if (process.env.CI) await mustRun("cargo", ["metadata", "--locked", "--format-version=1"]);
}

/** Asks the compiler and not rustup, so that a distribution's own Rust is good enough if it has the target. */
async function hasTarget() {
  const { ok, stdout } = await run("rustc", ["--print", "target-libdir", "--target", TARGET]);
  return ok && (await readdir(stdout.trim()).catch(() => [])).some((file) => file.startsWith("libcore-"));
}

function add(args) {
  return step(`rustup ${args.join(" ")}`, () => mustRun("rustup", args));
}
